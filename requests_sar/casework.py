"""The one place where a case changes its state: a compare-and-swap, a line of history, an entry in the trail.

Two people may press at once, a page may be stale, a task may run twice: the row count of one UPDATE decides who
won, and everybody else is told politely.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from portal.accounts.models import Visit
from portal.audit import trail
from portal.audit.trail import Verb
from portal.register import store
from requests_sar import deadlines, holidays, workflow
from requests_sar.models import Case, ClockState, Complaint, Extension, Happening, Need, Question
from requests_sar.rights import PAUSABLE, Right
from requests_sar.workflow import Actor, Event, State
from retention import holds
from retention.models import Hold

VERBS: dict[Event, Verb] = {
    Event.ASK_CODE: Verb.CASE_VERIFYING,
    Event.CONFIRM: Verb.CASE_TO_TRIAGE,
    Event.ACCEPT: Verb.CASE_ACCEPTED,
    Event.TAKE_UP: Verb.CASE_TAKEN_UP,
    Event.COLLECTED: Verb.CASE_TO_REVIEW,
    Event.COLLECT_AGAIN: Verb.CASE_MOVED_BACK,
    Event.MOVE_BACK: Verb.CASE_MOVED_BACK,
    Event.RELEASE: Verb.CASE_RELEASED,
    Event.TAKE_BACK: Verb.CASE_WITHDRAWN_RELEASE,
    Event.RENEW: Verb.PACKAGE_RENEWED,
    Event.ANSWER: Verb.CASE_ANSWERED,
    Event.APPROVE: Verb.CASE_APPROVED,
    Event.APPLIED: Verb.CASE_APPLIED,
    Event.NOTHING: Verb.CASE_ANSWERED,
    Event.CLOSE: Verb.CASE_CLOSED,
    Event.REFUSE: Verb.CASE_REFUSED,
    Event.REFER: Verb.CASE_REFERRED,
    Event.WITHDRAW: Verb.CASE_CANCELLED,
    Event.REOPEN: Verb.CASE_REOPENED,
    Event.JOIN: Verb.CASE_JOINED,
}


class NotPossible(Exception):
    """The act cannot be done now; the text is a sentence for the person who tried."""


class Stale(NotPossible):
    """Somebody else was first."""

    def __init__(self, what: str = "changed this request") -> None:
        super().__init__(
            f"Somebody else has just {what}. Nothing you pressed was done. Look at the request as it is now."
        )


DECIDED = workflow.ENDED | {State.RELEASED, State.APPLYING}


def stale(case: Case) -> Stale:
    """The refusal for whoever was second: that the request is decided already, when it is (S77)."""
    now = Case.objects.filter(pk=case.pk).values_list("state", flat=True).first() or case.state
    if now not in DECIDED:
        return Stale()
    return Stale(f"decided it: this request is already decided (“{workflow.STAFF_WORDS[State(now)]}”)")


def check_seen(case: Case, seen: int | None) -> None:
    """Raise Stale when the page that somebody pressed on showed an older version than this."""
    if seen is not None and seen != case.version:
        raise stale(case)


def actor_of(by: Any) -> Actor:
    """Which kind of actor this is: a visit is the requester, a user is staff, None is the system."""
    if by is None:
        return Actor.SYSTEM
    return Actor.REQUESTER if isinstance(by, Visit) or by == "customer" else Actor.STAFF


def move(
    case: Case, event: Event, *, by: Any, reason: str = "", seen: int | None = None, **changes: Any
) -> Case:
    """Move a case, and return it as it is now.

    `seen` is the version that the person's page showed; `changes` are fields set in the same UPDATE. Raises
    NotPossible when the table has no such move for this actor, Stale when another move came first. Must be the
    last or only thing in its transaction that locks rows, see `portal.audit.trail`.
    """
    step = workflow.move(State(case.state), event, Right(case.right))
    check_seen(case, seen)
    if step is None or actor_of(by) not in step.by:
        raise NotPossible(
            f"This request is “{workflow.STAFF_WORDS[State(case.state)]}”, "
            f"so it cannot be done: {event.value.replace('-', ' ')}."
        )
    changes.setdefault("register_version", store.version())
    if step.to in workflow.ENDED:
        changes.setdefault("closed_at", timezone.now())
    with transaction.atomic():
        won = Case.objects.filter(pk=case.pk, state=case.state, version=case.version).update(
            state=step.to, version=F("version") + 1, **changes
        )
        if not won:
            raise stale(case)
        note(case, event.value, by=by, reason=reason, from_state=case.state, to_state=step.to)
        if step.to in workflow.ENDED:
            holds.release(reference=case.reference, by=by)
        trail.record(
            VERBS[event], by=by, target=f"case:{case.reference}", reason=f"{case.state} to {step.to}"
        )
    case.refresh_from_db()
    return case


def hold(case: Case, *, by: Any) -> None:
    """From now on nothing is disposed of that the answer may need (DPA 2018 s 173), until the case ends.

    A complaint holds the data of who complains and of the person of the request that it is about, as far as they are
    known; a changed choice lets go of the other person. Again, it changes nothing.
    """
    if case.right != Right.COMPLAINT:
        if case.subject is not None:
            holds.place(subject=case.subject, kind=Hold.Kind.REQUEST, reference=case.reference, by=by)
        return
    people = {each.pk: each for each in (case.subject, case.about.subject if case.about else None) if each}
    holds.release(reference=case.reference, by=by, but=list(people))
    for each in people.values():
        holds.place(subject=each, kind=Hold.Kind.COMPLAINT, reference=case.reference, by=by)


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
    case: Case,
    verb: Verb,
    *,
    by: Any,
    event: str,
    reason: str = "",
    told: str = "",
    seen: int | None = None,
    **fields: Any,
) -> Case:
    """Set fields without moving the case (owner, identity, review), with history and trail. Raises Stale.

    `reason` stands in the history; `told`, a code or dates without any personal data, in the trail.
    """
    if seen is not None and seen != case.version:
        raise Stale
    with transaction.atomic():
        won = Case.objects.filter(pk=case.pk, version=case.version).update(version=F("version") + 1, **fields)
        if not won:
            raise Stale
        note(case, event, by=by, reason=reason)
        trail.record(verb, by=by, target=f"case:{case.reference}", reason=told)
    case.refresh_from_db()
    return case


@dataclass(frozen=True, slots=True)
class Facts:
    """What moves the clock of one case, read from its rows: questions that pause, things asked for, an extension."""

    pauses: tuple[Question, ...] = ()
    needs: tuple[Need, ...] = ()
    extension: Extension | None = None

    @property
    def open_need(self) -> Need | None:
        """What was asked for and has not come: the month has not begun."""
        return next((need for need in self.needs if need.came_on is None), None)

    @property
    def open_pause(self) -> Question | None:
        """The question that stops the clock."""
        return next((question for question in self.pauses if question.answered_on is None), None)


def facts_of(case: Case) -> Facts:
    """The rows beside a case. A case that is not saved yet has none."""
    if case._state.adding:
        return Facts()
    return Facts(
        tuple(case.questions.filter(pauses=True)),
        tuple(case.needs.all()),
        Extension.objects.filter(case=case).first(),
    )


def clock_of(case: Case, facts: Facts | None = None, *, until: dt.date | None = None) -> deadlines.Clock:
    """The statutory clock of a case, computed from its rows; without dates while it is paused or not started.

    `until` ends open pauses on that day: what the dates would be if the answer came then.
    """
    facts = facts_of(case) if facts is None else facts
    if case.right == Right.COMPLAINT:
        return deadlines.acknowledging(case.received_on, holidays.working_day())
    if facts.open_need:
        return deadlines.Clock(case.received_on, None, None, None)
    return deadlines.clock(
        case.received_on,
        is_working_day=holidays.working_day(),
        start_events=[need.came_on for need in facts.needs if need.came_on],
        pauses=[deadlines.Pause(q.asked_on, q.answered_on or until) for q in facts.pauses],
        extended=facts.extension is not None,
        pausable=case.right in PAUSABLE,
    )


def dates_of(case: Case, facts: Facts | None = None) -> dict[str, Any]:
    """The derived columns of a case: where its clock started, stands, and when the answer is due."""
    facts = facts_of(case) if facts is None else facts
    clock = clock_of(case, facts)
    if case.right == Right.COMPLAINT and is_acknowledged(case):
        clock = deadlines.Clock(
            case.received_on, None, None, None
        )  # no date for the outcome: without undue delay
    need, pause = facts.open_need, facts.open_pause
    if need:
        state, start, stopped = ClockState.WAITING, None, need.asked_on
    elif pause and case.right in PAUSABLE:
        state, start, stopped = ClockState.PAUSED, clock.start, pause.asked_on
    else:
        state, start, stopped = ClockState.RUNNING, clock.start, None
    paused = state == ClockState.PAUSED
    return {
        "clock_start_on": start,
        "due_on": clock.due,
        "clock": state,
        "stopped_on": stopped,
        "days_used": used(clock.start, facts, stopped) if paused and stopped else None,
    }


def is_acknowledged(case: Case) -> bool:
    """Whether a complaint has been confirmed to who made it."""
    return (
        not case._state.adding and Complaint.objects.filter(case=case, acknowledged_at__isnull=False).exists()
    )


def used(start: dt.date, facts: Facts, today: dt.date) -> int:
    """Days of the period that are used up: those after the start that no pause takes out."""
    pauses = [
        deadlines.Pause(q.asked_on, min(q.answered_on or today, today))
        for q in facts.pauses
        if q.asked_on <= today
    ]
    return max(0, (today - start).days - deadlines.paused_days(start, pauses))


def set_dates(case: Case) -> None:
    """Put the computed dates on an unsaved case."""
    for name, value in dates_of(case).items():
        setattr(case, name, value)
