"""Telling the answer, and the long work that a worker does after an officer has approved a plan."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from requests_sar import casework, fulfilment, letters
from requests_sar.models import Case
from requests_sar.workflow import Event, State


def tell_answer(case: Case, *, by: Any, words: str = "") -> None:
    """The letter of the answer, into the thread and announced by e-mail. `words`: a sentence of our own in it."""
    way = fulfilment.of(case)
    assert way is not None
    letter = letters.tell(case, f"answer_{case.right}", by=by, words=words.strip(), **way.letter(case))
    way.told(case, by, letter.mail)


def carry_out(case_id: str) -> None:
    """Do what was approved, then tell the requester. Again it finds nothing left to do, or a case that is closed.

    The work has a claim of its own: a second worker gets nothing, and a dead one's work is taken up by `sweep`.
    """
    case = Case.objects.get(pk=case_id)
    way = fulfilment.of(case)
    if case.state != State.APPLYING or way is None:
        return
    outcome = way.apply(case, None)
    if outcome is None:
        return  # somebody else is at it, it has to wait, or it failed and staff can see why
    with transaction.atomic():
        case.refresh_from_db()
        case = casework.move(
            case, Event.APPLIED, by=None, outcome=outcome, answered_at=case.answered_at or timezone.now()
        )
        tell_answer(case, by=None)


def waiting() -> list[str]:
    """The cases whose carrying out waits for a worker."""
    return [case_id for right in fulfilment.declared() for case_id in fulfilment.by_right(right).waiting()]
