"""Carrying a frozen plan out: claimed by one worker at a time, batch by batch, taken up by another at any line."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from consent import agreements, suppression
from portal.audit import trail
from portal.audit.trail import Verb
from retention import batches, certificates, due, ending, holds, journal, listing, planning
from retention.batches import Outcome
from retention.models import Chunk, Disposal, Line
from subjects import datamap, relationship, traces
from subjects.indexing import reindex
from subjects.models import Subject
from subjects.traces import Erased

log = logging.getLogger(__name__)
ATTEMPTS = 5
MARKETING = "marketing-choices"  # the kind of data whose end means: no marketing any more


class Lost(Exception):
    """The claim is not ours any more: another worker has taken over."""


class Waits(Exception):
    """A request of the same person has come in between, and is answered first."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's hold on one disposal. Every transaction renews it first and fails with Lost once it is not ours."""

    disposal: Disposal
    claim: uuid.UUID

    def renew(self, **fields: Any) -> None:
        """Go on, and set fields. Locks the row until the end of the transaction. Raises Lost."""
        mine = Disposal.objects.filter(pk=self.disposal.pk, claim=self.claim, state=Disposal.State.RUNNING)
        if not mine.update(claimed_until=timezone.now() + _lease(), **fields):
            raise Lost


def _lease() -> dt.timedelta:
    return dt.timedelta(seconds=settings.PACKAGE_LEASE_SECONDS)


def claim(disposal_id: uuid.UUID | str) -> Lease | None:
    """Take an approved plan that nobody is working on; None when somebody is, or when it has to wait or is over."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    waiting = Disposal.objects.filter(free, pk=disposal_id, state=Disposal.State.RUNNING)
    disposal = waiting.select_related("subject").first()
    if disposal is None:
        return None
    if disposal.subject and (before := holds.other_request(disposal.subject, disposal.reference)):
        waiting.update(waits_for=before.reference, claim=None, claimed_until=None)
        return None
    if disposal.attempts >= ATTEMPTS:
        _fail(disposal, "It was tried several times and did not come to an end.")
        return None
    mine = uuid.uuid4()
    taken = waiting.update(
        claim=mine,
        claimed_until=now + _lease(),
        attempts=F("attempts") + 1,
        waits_for="",
        error="",
        started_at=disposal.started_at or now,
    )
    return Lease(Disposal.objects.get(pk=disposal_id), mine) if taken else None


def waiting() -> list[Disposal]:
    """Approved plans that nobody is working on: what a dead worker or a lost message left, and what had to wait."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    return list(Disposal.objects.filter(free, state=Disposal.State.RUNNING).order_by("created_at")[:100])


def run(lease: Lease) -> Disposal.State:
    """Carry the plan out, or as much as is left of it. A kind that fails does not stop the others."""
    disposal = lease.disposal
    try:
        _stop_marketing(lease)
        _clear_traces(lease)
        for line in _in_order(disposal):
            _line(lease, line)
        ending.sweep_files(disposal)
        return _finish(lease)
    except Lost:
        log.info("disposal %s was taken over", disposal.pk)
    except Waits as before:
        Disposal.objects.filter(pk=disposal.pk, claim=lease.claim).update(
            claim=None, claimed_until=None, waits_for=before.reference, attempts=F("attempts") - 1
        )
    disposal.refresh_from_db()
    return Disposal.State(disposal.state)


def _in_order(disposal: Disposal) -> list[Line]:
    """Children before their parents, and who it is about last: the data map backwards.

    A run over everybody does the kinds that count from the end of a relationship first (`due.turn`): when that was
    is read off the other records, and of the person only an empty row stays, so no parent goes before its child.
    """
    place = {dataset.key: number for number, dataset in enumerate(datamap.datasets())}
    lines = [line for line in disposal.lines.all() if line.action.acts]
    if disposal.subject_id is None:
        return sorted(lines, key=lambda line: (due.turn(datamap.get(line.dataset)), -place[line.dataset]))
    return sorted(lines, key=lambda line: -place[line.dataset])


def _stop_marketing(lease: Lease) -> None:
    """Before anything else, so that nobody is written to meanwhile. Again, it changes nothing."""
    disposal = lease.disposal
    subject = disposal.subject
    if subject is None or not (disposal.whole or MARKETING in disposal.kinds):
        return
    if disposal.traces_removed is not None:
        return  # done by a worker before us; the addresses may be gone by now
    with transaction.atomic():
        lease.renew()
        agreements.withdraw_all(subject=subject, how="erasure", by=None)
        suppression.add([subject.email, subject.second_email], by=None, reference=disposal.reference)
        journal.note(disposal, journal.Kind.MARKETING, keys=[str(subject.pk)])


def _clear_traces(lease: Lease) -> None:
    """Copies, keys and working papers, while we still know whose they are."""
    disposal = lease.disposal
    if disposal.subject is None or not disposal.whole or disposal.traces_removed is not None:
        return
    with transaction.atomic():
        lease.renew()
        _look(disposal)
        _unlock_history(disposal)
        erased = Erased(disposal.subject, disposal.reference)
        count = sum(
            trace.clear(erased, lambda field, name: ending.write_down(disposal, field, [name]))
            for trace in traces.traces()
        )
        lease.renew(traces_removed=count)
        journal.note(disposal, journal.Kind.TRACES, keys=[str(disposal.subject.pk)])
        disposal.traces_removed = count


def _unlock_history(disposal: Disposal) -> None:
    """Let append-only tables lose the words that they hold about this person, until the end of the transaction.

    Their triggers ask whether this plan is really being carried out.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.disposal', %s, true)", [str(disposal.pk)])


def _look(disposal: Disposal) -> None:
    """Lock the person's row against new holds, and see whether another request has come. Raises Waits."""
    if disposal.subject_id is None:
        return
    subject = Subject.objects.select_for_update().get(pk=disposal.subject_id)
    before = holds.other_request(subject, disposal.reference)
    if before is not None:
        raise Waits(before.reference)


