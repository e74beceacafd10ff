"""Opening an ended request again: the same case, its clock derived from its rows as before."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from requests_sar import casework, clockwork, letters
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Ground, Referral
from requests_sar.workflow import Actor, Event, State

# Closed because the requester was silent: their later answer opens the same case again (S04, S18).
SILENCE = frozenset({Ground.CANNOT_IDENTIFY, Ground.NO_REPLY})


def by_answer(case: Case) -> bool:
    """Whether an answer of the requester opens this ended request again, without anybody deciding."""
    return case.state == State.REFUSED and case.ground in SILENCE


def reopen(*, case: Case, by: Any, reason: str, seen: int | None = None) -> Case:
    """Back to triage, with the dates that follow from its rows: late if its month is over, new if a proof comes.

    Why it had ended stays in the history. Raises NotPossible without a reason from staff.
    """
    staff = casework.actor_of(by) == Actor.STAFF
    if staff and not reason.strip():
        raise NotPossible("Say why the request is opened again. The customer does not see it.")
    before = _ended_because(case)
    with transaction.atomic():
        case = casework.move(
            case,
            Event.REOPEN,
            by=by,
            seen=seen,
            reason=" ".join(part for part in (reason.strip(), before) if part),
            answered_at=None,
            closed_at=None,
            ground="",
            refusal="",
            referred_to="",
            late_reason="",
            reviewed_at=None,
            reviewed_by=None,
        )
        Referral.objects.filter(case=case).delete()
        casework.hold(case, by=by)
        case = clockwork.recompute(case=case, by=by, why="the request was opened again")
        waiting = casework.facts_of(case).open_need
        letters.tell(case, "reopened", by=by, waiting=waiting)
    return case


def _ended_because(case: Case) -> str:
    """How it had ended, for the history: the words stay when the fields are emptied."""
    lines = [f"It had ended as: {case.get_state_display()}."]
    if case.ground:
        lines.append(f"{case.get_ground_display()}: {case.refusal}")
    if case.referred_to:
        lines.append(f"Passed on to {case.referred_to}.")
    if case.late_reason:
        lines.append(f"Why it was late: {case.late_reason}.")
    return " ".join(lines)
