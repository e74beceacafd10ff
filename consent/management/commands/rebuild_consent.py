"""Prove that the consent flags follow from the ledger, and make them anew where they do not."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from consent import rebuilding


class Command(BaseCommand):
    """`manage.py rebuild_consent [--check]`"""

    help = "Make the consent flags anew from the ledger and say whether anything differed. Exit code 1 if so."

    def add_arguments(self, parser: CommandParser) -> None:
        """Only whether anything is written."""
        parser.add_argument("--check", action="store_true", help="only compare, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print counts; nothing of anybody."""
        found = rebuilding.compare() if options["check"] else rebuilding.rebuild(by=None)
        self.stdout.write(f"{found.events:,} events give {found.flags:,} flags.")
        if found.agrees:
            self.stdout.write("The live flags agree with the ledger.")
            return
        done = "Run it without --check to make them anew." if options["check"] else "They are made anew."
        self.stdout.write(
            f"{found.wrong:,} live flags do not follow from the ledger, {found.lacking:,} are lacking. {done}"
        )
        sys.exit(1)
