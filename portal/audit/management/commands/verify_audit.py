"""`manage.py verify_audit`: walk the chain and name the first entry that does not fit."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.audit import trail
from portal.audit.models import Entry


class Command(BaseCommand):
    help = "Check the hash chain of the audit trail; names the first broken entry."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = trail.first_broken()
        if broken:
            raise CommandError(f"The audit trail is broken at entry {broken[0]}: {broken[1]}.")
        last = Entry.objects.first()
        end = f" The last digest is {last.digest}." if last else ""
        self.stdout.write(f"The audit trail is whole: {Entry.objects.count()} entries.{end}")
