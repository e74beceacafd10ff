"""After the database was filled from a copy: let other systems read the stream of changes again, from its beginning."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from consent import changes


class Command(BaseCommand):
    """`manage.py renumber_changes`"""

    help = "After a restore from a dump: number the events of the consent ledger anew for those who follow its changes."

    def handle(self, *args: Any, **options: Any) -> None:
        """Again, it changes nothing."""
        changes.renumber()
        self.stdout.write("Done. Other systems are told to read the stream of changes from its beginning.")
