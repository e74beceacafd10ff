"""`manage.py verify_disposals`: check every certificate of a disposal; ends with 1 when one does not hold."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from retention import certificates


class Command(BaseCommand):
    help = "Check every disposal certificate: its digests, its root, its seal in the audit trail, and the counts."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was checked, or what is wrong."""
        found = certificates.check()
        many = f"{found.certificates:,} certificate{'' if found.certificates == 1 else 's'}"
        if found.faults:
            for fault in found.faults:
                self.stderr.write(fault)
            raise CommandError(f"Of {many}, not all hold: {len(found.faults)} faults are named above.")
        self.stdout.write(f"Every certificate holds: {many} for {found.records:,} records.")
