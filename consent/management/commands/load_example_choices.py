"""`manage.py load_example_choices`: what the example company's customers said about marketing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from consent import ledger
from examples import choices, people
from subjects.models import Subject

LOT = 1_000  # lines at once


class Command(BaseCommand):
    """After `load_example`; a second run adds nothing."""

    help = "Load the marketing choices of the example company's made-up customers."

    def add_arguments(self, parser: CommandParser) -> None:
        """The day that the example was made for."""
        parser.add_argument("--today", type=dt.date.fromisoformat, help="the last day of its history")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many lines were new."""
        if settings.PRODUCTION:
            raise CommandError("The example company is made up, so it is never loaded in production.")
        today = options["today"] or timezone.localdate()
        lines = choices.said_by(people.everybody(today), today)
        known = Subject.objects.in_bulk({line.customer for line in lines}, field_name="source_key")
        said = [
            ledger.Said(
                purpose="marketing",
                channel=line.channel,
                act=line.act,
                how=line.how,
                happened_at=line.at,
                subject=known[line.customer],
                wording=line.words or None,
                key=line.key,
            )
            for line in lines
            if line.customer in known
        ]
        new = sum(
            ledger.record_many(said[at : at + LOT], by=None, reference="example:choices")
            for at in range(0, len(said), LOT)
        )
        self.stdout.write(f"{new:>9,}  marketing choices")
