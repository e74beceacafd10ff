"""`manage.py was_disposed DATASET KEY`: was this record disposed of, when and under which rule?

It ends with 0 when a certificate names the record, with 1 when none does or one does not hold, and with 2 when there
is no such kind of data.
"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from retention import certificates
from retention.certificates import Found
from subjects import datamap


class Command(BaseCommand):
    help = "Say from a record's key alone whether it was disposed of, when and under which rule."

    def add_arguments(self, parser: CommandParser) -> None:
        """The record."""
        parser.add_argument("dataset", help="key of the kind of data, such as invoices")
        parser.add_argument("key", help="the record's primary key, as it was")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a certificate."""
        kinds = [dataset.key for dataset in datamap.datasets()]
        if options["dataset"] not in kinds:
            raise CommandError(
                f"There is no kind of data {options['dataset']!r}. There are: {', '.join(kinds)}.",
                returncode=2,
            )
        found = certificates.find(options["dataset"], options["key"])
        for each in found:
            self.stdout.write(sentence(each))
        if not found:
            self.stdout.write("No certificate names this record: it was not disposed of, or never existed.")
        if not found or not all(each.sound for each in found):
            sys.exit(1)


def sentence(found: Found) -> str:
    """What a certificate says about the record, in one line."""
    batch = found.batch
    holds = "" if found.sound else " THIS CERTIFICATE DOES NOT HOLD: run verify_disposals."
    return (
        f"{batch.get_action_display()}: {batch.at:%Y-%m-%d %H:%M:%S %Z}, run {batch.run}, certificate {batch.number}. "
        f"Rule: {batch.rule or 'not noted'}; register {batch.register_version}; "
        f"because: {batch.get_cause_display().lower()}.{holds}"
    )
