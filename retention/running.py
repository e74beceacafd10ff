"""The run over everybody: what is due today is listed, approved, and carried out by the engine of every disposal.

`plan` freezes the list, `approve` (an officer, or nobody once runs are automatic) lets a worker carry it out, and
`retention.working` does. What came between, a hold, a pause, a request, a later payment, is seen in the statement of
each batch and wins.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal import queue
from portal.audit import trail
from portal.audit.trail import Verb
from portal.register import store
from retention import disposal, due, holds, listing, schedule, working
from retention.disposal import Refused
from retention.due import Due
from retention.models import Action, Automatic, Chunk, Disposal, Fate, Line, Reason
from subjects import datamap
from subjects.datamap import Dataset

log = logging.getLogger(__name__)
_GATE = 1635083370  # advisory lock: one run is planned at a time


# --- what is due ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Preview:
    """Records of one kind that are due on a day. `reason`: over, or why they stay all the same."""

    dataset: Dataset
    reason: Reason
    records: int
    action: Action


def preview(as_of: dt.date, kinds: Collection[str] = ()) -> list[Preview]:
    """What a run of this day would do, by kind and reason. Only reads. kinds: keys of the data map; none: all."""
    found = []
    for each in _due(as_of, kinds):
        for reason, records in _reasons(each).items():
            found.append(Preview(each.dataset, reason, records, each.action))
    return found


def _due(as_of: dt.date, kinds: Collection[str]) -> Iterator[Due]:
    for dataset in datamap.datasets():
        if not kinds or dataset.key in kinds:
            yield from due.of(dataset, as_of)


def _reasons(each: Due) -> dict[Reason, int]:
    """How many go and how many stay for which reason."""
    goes = holds.free(each.rows, each.dataset).count()
    found = {Reason.OVER: goes} if goes else {}
    return found | {reason: n for reason, rows in _held(each) if (n := rows.count())}


def _held(each: Due) -> Iterator[tuple[Reason, QuerySet[Any]]]:
    """What is due and stays, by the first reason for which it does."""
    rows = each.rows
    for against in holds.standing(each.dataset):
        yield against.reason, rows.filter(against.rows)
        for way in against.ways:
            rows = rows.filter(~way)


# --- planning ----------------------------------------------------------------------------------------------


def plan(*, by: Any, as_of: dt.date | None = None, kinds: Collection[str] = ()) -> Disposal:
    """List what is due, of everybody. A plan of before that was not approved is dropped: this one takes its place.

    as_of: a UK day, today or earlier (default: today). kinds: keys of the data map; none: all. Raises Refused.
    """
    today = timezone.localdate()
    as_of = as_of or today
    if as_of > today:
        raise Refused("A run cannot be for a day that has not come. Do a dry run for it instead.")
    if unknown := set(kinds) - {dataset.key for dataset in datamap.datasets()}:
        raise Refused(f"There is no kind of data {min(unknown)!r}.")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_GATE])
        for before in waiting_for_approval():
            _drop(before, by, "replaced")
        run = Disposal.objects.create(
            reference=_reference(as_of),
            kinds=sorted(kinds),
            as_of=as_of,
            register_version=store.version(),
            state=Disposal.State.FROZEN,
            frozen_at=timezone.now(),
        )
        for each in _due(as_of, kinds):
            _list(run, each)
        trail.record(Verb.DISPOSAL_FROZEN, by=by, target=f"disposal:{run.reference}")
    return run


def _reference(as_of: dt.date) -> str:
    """ "RUN-20261125-1", and "-2" when it is made anew."""
    stem = f"RUN-{as_of:%Y%m%d}-"
    return f"{stem}{Disposal.objects.filter(reference__startswith=stem).count() + 1}"


def _list(run: Disposal, each: Due) -> None:
    """The lines of one kind, each with its part of the frozen list. A kind that fails does not stop the others."""
    try:
        with transaction.atomic():
            _onto(_line(run, each, Reason.OVER), holds.free(each.rows, each.dataset), each.dataset)
            for reason, rows in _held(each):
                _onto(_line(run, each, reason), rows, each.dataset)
    except DatabaseError as error:
        log.error("run %s: %s cannot be planned (%s)", run.pk, each.dataset.key, type(error).__name__)
        line = _line(run, each, Reason.OVER)
        Line.objects.filter(pk=line.pk).update(error=type(error).__name__[:80])


def _size(dataset: Dataset) -> int | None:
    """A person takes copies and search keys along, one by one: fewer of them in a transaction."""
    return 100 if dataset.subject_path == "pk" else None


def _onto(line: Line, rows: QuerySet[Any], dataset: Dataset) -> None:
    """The rows onto the list. A line without any is taken away."""
    line.records = listing.write_down(line, rows, size=_size(dataset))
    if line.records:
        line.save(update_fields=["records"])
    else:
        line.delete()


def _line(run: Disposal, each: Due, reason: Reason) -> Line:
    goes = reason is Reason.OVER
    return Line.objects.create(
        disposal=run,
        dataset=each.dataset.key,
        standing=each.standing,
        rule=schedule.in_words(each.rule),
        fate=Fate.GOES if goes else Fate.STAYS,
        cause=reason,
        records=0,
        suggestion=each.action if goes else Action.KEEP,
        ending=each.action,
        decision=each.action if goes else Action.KEEP,
    )


# --- approving --------------------------------------------------------------------------------------------


def waiting_for_approval() -> list[Disposal]:
    """Plans over everybody that somebody has to approve; there is at most one."""
    return list(Disposal.objects.filter(subject=None, state=Disposal.State.FROZEN).order_by("created_at"))


def approve(*, run: Disposal, by: Any) -> Disposal:
    """Let a worker carry the run out. Raises Refused for a plan of another day, or one dropped or approved already."""
    with transaction.atomic():
        run = Disposal.objects.select_for_update().get(pk=run.pk)
        if run.subject_id is not None:
            raise Refused("This is the plan of one person's request. Approve it there.")
        if run.state == Disposal.State.DROPPED:
            raise Refused("This plan was replaced by a newer one.")
        if run.state != Disposal.State.FROZEN:
            raise Refused("The plan is approved already.")
        run = disposal.start(disposal=run, by=by)
        trail.record(Verb.DISPOSAL_APPROVED, by=by, target=f"disposal:{run.reference}")
        _send(run)
    return run


def _send(run: Disposal) -> None:
    from retention.tasks import carry_out_run  # the task imports this module

    queue.enqueue(carry_out_run, str(run.pk))


def try_again(*, run: Disposal, by: Any) -> bool:
    """What failed is tried again; what was done stays done. Returns whether it had failed."""
    with transaction.atomic():
        again = working.retry(disposal=run, by=by)
        if again:
            _send(run)
    return again


def drop(*, run: Disposal, by: Any) -> None:
    """Throw a plan away that is not approved. Raises Refused when it is."""
    with transaction.atomic():
        run = Disposal.objects.select_for_update().get(pk=run.pk)
        if run.subject_id is not None or run.state != Disposal.State.FROZEN:
            raise Refused("Only a plan that waits for approval can be dropped.")
        _drop(run, by, "by hand")


def _drop(run: Disposal, by: Any, why: str) -> None:
    Chunk.objects.filter(line__disposal=run).delete()
    Disposal.objects.filter(pk=run.pk).update(state=Disposal.State.DROPPED, finished_at=timezone.now())
    trail.record(Verb.DISPOSAL_DROPPED, by=by, target=f"disposal:{run.reference}", reason=why)


# --- every night ---------------------------------------------------------------------------------------------


def automatic() -> bool:
    """Whether plans are carried out without an approval."""
    return Automatic.objects.filter(pk=1, on=True).exists()


def set_automatic(*, on: bool, by: Any) -> None:
    """Turn automatic runs on or off."""
    with transaction.atomic():
        row, _ = Automatic.objects.select_for_update().get_or_create(pk=1)
        if row.on != on:
            row.on, row.changed_at, row.changed_by = on, timezone.now(), trail.actor(by)
            row.save()
            trail.record(Verb.DISPOSAL_AUTOMATIC, by=by, target="disposal:runs", reason="on" if on else "off")


def nightly() -> Disposal:
    """Plan what is due today; carry it out where runs are automatic. Once a day: again it gives the run of today."""
    today = timezone.localdate()
    done = Disposal.objects.filter(subject=None, as_of=today, kinds=[], reference__startswith="RUN-")
    standing = done.exclude(state=Disposal.State.DROPPED).order_by("-created_at").first()
    run = standing or plan(by=None)
    if run.state == Disposal.State.FROZEN and automatic() and not disposal.not_ready(run):
        run = approve(run=run, by=None)
    return run
