"""The one place where a case changes its state: a compare-and-swap, a line of history, an entry in the trail.

Two people may press at once, a page may be stale, a task may run twice: the row count of one UPDATE decides who
won, and everybody else is told politely.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from portal.accounts.models import Visit
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import deadlines, holidays, workflow
from requests_sar.models import Case, Happening
from requests_sar.rights import Right
from requests_sar.workflow import Actor, Event, State
from retention import holds

VERBS: dict[Event, Verb] = {
    Event.ASK_CODE: Verb.CASE_VERIFYING,
    Event.CONFIRM: Verb.CASE_TO_TRIAGE,
    Event.ACCEPT: Verb.CASE_ACCEPTED,
    Event.COLLECTED: Verb.CASE_TO_REVIEW,
    Event.COLLECT_AGAIN: Verb.CASE_MOVED_BACK,
    Event.MOVE_BACK: Verb.CASE_MOVED_BACK,
    Event.RELEASE: Verb.CASE_RELEASED,
    Event.TAKE_BACK: Verb.CASE_WITHDRAWN_RELEASE,
    Event.RENEW: Verb.PACKAGE_RENEWED,
    Event.CLOSE: Verb.CASE_CLOSED,
    Event.REFUSE: Verb.CASE_REFUSED,
    Event.REFER: Verb.CASE_REFERRED,
    Event.WITHDRAW: Verb.CASE_CANCELLED,
}


class NotPossible(Exception):
    """The act cannot be done now; the text is a sentence for the person who tried."""


class Stale(NotPossible):
    """Somebody else was first."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody else has just changed this request. Nothing you pressed was done. "
            "Look at the request as it is now."
        )


def actor_of(by: Any) -> Actor:
    """Which kind of actor this is: a visit is the requester, a user is staff, None is the system."""
    if by is None:
        return Actor.SYSTEM
    return Actor.REQUESTER if isinstance(by, Visit) or by == "requester" else Actor.STAFF


def move(
    case: Case, event: Event, *, by: Any, reason: str = "", seen: int | None = None, **changes: Any
) -> Case:
    """Move a case, and return it as it is now.

    `seen` is the version that the person's page showed; `changes` are fields set in the same UPDATE. Raises
    NotPossible when the table has no such move for this actor, Stale when another move came first. Must be the
    last or only thing in its transaction that locks rows, see `portal.audit.trail`.
    """
    step = workflow.move(State(case.state), event)
    if seen is not None and seen != case.version:
        raise Stale
    if step is None or actor_of(by) not in step.by:
        raise NotPossible(
            f"This request is “{workflow.STAFF_WORDS[State(case.state)]}”, "
            f"so it cannot be done: {event.value.replace('-', ' ')}."
        )
    if step.to in workflow.ENDED:
        changes.setdefault("closed_at", timezone.now())
    with transaction.atomic():
        won = Case.objects.filter(pk=case.pk, state=case.state, version=case.version).update(
            state=step.to, version=F("version") + 1, **changes
        )
        if not won:
            raise Stale
        note(case, event.value, by=by, reason=reason, from_state=case.state, to_state=step.to)
        if step.to in workflow.ENDED:
            holds.release(reference=case.reference, by=by)
        trail.record(
            VERBS[event], by=by, target=f"case:{case.reference}", reason=f"{case.state} to {step.to}"
        )
    case.refresh_from_db()
    return case


def note(
    case: Case, event: str, *, by: Any, reason: str = "", from_state: str = "", to_state: str = ""
) -> Happening:
    """Write one line of history."""
    return Happening.objects.create(
        case=case,
        at=timezone.now(),
        event=event,
        from_state=from_state,
        to_state=to_state,
        actor=trail.actor(by),
        reason=reason,
    )


def change(
    case: Case, verb: Verb, *, by: Any, event: str, reason: str = "", seen: int | None = None, **fields: Any
) -> Case:
    """Set fields without moving the case (owner, identity, review), with history and trail. Raises Stale."""
    if seen is not None and seen != case.version:
        raise Stale
    with transaction.atomic():
        won = Case.objects.filter(pk=case.pk, version=case.version).update(version=F("version") + 1, **fields)
        if not won:
            raise Stale
        note(case, event, by=by, reason=reason)
        trail.record(verb, by=by, target=f"case:{case.reference}")
    case.refresh_from_db()
    return case


def clock_of(case: Case) -> deadlines.Clock:
    """The statutory clock of a case, computed from its rows."""
    return deadlines.clock(
        case.received_on, is_working_day=holidays.working_day(), pausable=case.right == Right.ACCESS
    )


def set_dates(case: Case) -> None:
    """Put the computed dates on an unsaved case."""
    clock = clock_of(case)
    case.clock_start_on, case.due_on = clock.start, clock.due
