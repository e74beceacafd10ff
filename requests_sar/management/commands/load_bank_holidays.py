"""Load bank holidays: `manage.py load_bank_holidays FILE` (or `-`), in the layout of gov.uk.

The file is checked, stored, and counts from then on in every process. The due dates of open requests are worked out
again, and each that moves is printed and written into its history. Safe to run again. Ends with 1 when the file cannot
be used; then nothing has changed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import clockwork, holidays


class Command(BaseCommand):
    help = "Load bank holidays in the layout of gov.uk, and move the due dates of open requests."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The words after the command's name."""
        parser.add_argument("file", help="the JSON file; - reads standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, store, work out again, report."""
        try:
            data = _bytes(options["file"])
            with transaction.atomic():
                new = holidays.keep(data)
                if new:
                    trail.record(Verb.HOLIDAYS_LOADED, by=None, target="holidays")
        except OSError as problem:
            raise CommandError(f"{options['file']}: {problem.strerror}.") from None
        except holidays.BadFile as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write("Bank holidays loaded." if new else "These bank holidays count already.")
        year = timezone.localdate().year + 1
        for nation, days in holidays.current().items():
            if not any(day.year == year for day in days):
                self.stdout.write(
                    f"Note: {nation} has no holidays of {year} yet. Load the list again when it has."
                )
        moved = clockwork.recompute_all(by=None, why="due date moved: holiday data")
        for reference, before, after in moved:
            self.stdout.write(f"{reference}: {before}, now {after}")
        self.stdout.write(f"{len(moved)} due {'date' if len(moved) == 1 else 'dates'} moved.")


def _bytes(name: str) -> bytes:
    limit = holidays.MOST_BYTES + 1
    if name == "-":
        return sys.stdin.buffer.read(limit)
    with Path(name).open("rb") as file:
        return file.read(limit)
