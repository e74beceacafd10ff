"""Doing the work of an import: by chunks, restartable at any point, finished once.

A batch that waits for work is claimed with a lease; each chunk renews it and moves `rows_done` forward by
compare-and-swap, in the transaction that writes the chunk. So a worker that was thought dead and is not can
write nothing more, and a worker killed in the middle leaves a place from which the next one goes on.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from portal.audit.trail import Verb, record
from subjects.importing import forms, mapping
from subjects.importing.judging import Seen, Verdict, judge
from subjects.importing.parsing import FileRow, RowParser, plain_row
from subjects.importing.problems import Unreadable
from subjects.importing.readers import open_table
from subjects.importing.refusals import Refusals
from subjects.importing.table import Row, Table
from subjects.importing.writing import forget, one_at_a_time, refresh_statistics, undo_some, write
from subjects.models import ImportBatch, ImportChange

log = logging.getLogger(__name__)
State = ImportBatch.State

CHUNK_ROWS = 1_000
CHUNK_LETTERS = 2_000_000  # so that long e-mails make shorter chunks
LEASE = dt.timedelta(seconds=60)
ATTEMPTS = 5  # without a chunk of progress between them
KEPT_FOR = dt.timedelta(days=30)  # the uploaded file, the refused rows and the means to undo
BUSY = {State.CHECKING: "check", State.APPLYING: "apply", State.UNDOING: "undo"}


class Lost(Exception):
    """Another worker has taken this batch over."""


# --- claiming ---------------------------------------------------------------------------------------------


def work(batch_id: uuid.UUID | str, *, here: bool = False) -> None:
    """Do what this batch waits for, unless somebody else does or it is done.

    By a worker, what goes wrong is tried again by the next sweep; `here` (a command) it ends the import and
    is raised.
    """
    batch = _claim(batch_id)
    if batch is None:
        return
    step = {State.CHECKING: _check, State.APPLYING: _apply, State.UNDOING: _undo}[State(batch.state)]
    try:
        step(batch)
    except Lost:
        log.info("import %s was taken over by another worker", batch.pk)
    except Unreadable as problem:
        _fail(batch, str(problem))
    except Exception as error:
        log.warning("import %s stopped (%s)", batch.pk, type(error).__name__)
        if here or batch.attempts >= ATTEMPTS:
            _fail(batch, f"Something went wrong on our side ({type(error).__name__}). Try again, or tell us.")
            if here:
                raise
            return
        # Free at once: the next sweep tries again from the last chunk.
        ImportBatch.objects.filter(pk=batch.pk, state__in=BUSY).update(claimed_until=timezone.now())


def _claim(batch_id: uuid.UUID | str) -> ImportBatch | None:
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    taken = ImportBatch.objects.filter(free, pk=batch_id, state__in=BUSY).update(
        claimed_until=now + LEASE, attempts=F("attempts") + 1
    )
    batch = ImportBatch.objects.get(pk=batch_id) if taken else None
    if batch and batch.attempts > ATTEMPTS:
        _fail(
            batch, f"The work stopped {ATTEMPTS} times at row {batch.rows_done + 2}. Try again, or tell us."
        )
        return None
    return batch


def waiting(limit: int = 50) -> list[uuid.UUID]:
    """Batches that nobody works on although they wait: what a lost message or a dead worker leaves behind."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    rows = ImportBatch.objects.filter(free, state__in=BUSY).order_by("created_at")
    return list(rows.values_list("pk", flat=True)[:limit])


def _fail(batch: ImportBatch, sentence: str) -> None:
    ImportBatch.objects.filter(pk=batch.pk, state__in=BUSY).update(
        state=State.FAILED, error=sentence[:400], claimed_until=None, finished_at=timezone.now()
    )


def _advance(batch: ImportBatch, **changes: Any) -> None:
    """Move the batch forward, if it is still ours. Raises Lost."""
    changes |= {"claimed_until": timezone.now() + LEASE, "attempts": 0}
    moved = ImportBatch.objects.filter(pk=batch.pk, state=batch.state, rows_done=batch.rows_done).update(
        **changes
    )
    if not moved:
        raise Lost
    for name, value in changes.items():
        setattr(batch, name, value)


