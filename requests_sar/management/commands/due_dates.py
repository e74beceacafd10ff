"""Work out due dates for cases in a table: `manage.py due_dates --csv FILE` (or `-` for standard input).

The columns are those of tests/requests_sar/data/deadlines.csv; more are kept as they are. The same rows go to standard
output with clock_start, due_if_not_extended, unrolled_due and due. Rows that cannot be worked are left out and named on
standard error with their line; then it ends with 1. It ends with 2 when nothing could be read.
"""

from __future__ import annotations

import argparse
import csv
import functools
import sys
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from requests_sar import deadline_rows, holidays


class Command(BaseCommand):
    help = "Work out the due dates of the cases in a CSV file, with the functions that the portal uses."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The words after the command's name."""
        parser.add_argument("--csv", required=True, metavar="FILE", help="the table; - reads standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, work, write; say what could not be worked."""
        if options["csv"] == "-":
            refused = self._work(sys.stdin)
        else:
            try:
                with Path(options["csv"]).open(encoding="utf-8-sig", newline="") as file:
                    refused = self._work(file)
            except OSError as problem:
                raise CommandError(f"{options['csv']}: {problem.strerror}.", returncode=2) from None
        if refused:
            sys.exit(1)

    def _work(self, file: TextIO) -> int:
        try:
            return self._rows(csv.DictReader(file))
        except UnicodeDecodeError:
            raise CommandError(
                "The file is not text in UTF-8. Save it as CSV in UTF-8.", returncode=2
            ) from None
        except csv.Error as problem:
            raise CommandError(f"The file is no CSV that can be read: {problem}.", returncode=2) from None

    def _rows(self, rows: csv.DictReader[str]) -> int:
        names = list(rows.fieldnames or [])
        missing = [name for name in deadline_rows.NEEDED if name not in names]
        if missing:
            raise CommandError(f"The first line lacks the columns {', '.join(missing)}.", returncode=2)
        names += [name for name in deadline_rows.ANSWERS if name not in names]
        writer = csv.DictWriter(self.stdout, names, lineterminator="\n")
        writer.writeheader()
        working_day = functools.cache(functools.partial(holidays.working_day, among=_holidays()))
        refused = 0
        for row in rows:
            try:
                if None in row or None in row.values():
                    raise deadline_rows.BadRow("it has more or fewer columns than the first line")
                writer.writerow({**row, **deadline_rows.work(row, working_day)})
            except deadline_rows.BadRow as problem:
                refused += 1
                self.stderr.write(f"Line {rows.line_num}: {problem}.")
        return refused


def _holidays() -> holidays.Days:
    """Those that were loaded last; the shipped ones where there is no database to ask."""
    try:
        return holidays.current()
    except OperationalError:
        return holidays.shipped()