def _line(lease: Lease, line: Line) -> None:
    try:
        while Chunk.objects.filter(line=line).exists() and _batch(lease, line):
            pass
    except (Lost, Waits):
        raise
    except Exception as error:  # any fault of one kind must not keep the others
        log.error("disposal %s: %s failed (%s)", lease.disposal.pk, line.dataset, type(error).__name__)
        Line.objects.filter(pk=line.pk).update(error=type(error).__name__[:80])
    else:
        Line.objects.filter(pk=line.pk).exclude(error="").update(error="")


def _batch(lease: Lease, line: Line) -> bool:
    """One transaction; returns whether there may be more."""
    disposal = lease.disposal
    with transaction.atomic():
        lease.renew()
        _look(disposal)
        holds.stand_still()
        chunk = listing.next_chunk(line)
        if chunk is None:
            return False
        ahead = certificates.Ahead(line.dataset, chunk.keys)
        _unlock_history(disposal)
        if disposal.subject_id is None:
            outcome = batches.take(disposal, line, chunk.keys, ahead)
        else:
            outcome = _of_person(disposal, line, chunk.keys, ahead)
        journal.batch(line, outcome.done, chunk)
        _note(line, outcome, ahead)
        chunk.delete()
    return True


def _of_person(disposal: Disposal, line: Line, keys: Sequence[str], ahead: certificates.Ahead) -> Outcome:
    """What a person asked for goes, due or not, unless a claim or a pause holds it."""
    dataset = datamap.get(line.dataset)
    held = _held(dataset, keys)
    free = [key for key in keys if key not in held]
    everything = dataset.model_class._default_manager.all()
    done = ending.end(dataset, line.action, everything, free, disposal, ascending=True, meanwhile=ahead.begin)
    return Outcome(done, Counter(held.values()), len(free) - len(done))


def _note(line: Line, outcome: Outcome, ahead: certificates.Ahead) -> None:
    """The counts of a batch, and its certificate where something was done."""
    now = Line.objects.select_for_update().get(pk=line.pk)
    now.done += len(outcome.done)
    now.missing += outcome.missing
    now.skipped += outcome.skipped.total()
    now.skips = dict(Counter(now.skips) + outcome.skipped)
    if now.skips:
        now.skipped_because = max(now.skips, key=lambda why: now.skips[why])
    now.save(update_fields=["done", "missing", "skipped", "skips", "skipped_because"])
    if outcome.done:
        certificates.issue(line, outcome.done, ahead)


def _held(dataset: datamap.Dataset, keys: Sequence[str]) -> dict[str, str]:
    """Which of these records a claim or a pause holds that may have come after the plan was approved, and which of
    the two: it wins, and they stay."""
    found = (
        ending.of_keys(dataset, keys).annotate(held=holds.why(dataset, only=planning.STOPS)).exclude(held="")
    )
    return {str(pk): why for pk, why in found.values_list("pk", "held")}


def _finish(lease: Lease) -> Disposal.State:
    """Nothing is left to do: what was kept goes out of sight, and the plan is closed; or it failed in some kinds."""
    disposal = lease.disposal
    failed = list(disposal.lines.exclude(error="").values_list("dataset", "error"))
    if failed:
        names = ", ".join(f"{datamap.get(key).title} ({error})" for key, error in failed)
        _fail(disposal, f"It did not work for: {names}. Everything else is done.")
        return Disposal.State.FAILED
    with transaction.atomic():
        lease.renew()
        _lock(disposal)
        Chunk.objects.filter(line__disposal=disposal).delete()  # what stays was listed to be looked at
        Disposal.objects.filter(pk=disposal.pk).update(
            state=Disposal.State.DONE, finished_at=timezone.now(), claim=None, claimed_until=None
        )
        trail.record(Verb.DISPOSAL_DONE, by=None, target=f"disposal:{disposal.reference}")
    return Disposal.State.DONE


def _lock(disposal: Disposal) -> None:
    """After a whole erasure what is left is for the law only. While a contract runs the person stays a customer."""
    if disposal.subject is None:
        return
    named = Subject.objects.filter(pk=disposal.subject_id).exclude(full_name="").exists()
    locked = disposal.whole and not (named and relationship.of(disposal.subject).running)
    if locked:
        Subject.objects.filter(pk=disposal.subject_id, locked_at=None).update(locked_at=timezone.now())
    reindex([disposal.subject_id])
    keys = [str(disposal.subject_id)]
    journal.note(disposal, journal.Kind.FINISHED, keys=keys, action="lock" if locked else "")


def _fail(disposal: Disposal, why: str) -> None:
    with transaction.atomic():
        if Disposal.objects.filter(pk=disposal.pk, state=Disposal.State.RUNNING).update(
            state=Disposal.State.FAILED, error=why[:300], claim=None, claimed_until=None
        ):
            trail.record(Verb.DISPOSAL_FAILED, by=None, target=f"disposal:{disposal.reference}")


def retry(*, disposal: Disposal, by: Any) -> bool:
    """Try again what failed; what was done stays done. Returns whether it had failed."""
    with transaction.atomic():
        again = Disposal.objects.filter(pk=disposal.pk, state=Disposal.State.FAILED).update(
            state=Disposal.State.RUNNING, attempts=0, error="", claim=None, claimed_until=None
        )
        if again:
            Line.objects.filter(disposal=disposal).exclude(error="").update(error="")
            trail.record(
                Verb.DISPOSAL_PLANNED, by=by, target=f"disposal:{disposal.reference}", reason="retry"
            )
    return bool(again)
