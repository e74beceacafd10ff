"""How fast the four files of a package are written, and how much memory that takes, beside what is possible.

    python bench/writers.py [rows ...]        default: 0 (a small copy of 18 kinds), 1000, 10000, 100000

Processor seconds, not seconds on the clock, so that neighbours on the machine disturb little. Each runs in a
process of its own, so that the peak of memory is its own. The limit comes from the same run: the same rows
written as CSV by the csv module and deflated, which is about the least anybody can do.
"""

from __future__ import annotations

import csv
import io
import multiprocessing
import resource
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "tests" / "pure")]

import documents  # noqa: E402

from requests_sar.bundle import write_bundle  # noqa: E402
from requests_sar.document import Document, Kind  # noqa: E402
from requests_sar.letter import write_letter  # noqa: E402
from requests_sar.page import write_page  # noqa: E402
from requests_sar.workbook import write_workbook  # noqa: E402

SIZES = (0, 1_000, 10_000, 100_000)


def read_only(document: Document, out: BinaryIO) -> None:
    """The price of the rows themselves: part of every figure."""
    for sheet in document.sheets:
        for _ in sheet.rows():
            pass


def csv_only(document: Document, out: BinaryIO) -> None:
    """The limit: rows as CSV, deflated."""
    packer = zlib.compressobj(1)
    for sheet in document.sheets:
        memory = io.StringIO()
        writer = csv.writer(memory)
        for number, row in enumerate(sheet.rows()):
            writer.writerow(row)
            if number % 1_000 == 999:
                out.write(packer.compress(memory.getvalue().encode()))
                memory.seek(0)
                memory.truncate()
        out.write(packer.compress(memory.getvalue().encode()))
    out.write(packer.flush())


WORK: dict[str, Callable[[Document, BinaryIO], None]] = {
    "rows alone": read_only,
    "limit: CSV": csv_only,
    "workbook": write_workbook,
    "bundle": write_bundle,
    "page": write_page,
    "letter": write_letter,
}


def small() -> Document:
    """A copy as most people get it: 18 kinds, 30 records in all."""
    columns = [(f"c{n}", f"Column {n}", Kind.TEXT) for n in range(8)]
    rows = {n: [tuple(f"value {c}" for c in range(8))] * (2 if n < 15 else 0) for n in range(18)}
    return documents.document(
        [documents.sheet(f"k{n}", f"Kind {n}", "Kind", columns, rows[n]) for n in range(18)]
    )


def measure(rows: int, name: str) -> tuple[float, int, int]:
    """Processor seconds, bytes written, peak of memory in MB."""
    document = documents.large(rows) if rows else small()
    rounds = 1 if rows else 20
    WORK[name](documents.large(10), io.BytesIO())  # imports and caches are not what is measured
    with tempfile.TemporaryFile() as out:
        if not rows:
            WORK[name](document, out)
        start = time.process_time()
        for _ in range(rounds):
            out.seek(0)
            out.truncate()
            WORK[name](document, out)
        seconds = (time.process_time() - start) / rounds
        return seconds, out.tell(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024


def main() -> None:
    """Print a table for each size."""
    context = multiprocessing.get_context("spawn")
    for rows in [int(word) for word in sys.argv[1:]] or SIZES:
        print(
            f"\n{rows:,} records of ten columns"
            if rows
            else "\n30 records of 18 kinds, a second copy of that shape"
        )
        print(f"{'':14}{'CPU s':>9}{'rows/s':>12}{'MB out':>9}{'peak MB':>9}")
        for name in WORK:
            with context.Pool(1) as pool:
                seconds, size, peak = pool.apply(measure, (rows, name))
            speed = f"{(rows or 30) / seconds:,.0f}" if seconds > 0.0005 else "-"
            print(f"{name:14}{seconds:9.4f}{speed:>12}{size / 1e6:9.2f}{peak:9}", flush=True)


if __name__ == "__main__":
    main()
