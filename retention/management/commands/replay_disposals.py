"""`manage.py replay_disposals`: after a restore, do again what was disposed of since the backup.

Run it before anybody uses the portal again. A second time it finds nothing to do. Ends with 2, and with nothing done,
when the journal is damaged or belongs to another database.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.audit import trail
from portal.audit.trail import Verb
from retention import journal, replaying


class Command(BaseCommand):
    help = "After a restore: do again what was erased and disposed of since the backup, from the journal."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the journal lies, when it is not where the settings say."""
        parser.add_argument("--journal", type=Path, help="the folder that was DISPOSAL_JOURNAL, or one in it")
        parser.add_argument(
            "--begin-again",
            action="store_true",
            help="begin a new journal, because the files of the old are lost",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["begin_again"]:
            name = journal.begin_again()
            trail.record(Verb.JOURNAL_BEGUN, by=None, target=f"journal:{name}")
            self.stdout.write(
                f"A new journal begins in the folder {name}. Take a backup of the database now."
            )
            return
        try:
            report = replaying.replay(options["journal"], by=None, say=self.stdout.write)
        except journal.Problem as sentence:
            raise CommandError(str(sentence), returncode=2) from None
        if not report.lines:
            self.stdout.write("Nothing to do: this database has all that the journal has.")
            return
        self.stdout.write(f"{report.lines:,} lines of the journal were done again.")
        for title, count in sorted(report.by_dataset.items()):
            self.stdout.write(f"  {title}: {count:,} records")
        self.stdout.write(f"  {report.absent:,} records were not in the backup.")
        self.stdout.write(
            f"  {report.people:,} people: traces cleared. {report.suppressed:,} addresses suppressed."
        )