# --- the passes over the file -----------------------------------------------------------------------------


@dataclass(slots=True)
class Tally:
    """What has become of the rows so far."""

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0

    def add(self, rows: Iterable[FileRow]) -> None:
        """Count judged rows."""
        for row in rows:
            outcome = row.outcome or "refused"
            setattr(self, outcome, getattr(self, outcome) + 1)

    def counts(self) -> dict[str, int]:
        """As the fields of the batch."""
        return {"new": self.new, "changed": self.changed, "same": self.same, "refused": self.refused}


def _check(batch: ImportBatch) -> None:
    """The dry run: judge every row, write nothing but the counts."""
    _advance(batch, rows_done=0, new=0, changed=0, same=0, refused=0)  # a check begins again from the top

    def chunk(verdict: Verdict, counts: dict[str, int], done: int) -> None:
        _advance(batch, rows_done=done, **counts)

    _pass(batch, Tally(), chunk, write_under_lock=False)
    _finish(batch, State.CHECKED, Verb.IMPORT_CHECKED, rows_total=batch.rows_done)


def _apply(batch: ImportBatch) -> None:
    """Judge again, under lock, and write; goes on behind the last chunk that was written."""
    form = forms.get(batch.kind)

    def chunk(verdict: Verdict, counts: dict[str, int], done: int) -> None:
        if isinstance(form, forms.Appended):
            form.write(batch, verdict.rows)
        else:
            write(batch, form, verdict)
        _advance(batch, rows_done=done, **counts)

    tally = Tally(batch.new, batch.changed, batch.same, batch.refused)
    _pass(batch, tally, chunk, write_under_lock=True)
    mapping.remember(form, batch.options["columns"], batch.mapping)
    _finish(batch, State.APPLIED, Verb.IMPORT_APPLIED, rows_total=batch.rows_done)


def _pass(
    batch: ImportBatch,
    tally: Tally,
    each: Callable[[Verdict, dict[str, int], int], None],
    *,
    write_under_lock: bool,
) -> None:
    """Lead the file through in chunks. Rows done before a restart are judged again, only to know them."""
    start, done, grown = batch.rows_done, 0, CHUNK_ROWS
    with batch.file.open("rb") as file, Seen() as seen:
        table = open_table(file, sheet=batch.options.get("sheet", ""))
        reader = _Reader(forms.get(batch.kind), table.columns, batch.mapping)
        refusals = Refusals(table.columns)
        for rows in _chunks(table, start):
            parsed = reader.parse(rows)
            done += len(parsed)
            if done <= start:
                reader.judge(parsed, seen)
                _advance(batch)
            else:
                with transaction.atomic():
                    if write_under_lock:
                        one_at_a_time()
                    verdict = reader.judge(parsed, seen, lock=write_under_lock)
                    tally.add(verdict.rows)
                    each(verdict, tally.counts(), done)
                if write_under_lock and tally.new >= grown:
                    reader.refresh_statistics()
                    grown = tally.new * 4
            for row in parsed:
                if row.problems:
                    refusals.add(row)
        _replace_refusals(batch, refusals)


class _Reader:
    """Understands and judges the rows of a file, whatever their kind."""

    def __init__(self, form: forms.AnyForm, columns: tuple[str, ...], chosen: Mapping[str, str]) -> None:
        self.form, self.chosen = form, chosen
        self.parser = RowParser(form, columns, chosen) if isinstance(form, forms.Form) else None
        places = {name: place for place, name in enumerate(columns)}
        self.places = {ours: places[theirs] for ours, theirs in chosen.items()}

    def parse(self, rows: Iterable[Row]) -> list[FileRow]:
        """The rows, understood as far as each alone allows."""
        if self.parser:
            return [self.parser.parse(number, cells) for number, cells in rows]
        return [plain_row(number, cells, self.chosen) for number, cells in rows]

    def judge(self, rows: list[FileRow], seen: Seen, *, lock: bool = False) -> Verdict:
        """What they come to, held against what is stored."""
        if isinstance(self.form, forms.Form):
            return judge(self.form, rows, seen, lock=lock)
        readable = [row for row in rows if not row.problems]
        cells = ({ours: row.cells[place] for ours, place in self.places.items()} for row in readable)
        self.form.judge(list(zip(readable, cells, strict=True)))
        return Verdict(rows)

    def refresh_statistics(self) -> None:
        """After many new rows."""
        if isinstance(self.form, forms.Form):
            refresh_statistics(self.form)


