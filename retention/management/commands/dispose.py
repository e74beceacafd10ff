"""`manage.py dispose`: plan the run of today, and carry it out where runs are automatic.

    dispose                       plan; carry out if automatic runs are on, else it waits for an officer's approval
    dispose --dry-run             only say what a run would do, by kind and reason; nothing is written
    dispose --dataset invoices    of one kind (again for more)
    dispose --as-at 2027-04-01    as on another day; a day to come only with --dry-run
    dispose --replay              after a restore: do again what was disposed of since (see `replay_disposals`)

It ends with 0, with 1 when the run stopped by a fault, and with 2 when it could not be begun.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from retention import disposal, held, running, working
from retention.models import Disposal, Fate
from subjects import datamap

NAMED = 100  # held records that it prints, by reference


class Command(BaseCommand):
    help = "Dispose of what the retention rules say is over: plan, and carry out where runs are automatic."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, of what, and for which day."""
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument(
            "--dataset", action="append", default=[], metavar="KEY", help="only this kind of data"
        )
        parser.add_argument(
            "--replay", action="store_true", help="after a restore: do again what the journal has"
        )
        parser.add_argument("--journal", type=Path, help="for --replay: the folder of the journal")
        parser.add_argument("--as-at", type=_day, metavar="YYYY-MM-DD", help="as on this UK day")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what would be done, or do it."""
        if options["replay"]:
            call_command("replay_disposals", journal=options["journal"], stdout=self.stdout)
            return
        known = [dataset.key for dataset in datamap.datasets()]
        for key in options["dataset"]:
            if key not in known:
                raise CommandError(
                    f"There is no kind of data {key!r}. There are: {', '.join(known)}.", returncode=2
                )
        day = options["as_at"] or timezone.localdate()
        if options["dry_run"]:
            self._preview(day, options["dataset"])
            return
        try:
            run = running.plan(by="command", as_of=day, kinds=options["dataset"])
        except disposal.Refused as sentence:
            raise CommandError(str(sentence), returncode=2) from None
        self.stdout.write("\n".join(_planned(run)))
        self._held(day, {line.dataset for line in run.lines.filter(fate=Fate.STAYS)})
        if not running.automatic():
            self.stdout.write(
                f"{run.reference} waits for an officer's approval, on the page “Retention” of the staff side."
            )
            return
        self._carry_out(running.approve(run=run, by="command"))

    def _preview(self, day: dt.date, kinds: list[str]) -> None:
        found = running.preview(day, kinds)
        for each in found:
            self.stdout.write(f"{each.dataset.title}: {each.records:,} {each.reason.label.lower()}")
        goes = sum(each.records for each in found if each.reason == "over")
        stays = sum(each.records for each in found) - goes
        self._held(day, {each.dataset.key for each in found if each.reason != "over"})
        self.stdout.write(f"If this ran as on {day}: {goes:,} would go, {stays:,} are due and would stay.")

    def _held(self, day: dt.date, kinds: set[str]) -> None:
        """By reference, of the kinds of which something is held."""
        for line in held.lines(day, kinds, most=NAMED) if kinds else ():
            self.stdout.write(line)

    def _carry_out(self, run: Disposal) -> None:
        lease = working.claim(run.pk)
        if lease is None:
            self.stdout.write(f"{run.reference} is carried out by a worker.")
            return
        state = working.run(lease)
        run.refresh_from_db()
        lines = list(run.lines.all())
        self.stdout.write(
            f"{run.reference}: {sum(line.done for line in lines):,} done, "
            f"{sum(line.skipped for line in lines):,} skipped, {sum(line.missing for line in lines):,} were gone."
        )
        if state == Disposal.State.FAILED:
            raise CommandError(run.error)


def _planned(run: Disposal) -> list[str]:
    titles = {dataset.key: dataset.title for dataset in datamap.datasets()}
    return [
        f"{titles[line.dataset]}: {line.records:,} {line.get_cause_display().lower()}"
        for line in run.lines.all()
    ] or ["Nothing is due."]


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
