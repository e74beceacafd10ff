"""`manage.py load_example`: the example company's customers and staff, through the import that staff use."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from examples import make
from portal.accounts.models import Role, User
from portal.audit.models import Entry
from portal.audit.trail import Verb, record
from portal.register import store
from subjects.importing import verbs
from subjects.importing.kinds import RECORDINGS
from subjects.importing.problems import ImportProblem
from subjects.models import Controller, ImportBatch

# Shown by `make run` to everybody who tries the portal; the command refuses to run where it would matter.
EXAMPLE_PASSWORD = "example-only-4711"  # noqa: S105 - public on purpose
STAFF: tuple[tuple[str, str, Role], ...] = (
    ("dee@dataproductions.example", "Dee", Role.DPO),
    ("sam@dataproductions.example", "Sam", Role.STAFF),
    ("sue@dataproductions.example", "Sue", Role.SUPPORT),
    ("ada@dataproductions.example", "Ada", Role.ADMINISTRATOR),
    ("olu@dataproductions.example", "Olu", Role.AUDITOR),
)


# Whose data the example firm holds as a processor: name, reference, mailbox, how people reach them.
CLIENTS = (
    ("Harbourside Dental Practice", "K-0107", "privacy@harbourside.example", "privacy@harbourside.example"),
    ("Tolland & Sons Removals", "K-0112", "office@tolland.example", "office@tolland.example"),
    ("Quayside Housing Association", "K-0120", "", "By letter to their head office"),
)


class Command(BaseCommand):
    """Load the example company once; a second run changes nothing."""

    help = "Load the example company: made-up customers, their records and the staff's sign-ins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--today", type=dt.date.fromisoformat, help="the last day of its history: 2026-11-23"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "The example company has a public password and made-up people, so it is never loaded in "
                "production. Import your own customers with `manage.py import_records`."
            )
        if Entry.objects.filter(verb=Verb.EXAMPLE_LOADED).exists():
            self.stdout.write("The example company is already loaded; nothing was changed.")
            return
        started = time.monotonic()
        make_staff()
        make_controllers()
        rows = self._load(options["today"] or timezone.localdate())
        with transaction.atomic():
            record(Verb.EXAMPLE_LOADED, by=None, target=f"rows:{rows}")
        seconds = time.monotonic() - started
        self.stdout.write(f"The example company is loaded: {rows:,} rows in {seconds:.0f} seconds.")

    def _load(self, today: dt.date) -> int:
        with tempfile.TemporaryDirectory(prefix="example-") as name:
            folder = Path(name)
            make.make(folder, today)
            keep_recordings(folder / make.RECORDINGS)
            return sum(self._import(folder / file.name, file) for file in make.FILES)

    def _import(self, path: Path, file: make.File) -> int:
        """Import one file as staff would: upload, say which column is which, apply. Returns the rows."""
        try:
            with path.open("rb") as stream:
                batch = verbs.upload(file=File(stream, name=path.name), kind=file.kind, by=None)
            if batch.mapping != file.headings:
                batch = verbs.choose(batch=batch, chosen=file.headings, by=None)
            batch = verbs.apply(batch=batch, by=None, here=True, unchecked=True)
        except ImportProblem as problem:
            raise CommandError(f"{path.name} could not be imported: {problem}") from problem
        if batch.state != ImportBatch.State.APPLIED:
            raise CommandError(
                f"{path.name} could not be imported: {batch.error or batch.get_state_display()}"
            )
        refused = f", {batch.refused} refused" if batch.refused else ""
        self.stdout.write(f"  {batch.rows_done:>7,}  {file.kind}{refused}")
        return batch.rows_done


def make_staff() -> None:
    """The staff of the example, those that are not there yet."""
    for email, name, role in STAFF:
        if not User.objects.filter(email=email).exists():
            User.objects.create_user(email, EXAMPLE_PASSWORD, name=name, role=role)


def make_controllers() -> None:
    """Our own company, and the clients whose processor it is; those that are not there yet."""
    Controller.objects.get_or_create(ours=True, defaults={"name": store.current().controller.name})
    for name, reference, email, tell in CLIENTS:
        Controller.objects.get_or_create(
            name=name, defaults={"reference": reference, "email": email, "tell_people": tell}
        )


def keep_recordings(folder: Path) -> None:
    """Copy the sound files to where the import looks for them."""
    for path in sorted(folder.iterdir()):
        name = f"{RECORDINGS}/{path.name}"
        if not default_storage.exists(name):
            with path.open("rb") as sound:
                default_storage.save(name, File(sound))