def _chunks(table: Table, start: int) -> Iterator[list[Row]]:
    """The rows in chunks of bounded size, one of which ends exactly behind row `start`."""
    chunk: list[Row] = []
    letters = 0
    for count, row in enumerate(table.rows(), start=1):
        chunk.append(row)
        letters += sum(len(cell) for cell in row[1] if isinstance(cell, str))
        if len(chunk) >= CHUNK_ROWS or letters >= CHUNK_LETTERS or count == start:
            yield chunk
            chunk, letters = [], 0
    if chunk:
        yield chunk


def _replace_refusals(batch: ImportBatch, refusals: Refusals) -> None:
    before = batch.refused_file.name
    batch.refused_file = refusals.save(f"imports/{batch.pk}-refused.csv")
    ImportBatch.objects.filter(pk=batch.pk).update(refused_file=batch.refused_file.name)
    if before and before != batch.refused_file.name:
        default_storage.delete(before)


def _finish(batch: ImportBatch, state: str, verb: Verb, **changes: Any) -> None:
    """The last move, and its line in the trail as the last statement of the transaction."""
    with transaction.atomic():
        _advance(batch, state=state, finished_at=timezone.now(), error="", **changes)
        ImportBatch.objects.filter(pk=batch.pk).update(claimed_until=None)
        counts = f"{batch.new} new, {batch.changed} changed, {batch.same} same, {batch.refused} refused"
        said = f"{batch.kind}: {counts}"
        if verb is Verb.IMPORT_UNDONE:
            said = f"{batch.kind}: {batch.kept} changes kept"
        record(verb, by=batch.acted_by or None, target=f"import:{batch.pk}", reason=said)


def _undo(batch: ImportBatch) -> None:
    """Take back what was written, latest first, and then the copies of the file."""
    form = forms.get(batch.kind)
    if isinstance(form, forms.Appended):
        raise Unreadable("What was added to a ledger stays there. Import the opposite choice instead.")
    while looked_at := _undo_chunk(batch, form):
        log.debug("import %s: %s changes looked at", batch.pk, looked_at)
    kept = ImportChange.objects.filter(batch=batch).count()
    _finish(batch, State.UNDONE, Verb.IMPORT_UNDONE, kept=kept)
    _delete_files(batch)


def _undo_chunk(batch: ImportBatch, form: forms.Form) -> int:
    with transaction.atomic():
        looked_at = undo_some(batch, form)
        _advance(batch, rows_done=batch.rows_done + looked_at)
    return looked_at


# --- cleaning up ------------------------------------------------------------------------------------------


def _delete_files(batch: ImportBatch) -> None:
    """The uploaded file and its refused rows are copies of personal data: gone when they are not needed."""
    for name in (batch.file.name, batch.refused_file.name):
        if name:
            default_storage.delete(name)
    ImportBatch.objects.filter(pk=batch.pk).update(file="", refused_file="")


def clear_old() -> int:
    """Delete the files and the notes for undoing of imports older than 30 days; returns how many imports."""
    day = timezone.now() - KEPT_FOR
    old = ImportBatch.objects.filter(created_at__lt=day).exclude(state__in=BUSY)
    batches = list(old.filter(~Q(file="") | ~Q(refused_file="") | Q(changes__isnull=False)).distinct())
    for batch in batches:
        _delete_files(batch)
        forget(batch)
    return len(batches)
