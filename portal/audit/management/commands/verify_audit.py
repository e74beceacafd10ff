"""`manage.py verify_audit`: walk the chain and name the first entry that does not fit."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.audit import trail
from portal.audit.models import Entry


class Command(BaseCommand):
    help = "Check the hash chain of the audit trail; names the first broken entry."

    def add_arguments(self, parser: CommandParser) -> None:
        """What an earlier run printed, kept elsewhere: only that shows when the end of the trail was cut off."""
        parser.add_argument(
            "--known",
            metavar="NUMBER:DIGEST",
            help="an entry as an earlier run printed it; it must still be there",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        broken = trail.first_broken()
        if broken:
            raise CommandError(f"The audit trail is broken at entry {broken[0]}: {broken[1]}.")
        number, _, digest = (options.get("known") or "").partition(":")
        if number and not trail.holds(number, digest):
            raise CommandError(f"The audit trail does not hold entry {number} as it was printed before.")
        last = Entry.objects.first()
        end = f" The last is {last.number}:{last.digest}. Keep that elsewhere, for --known." if last else ""
        self.stdout.write(f"The audit trail is whole: {Entry.objects.count()} entries.{end}")
