"""The file of refused rows: each with its reasons in front, so that it can be mended and imported again."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Sequence
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage

from subjects.importing.delimited import guarded
from subjects.importing.parsing import FileRow
from subjects.importing.table import REPORT_COLUMNS
from subjects.importing.xlsx import Fault


class Refusals:
    """Collects refused rows in a temporary file, whatever their number."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.count = 0
        self.columns = columns
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        self._text = io.TextIOWrapper(self._file, encoding="utf-8-sig", newline="", write_through=True)
        self._writer = csv.writer(self._text)
        self._writer.writerow([*REPORT_COLUMNS, *columns])

    def add(self, row: FileRow) -> None:
        """Note one refused row; several reasons stand in one line, so that the row stands there once."""
        self.count += 1
        many = len(row.problems) > 1
        reasons = [
            f"{problem.column}: {problem.remedy}" if many and problem.column else problem.remedy
            for problem in row.problems
        ]
        front = [
            str(row.number),
            "; ".join(problem.column for problem in row.problems),
            "; ".join(problem.value for problem in row.problems),
            " ".join(reasons),
        ]
        self._writer.writerow([guarded(text) for text in [*front, *(_written(cell) for cell in row.cells)]])

    def save(self, name: str) -> str:
        """Put the file into the storage; returns its name there, "" when no row was refused."""
        if not self.count:
            return ""
        self._text.flush()
        self._file.seek(0)
        return default_storage.save(name, File(self._file))


def _written(cell: Any) -> str:
    return "" if cell is None or isinstance(cell, Fault) else str(cell).replace("\0", "")


def first_refusals(file: Any, *, most: int = 20) -> list[dict[str, str]]:
    """The first refused rows for a screen: row, column, value, remedy."""
    with file.open("rb") as binary:
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
        rows = csv.reader(text)
        next(rows, None)
        found = [
            {"row": row[0], "column": row[1], "value": row[2].removeprefix("'"), "remedy": row[3]}
            for row, _ in zip(rows, range(most), strict=False)
        ]
        text.detach()
    return found
