"""Lines of text as a file for a spreadsheet: CSV as it comes, or a workbook. No line is ever a formula."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from subjects.importing.delimited import guarded

ROWS = 1_000_000  # of a sheet; the rest goes on the next
CELL = 32_767  # characters
_NUMBER = re.compile(r"\+[0-9]+")  # a telephone number: a spreadsheet may calculate it and nothing happens


class _Echo:
    """Gives each line back to the one who writes it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(lines: Iterable[Sequence[str]]) -> Iterator[str]:
    """CSV in UTF-8 with the mark that spreadsheets need to see that it is."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for line in lines:
        yield writer.writerow([each if _NUMBER.fullmatch(each) else guarded(each) for each in line])


def workbook(lines: Iterable[Sequence[str]], *, title: str) -> IO[bytes]:
    """A workbook in a temporary file, at its beginning. Rows go to the disk as they come; all cells are text."""
    book = Workbook(write_only=True)
    sheet, head = None, None
    for count, line in enumerate(lines):
        head = head or line
        if sheet is None or count % ROWS == 0:
            sheet = book.create_sheet(title[:28] if count == 0 else f"{title[:24]} {count // ROWS + 1}")
            if count:
                sheet.append([_text(sheet, each) for each in head])
        sheet.append([_text(sheet, each) for each in line])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer that sends it closes it
    book.save(file)
    file.seek(0)
    return file


def _text(sheet: object, value: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:CELL])
    cell.data_type = "s"  # also what begins like a formula
    return cell
