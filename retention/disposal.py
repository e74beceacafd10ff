"""Disposing of records: a plan is drafted, decided line by line, frozen by a dry run, and carried out.

`draft` and `freeze` only read the person's records and write the plan down. `run` carries a frozen plan out, batch by
batch: each batch is one transaction that looks for holds, does its work, takes the keys off the list and writes down
that it did. A worker that dies leaves whole batches behind; whoever takes over goes on with the keys that are left,
so nothing is done twice and the counts add up.

It knows no requests: a case gives a reference, and its own papers as `spare`.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from portal.register import store
from retention import hanging, listing, planning
from retention.models import Action, Chunk, Disposal, Fate, Line, Reason
from retention.planning import Share
from subjects.models import Subject

log = logging.getLogger(__name__)
Spare = Mapping[str, Collection[Any]]
PROTECTED = {Reason.LAW, Reason.WITH_OTHERS, Reason.HELD}  # to decide against these takes an override


class Refused(Exception):
    """The act cannot be done; the text is a sentence for the person."""


@store.steady()
def draft(
    *, subject: Subject, reference: str, by: Any, kinds: Collection[str] = (), spare: Spare | None = None
) -> Disposal:
    """Write the plan down as the rules suggest it. A second time for the same reference it is made anew."""
    with transaction.atomic():
        disposal, new = Disposal.objects.select_for_update().get_or_create(
            reference=reference, defaults={"subject": subject, "as_of": timezone.localdate()}
        )
        _changeable(disposal)
        if disposal.subject_id != subject.pk:
            disposal.lines.all().delete()  # it was about somebody else: nothing that was decided holds
        disposal.subject, disposal.kinds = subject, sorted(kinds)
        _lay_out(disposal, spare)
        trail.record(
            Verb.DISPOSAL_PLANNED, by=by, target=f"disposal:{reference}", reason="" if new else "again"
        )
    return disposal


def _changeable(disposal: Disposal) -> None:
    if disposal.state not in {Disposal.State.DRAFT, Disposal.State.FROZEN}:
        raise Refused("The plan is approved, so it cannot be changed any more.")


def _lay_out(disposal: Disposal, spare: Spare | None) -> list[tuple[Line, Share]]:
    """Lines as the records are now. What was decided stays where it differs from what was suggested."""
    assert disposal.subject is not None
    disposal.as_of = timezone.localdate()
    disposal.register_version = store.version()
    disposal.state, disposal.frozen_at = Disposal.State.DRAFT, None
    disposal.save()
    found = planning.shares(disposal.subject, as_of=disposal.as_of, kinds=disposal.kinds, spare=spare)
    before = {(line.dataset, line.fate, line.cause): line for line in disposal.lines.all()}
    disposal.lines.all().delete()
    lines = [
        _line(disposal, share, before.get((share.dataset.key, share.fate, share.reason))) for share in found
    ]
    Line.objects.bulk_create(lines)
    return list(zip(lines, found, strict=True))


def _line(disposal: Disposal, share: Share, before: Line | None) -> Line:
    own = before is not None and before.decision != before.suggestion
    offered = offers(share.fate, share.suggestion, share.ending)
    if before is None or not own or before.action not in offered:
        before = None
    return Line(
        disposal=disposal,
        dataset=share.dataset.key,
        rule=share.rule,
        fate=share.fate,
        cause=share.reason,
        records=share.records,
        first_until=share.first_until,
        last_until=share.last_until,
        duty_until=share.duty_until,
        suggestion=share.suggestion,
        ending=share.ending,
        decision=before.decision if before else share.suggestion,
        override=before.override if before else False,
        reason=before.reason if before else "",
    )


def offers(fate: Fate | str, suggestion: Action | str, ending: Action | str) -> list[Action]:
    """What can be decided for records: what is suggested first, then the other way."""
    other = Action.KEEP if fate == Fate.GOES else Action(ending)
    return [Action(suggestion), other]


def decide(*, line: Line, by: Any, decision: str, reason: str = "", override: bool = False) -> Line:
    """Decide a line. Another decision than suggested needs a reason; one against the law's word an override too.

    Raises Refused with what is missing. A dry run made before does not count any more.
    """
    with transaction.atomic():
        disposal = Disposal.objects.select_for_update().get(pk=line.disposal_id)
        _changeable(disposal)
        if decision not in offers(line.fate, line.suggestion, line.ending):
            raise Refused("Choose one of the decisions offered for this kind of data.")
        differs = decision != line.suggestion
        if differs and not reason.strip():
            raise Refused("Say why you decide otherwise than suggested. It stands on the record.")
        if differs and line.fate == Fate.STAYS and line.cause in PROTECTED and not override:
            raise Refused(
                "The law makes us keep these records. To delete them all the same, tick the override and say why."
            )
        if (decision, reason.strip() if differs else "") == (line.decision, line.reason):
            return line
        line.decision, line.override = decision, differs and override
        line.reason = reason.strip()[:1_000] if differs else ""
        line.save(update_fields=["decision", "override", "reason"])
        _thaw(disposal)
        trail.record(
            Verb.DISPOSAL_DECIDED,
            by=by,
            target=f"disposal:{disposal.reference}",
            reason=f"{line.dataset} {line.fate}: {decision}{' override' if line.override else ''}",
        )
    return line


def _thaw(disposal: Disposal) -> None:
    Chunk.objects.filter(line__disposal=disposal).delete()
    Disposal.objects.filter(pk=disposal.pk).update(state=Disposal.State.DRAFT, frozen_at=None)


@store.steady()
def freeze(*, disposal: Disposal, by: Any, spare: Spare | None = None) -> Disposal:
    """The dry run: look at the records once more and write down the key of each one that something is done to.

    What was decided stays; a line whose records are new is decided as suggested.
    """
    with transaction.atomic():
        disposal = Disposal.objects.select_for_update().get(pk=disposal.pk)
        _changeable(disposal)
        Chunk.objects.filter(line__disposal=disposal).delete()
        for line, share in _lay_out(disposal, spare):
            if line.action.acts:
                line.records = listing.write_down(line, share.rows)
                line.save(update_fields=["records"])
        disposal.state, disposal.frozen_at = Disposal.State.FROZEN, timezone.now()
        disposal.save(update_fields=["state", "frozen_at"])
        trail.record(Verb.DISPOSAL_FROZEN, by=by, target=f"disposal:{disposal.reference}")
    return disposal


def start(*, disposal: Disposal, by: Any) -> Disposal:
    """Approve a frozen plan: from now on a worker may carry it out. Raises Refused without a dry run of today."""
    with transaction.atomic():
        disposal = Disposal.objects.select_for_update().get(pk=disposal.pk)
        if disposal.state == Disposal.State.RUNNING:
            return disposal
        if obstacle := not_ready(disposal):
            raise Refused(obstacle)
        disposal.state, disposal.attempts, disposal.error = Disposal.State.RUNNING, 0, ""
        disposal.save(update_fields=["state", "attempts", "error"])
    return disposal


def not_ready(disposal: Disposal) -> str:
    """Why a plan cannot be approved, as a sentence; empty when it can."""
    if disposal.state == Disposal.State.DRAFT or disposal.frozen_at is None:
        return "There was no dry run since the last decision. Do the dry run and look at what would go."
    if timezone.localdate(disposal.frozen_at) != timezone.localdate():
        return "The dry run is from another day. Do it again, so that it shows the records of today."
    if disposal.state != Disposal.State.FROZEN:
        return "The plan is approved already."
    return hanging.stranded(disposal)
