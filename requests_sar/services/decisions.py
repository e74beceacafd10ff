"""Rights that end in a decision: take a case up, see what stands in the way, answer it or approve the work."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from portal import queue
from requests_sar import casework, fulfilment, letters, tasks
from requests_sar.casework import NotPossible
from requests_sar.fulfilment.carrying import tell_answer
from requests_sar.models import Case, Need, Outcome
from requests_sar.services import behalf, colleagues
from requests_sar.services.copies import is_late
from requests_sar.workflow import Event, State


def _way(case: Case) -> fulfilment.Fulfilment:
    way = fulfilment.of(case)
    if way is None:
        raise NotPossible(f"“{case.get_right_display()}” is answered with a copy of the data, not here.")
    return way


def take_up(*, case: Case, by: Any, seen: int | None = None) -> Case:
    """Begin to weigh a request: what has to be decided is laid out, and nothing of the person is disposed of meanwhile.

    Raises NotPossible without a person on file where the right needs one.
    """
    way = _way(case)
    if fulfilment.needs_person(case) and case.subject_id is None:
        raise NotPossible("Choose the person on file first, so that we know whose data it is about.")
    with transaction.atomic():
        case = casework.move(case, Event.TAKE_UP, by=by, seen=seen)
        casework.hold(case, by=by)
        if case.subject_id is not None:
            colleagues.ask_registered(case, by=by)
        way.taken_up(case, by)
    return case


def answer_obstacles(case: Case, *, late_reason: str = "") -> list[str]:
    """What stands in the way of an answer, as sentences; empty when nothing does."""
    way = _way(case)
    obstacles = []
    if case.state != State.REVIEW:
        obstacles.append("The request is not being decided: take it up first.")
    if fulfilment.needs_proof(case) and case.verified_at is None:
        obstacles.append("Nobody has made sure who is asking. Check the identity first.")
    if case.needs.filter(came_on=None).exclude(kind=Need.Kind.IDENTITY).exists():
        obstacles.append("We still wait for something we asked for. Record its arrival first.")
    if way.needs_proof:
        obstacles += behalf.obstacles(case)
    obstacles += way.obstacles(case) + colleagues.obstacles(case, None)
    if is_late(case) and not late_reason.strip():
        obstacles.append("The answer is late. Say why.")
    return obstacles


def answer(*, case: Case, by: Any, words: str = "", late_reason: str = "", seen: int | None = None) -> Case:
    """Carry the decision out and tell the requester, in one transaction. `words`: a sentence of our own in the letter.

    Raises NotPossible with everything that stands in the way (Article 12(3) and (4): answer with reasons).
    """
    way = _way(case)
    obstacles = answer_obstacles(case, late_reason=late_reason)
    if obstacles:
        raise NotPossible(" ".join(obstacles))
    with transaction.atomic():
        case = casework.move(
            case,
            Event.ANSWER,
            by=by,
            seen=seen,
            answered_at=case.answered_at or timezone.now(),
            late_reason=late_reason.strip()[:400],
        )
        outcome = way.apply(case, by)
        assert outcome is not None  # only long work, approved and not answered, is ever unfinished
        Case.objects.filter(pk=case.pk).update(outcome=outcome)
        case.outcome = outcome
        tell_answer(case, by=by, words=words)
    return case


def nothing_held(
    *, case: Case, by: Any, searched: str, late_reason: str = "", seen: int | None = None
) -> Case:
    """Answer that we hold nothing about the person (Article 15(1): whether or not; a case is answered, never dropped).

    `searched` says in plain words where was looked and for what; the requester reads it. Raises NotPossible without it,
    once somebody on file has been chosen, and for a late answer without its reason.
    """
    if not searched.strip():
        raise NotPossible("Say where you looked and for what. The customer reads it.")
    if case.subject_id is not None:
        raise NotPossible(
            "A person on file has been chosen, so we do hold something: accept the request instead."
        )
    if is_late(case) and not late_reason.strip():
        raise NotPossible("The answer is late. Say why.")
    with transaction.atomic():
        case = casework.move(
            case,
            Event.NOTHING,
            by=by,
            seen=seen,
            reason=searched.strip(),
            outcome=Outcome.NOTHING,
            answered_at=timezone.now(),
            late_reason=late_reason.strip()[:400],
        )
        letters.tell(case, "nothing", by=by, searched=searched.strip())
    return case


def approve(*, case: Case, by: Any, late_reason: str = "", seen: int | None = None) -> Case:
    """Approve a plan whose carrying out is long work: a worker does it. Raises NotPossible like `answer`."""
    obstacles = answer_obstacles(case, late_reason=late_reason)
    if obstacles:
        raise NotPossible(" ".join(obstacles))
    with transaction.atomic():
        case = casework.move(case, Event.APPROVE, by=by, seen=seen, late_reason=late_reason.strip()[:400])
        _way(case).approved(case, by)
        queue.enqueue(tasks.carry_out, str(case.pk))
    return case
