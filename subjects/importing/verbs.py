"""What people do with an import. The admin screens, the command and the API all come through here."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils import timezone

from portal import queue
from portal.accounts.powers import Power, require
from portal.audit.trail import actor
from subjects.importing import engine, forms, kinds, mapping
from subjects.importing.problems import ImportProblem, Unreadable
from subjects.importing.readers import open_table
from subjects.importing.table import Table
from subjects.models import ImportBatch, ImportChange

State = ImportBatch.State
_MOVED_ON = "Somebody has moved this import on in the meantime. Look at where it stands now."


def _allowed(by: Any) -> None:
    """A member of staff needs the power; None is the command, which whoever runs it may run."""
    if by is not None:
        require(by, Power.IMPORT)


def upload(*, file: IO[bytes] | File[Any], kind: str, by: Any, sheet: str = "") -> ImportBatch:
    """Take in a file of one kind of record and guess its columns. Nothing is imported yet.

    Raises PermissionDenied, and ImportProblem (with a sentence) for an unknown kind or a file that is too
    large or cannot be read.
    """
    _allowed(by)
    form = _form(kind)
    batch = ImportBatch(kind=form.key, by=by, acted_by=actor(by))
    name, batch.sha256 = _store(file, batch.pk)
    try:
        with default_storage.open(name, "rb") as stored:
            table = _opened(stored, sheet)
            batch.options, batch.file_format = _how_read(table), table.format
        batch.mapping = mapping.guess(form, table.columns)
        batch.file = name
        batch.save(force_insert=True)
    except BaseException:
        default_storage.delete(name)
        raise
    return batch


def _form(kind: str) -> forms.AnyForm:
    try:
        return forms.get(kind)
    except KeyError:
        known = ", ".join(form.key for form in forms.all_kinds())
        raise ImportProblem(f"There is no kind of record called {kind!r}. Choose one of: {known}.") from None


def _store(file: IO[bytes] | File[Any], batch_id: uuid.UUID) -> tuple[str, str]:
    """Copy the file into the storage; returns its name there and its SHA-256."""
    wrapped = file if isinstance(file, File) else File(file)
    most = settings.IMPORT_MAX_BYTES
    if wrapped.size > most:
        raise ImportProblem(f"The file is larger than {most // 1024**2} MB. Split it and import the parts.")
    digest = hashlib.sha256()
    for piece in wrapped.chunks():
        digest.update(piece)
    wrapped.seek(0)
    return default_storage.save(f"imports/{batch_id}", wrapped), digest.hexdigest()


def _opened(stored: IO[bytes], sheet: str) -> Table:
    try:
        return open_table(stored, sheet=sheet)
    except Unreadable as problem:
        raise ImportProblem(str(problem)) from None


def _how_read(table: Table) -> dict[str, Any]:
    return {
        "columns": list(table.columns),
        "note": table.note,
        "sheets": list(table.sheets),
        "sheet": table.sheet,
    }


def choose(*, batch: ImportBatch, chosen: Mapping[str, str], by: Any) -> ImportBatch:
    """Say which column of the file fills which field ({field: column}; "" or missing: none).

    A check made before does not count any more. Raises ImportProblem, PermissionDenied.
    """
    _allowed(by)
    usable = mapping.checked(forms.get(batch.kind), chosen, batch.options["columns"])
    _move(_unapplied(batch), state=State.UPLOADED, mapping=usable, error="", rows_done=0, rows_total=0)
    batch.refresh_from_db()
    return batch


def choose_sheet(*, batch: ImportBatch, sheet: str, by: Any) -> ImportBatch:
    """Read another sheet of the workbook; its columns are guessed afresh. Raises as `choose` does."""
    _allowed(by)
    with batch.file.open("rb") as stored:
        table = _opened(stored, sheet)
    guessed = mapping.guess(forms.get(batch.kind), table.columns)
    _move(_unapplied(batch), state=State.UPLOADED, options=_how_read(table), mapping=guessed, error="")
    batch.refresh_from_db()
    return batch


def _unapplied(batch: ImportBatch) -> QuerySet[ImportBatch]:
    rows = ImportBatch.objects.filter(pk=batch.pk).exclude(file="").exclude(verb__in=["apply", "undo"])
    return rows.filter(state__in=[State.UPLOADED, State.CHECKED, State.FAILED])


def _move(rows: QuerySet[ImportBatch], **changes: Any) -> None:
    if not rows.update(**changes):
        raise ImportProblem(_MOVED_ON)


def check(*, batch: ImportBatch, by: Any, here: bool = False) -> ImportBatch:
    """Dry run: count what an import would do. By a worker, or `here` in this process."""
    _allowed(by)
    mapping.checked(forms.get(batch.kind), batch.mapping, batch.options["columns"])
    return _begin(batch, _unapplied(batch), State.CHECKING, by, here, rows_done=0)


def apply(*, batch: ImportBatch, by: Any, here: bool = False, unchecked: bool = False) -> ImportBatch:
    """Import a checked file, or go on with an import that failed half way.

    `unchecked` leaves the dry run out: for a command, which asks nobody between the two. Every row is judged
    when it is written anyway.
    """
    _allowed(by)
    rows = ImportBatch.objects.filter(pk=batch.pk).exclude(file="")
    if batch.state == State.FAILED:
        rows = rows.filter(state=State.FAILED, verb="apply")
        return _begin(batch, rows, State.APPLYING, by, here)
    if unchecked:
        mapping.checked(forms.get(batch.kind), batch.mapping, batch.options["columns"])
    rows = rows.filter(state__in=[State.CHECKED, State.UPLOADED] if unchecked else [State.CHECKED])
    fresh = {"rows_done": 0, "new": 0, "changed": 0, "same": 0, "refused": 0}
    return _begin(batch, rows, State.APPLYING, by, here, **fresh)


def undo(*, batch: ImportBatch, by: Any, here: bool = False) -> ImportBatch:
    """Put back what an import changed and delete what it made, except what was changed since."""
    _allowed(by)
    rows = ImportBatch.objects.filter(pk=batch.pk)
    if batch.state == State.FAILED:
        rows = rows.filter(state=State.FAILED, verb__in=["apply", "undo"])
    else:
        rows = rows.filter(state=State.APPLIED)
    if not ImportChange.objects.filter(batch=batch).exists() and batch.state == State.APPLIED:
        raise ImportProblem(
            "There is nothing to undo: the import changed nothing, or it is over 30 days old."
        )
    return _begin(batch, rows, State.UNDOING, by, here, rows_done=0)


def _begin(
    batch: ImportBatch, rows: QuerySet[ImportBatch], state: State, by: Any, here: bool, **changes: Any
) -> ImportBatch:
    """Set the batch to work. Asking twice is asking once."""
    begun = rows.update(
        state=state,
        verb=engine.BUSY[state],
        acted_by=actor(by),
        started_at=timezone.now(),
        attempts=0,
        claimed_until=None,
        error="",
        finished_at=None,
        **changes,
    )
    batch.refresh_from_db()
    if not begun and batch.state != state:
        raise ImportProblem(_MOVED_ON)
    if begun and here:
        engine.work(batch.pk, here=True)
    elif begun:
        from subjects.tasks import work  # the task imports this package

        queue.enqueue(work, str(batch.pk))
    batch.refresh_from_db()
    return batch


def store_recordings(*, folder: Path, by: Any) -> int:
    """Copy the sound files of a folder to where imports of call recordings look for them; returns how many.

    A file of the same name is replaced. Raises ImportProblem, PermissionDenied.
    """
    _allowed(by)
    if not folder.is_dir():
        raise ImportProblem(f"There is no folder {folder}.")
    count = 0
    for path in sorted(folder.iterdir()):
        if not path.is_file() or not kinds.FILE_NAME.fullmatch(path.name):
            continue
        name = f"{kinds.RECORDINGS}/{path.name}"
        default_storage.delete(name)
        with path.open("rb") as file:
            default_storage.save(name, File(file))
        count += 1
    return count


def imported_before(batch: ImportBatch) -> ImportBatch | None:
    """The latest import of the very same file, if it stands."""
    same = ImportBatch.objects.filter(kind=batch.kind, sha256=batch.sha256, state=State.APPLIED)
    return same.exclude(pk=batch.pk).filter(created_at__lt=batch.created_at or timezone.now()).first()
