"""How fast the four files of a package are written, and how much memory that takes, without database or encryption.

The limit comes from the same run: the same rows written as CSV by the csv module and deflated. Both figures hold
the price of making the rows.
"""

from __future__ import annotations

import csv
import io
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from bench import measure
from bench.measure import Result
from requests_sar.bundle import write_bundle
from requests_sar.document import Document
from requests_sar.letter import write_letter
from requests_sar.page import write_page
from requests_sar.workbook import write_workbook

SIZES = (1_000, 10_000, 100_000)
WRITERS: dict[str, Callable[[Document, BinaryIO], None]] = {
    "workbook": write_workbook,
    "bundle": write_bundle,
    "page": write_page,
    "letter": write_letter,
}


def _limit(rows: int) -> dict[str, Any]:
    """Rows as CSV, deflated."""
    from tests.pure import documents

    packer = zlib.compressobj(6)
    for sheet in documents.large(rows).sheets:
        memory = io.StringIO()
        writer = csv.writer(memory)
        for number, row in enumerate(sheet.rows()):
            writer.writerow(row)
            if number % 1_000 == 999:
                packer.compress(memory.getvalue().encode())
                memory.seek(0)
                memory.truncate()
        packer.compress(memory.getvalue().encode())
    packer.flush()
    return {}


def _write(rows: int) -> dict[str, Any]:
    """All four files, each timed."""
    from tests.pure import documents

    spent: dict[str, float] = {}
    for name, write in WRITERS.items():
        with tempfile.TemporaryFile() as out:
            began = time.perf_counter()
            write(documents.large(rows), out)
            spent[name] = round(time.perf_counter() - began, 2)
    return {"spent": spent}


def run() -> Iterable[Result]:
    """Each size: seconds for all four, and where they went."""
    for rows in SIZES:
        limit = measure.in_child(_limit, rows)["seconds"]
        written = measure.in_child(_write, rows)
        yield Result(rows, written["seconds"], limit, written["peak_mb"], written["spent"])
