"""The one state machine of every case, as a table. Pure; `casework` applies it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from requests_sar.rights import COPIES, DECISIONS, IN_APPLYING, Right


class State(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    VERIFYING = "verifying"
    TRIAGE = "triage"
    COLLECTING = "collecting"
    REVIEW = "review"
    APPLYING = "applying"
    RELEASED = "released"
    CLOSED = "closed"
    REFUSED = "refused"
    REFERRED = "referred"
    WITHDRAWN = "withdrawn"


class Event(StrEnum):
    """What moves a case."""

    ASK_CODE = "ask-code"
    CONFIRM = "confirm"
    ACCEPT = "accept"
    TAKE_UP = "take-up"
    COLLECTED = "collected"
    COLLECT_AGAIN = "collect-again"
    MOVE_BACK = "move-back"
    RELEASE = "release"
    TAKE_BACK = "take-back"
    RENEW = "renew"
    ANSWER = "answer"
    APPROVE = "approve"
    APPLIED = "applied"
    NOTHING = "nothing"
    CLOSE = "close"
    REFUSE = "refuse"
    REFER = "refer"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    JOIN = "join"


class Actor(StrEnum):
    """Who may cause an event."""

    REQUESTER = "requester"
    STAFF = "staff"
    SYSTEM = "system"


OPEN = frozenset(
    {State.RECEIVED, State.VERIFYING, State.TRIAGE, State.COLLECTING, State.REVIEW, State.APPLYING}
)  # the statutory clock matters
ENDED = frozenset({State.CLOSED, State.REFUSED, State.REFERRED, State.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Move:
    """Where an event leads and who may cause it."""

    to: State
    by: frozenset[Actor]


def _table() -> dict[tuple[State, Event], Move]:
    requester, staff, system = Actor.REQUESTER, Actor.STAFF, Actor.SYSTEM
    rows: list[tuple[State, Event, State, set[Actor]]] = [
        (State.RECEIVED, Event.ASK_CODE, State.VERIFYING, {system}),
        (State.RECEIVED, Event.CONFIRM, State.TRIAGE, {requester, staff}),
        (State.VERIFYING, Event.CONFIRM, State.TRIAGE, {requester, staff}),
        (State.TRIAGE, Event.ACCEPT, State.COLLECTING, {staff}),
        (State.TRIAGE, Event.TAKE_UP, State.REVIEW, {staff}),
        (State.COLLECTING, Event.COLLECTED, State.REVIEW, {system}),
        (State.COLLECTING, Event.MOVE_BACK, State.TRIAGE, {staff}),
        (State.REVIEW, Event.MOVE_BACK, State.TRIAGE, {staff}),
        (State.REVIEW, Event.COLLECT_AGAIN, State.COLLECTING, {staff}),
        (State.REVIEW, Event.RELEASE, State.RELEASED, {staff}),
        (State.RELEASED, Event.TAKE_BACK, State.REVIEW, {staff}),
        (State.RELEASED, Event.RENEW, State.COLLECTING, {requester, staff}),
        (State.CLOSED, Event.RENEW, State.COLLECTING, {requester, staff}),
        (State.RELEASED, Event.CLOSE, State.CLOSED, {staff}),
        (State.REVIEW, Event.ANSWER, State.CLOSED, {staff}),
        (State.REVIEW, Event.APPROVE, State.APPLYING, {staff}),
        (State.APPLYING, Event.APPLIED, State.CLOSED, {system}),
        (State.TRIAGE, Event.NOTHING, State.CLOSED, {staff}),
        (State.VERIFYING, Event.REFER, State.REFERRED, {staff}),
        (State.TRIAGE, Event.REFER, State.REFERRED, {staff}),
    ]
    rows += [
        (state, Event.REFUSE, State.REFUSED, {staff})
        for state in (State.VERIFYING, State.TRIAGE, State.COLLECTING, State.REVIEW)
    ]
    rows += [
        (state, Event.WITHDRAW, State.WITHDRAWN, {requester, staff})
        for state in sorted(OPEN - {State.APPLYING})  # what is half done cannot be cancelled
    ]
    rows += [
        (state, Event.JOIN, State.CLOSED, {staff})  # one answer for two requests
        for state in (State.TRIAGE, State.COLLECTING, State.REVIEW)
    ]
    rows += [(state, Event.REOPEN, State.TRIAGE, {requester, staff}) for state in sorted(ENDED)]
    return {(state, event): Move(to, frozenset(by)) for state, event, to, by in rows}


TRANSITIONS = _table()

# Events that only some rights know; all others suit every right.
ONLY: dict[Event, frozenset[Right]] = {
    Event.ACCEPT: COPIES,
    Event.RELEASE: COPIES,
    Event.RENEW: COPIES,
    Event.COLLECT_AGAIN: COPIES,
    Event.TAKE_UP: DECISIONS,
    Event.ANSWER: DECISIONS - IN_APPLYING,
    Event.APPROVE: IN_APPLYING,
    Event.NOTHING: frozenset(Right) - {Right.COMPLAINT},
    Event.REFUSE: frozenset(Right)
    - {Right.COMPLAINT},  # a complaint may be unfounded, never unheard (s 164A)
}

# What the customer reads (ux.md C2) and what staff read.
CUSTOMER_WORDS: dict[State, str] = {
    State.RECEIVED: "We have your request",
    State.VERIFYING: "Waiting for you to confirm your email",
    State.TRIAGE: "We have your request",
    State.COLLECTING: "We are collecting your data",
    State.REVIEW: "We are checking it",
    State.APPLYING: "We are doing what we decided",
    State.RELEASED: "Ready to download",
    State.CLOSED: "Finished",
    State.REFUSED: "We said no to some or all of this",
    State.REFERRED: "Passed on: another company decides about this data",
    State.WITHDRAWN: "Cancelled",
}
STAFF_WORDS: dict[State, str] = {
    State.RECEIVED: "Received",
    State.VERIFYING: "Waiting for confirmation",
    State.TRIAGE: "To triage",
    State.COLLECTING: "Collecting",
    State.REVIEW: "To review",
    State.APPLYING: "Being carried out",
    State.RELEASED: "Released",
    State.CLOSED: "Closed",
    State.REFUSED: "Refused",
    State.REFERRED: "Referred",
    State.WITHDRAWN: "Cancelled by requester",
}


def suits(event: Event, right: Right) -> bool:
    """Whether a case about this right knows the event."""
    return right in ONLY.get(event, frozenset(Right))


def move(state: State, event: Event, right: Right) -> Move | None:
    """Where the event leads from this state of a case about this right; None when it is not possible."""
    return TRANSITIONS.get((state, event)) if suits(event, right) else None


def events_from(state: State, actor: Actor, right: Right) -> list[Event]:
    """What this actor can do now with a case about this right."""
    return [
        event
        for (from_, event), move_ in TRANSITIONS.items()
        if from_ == state and actor in move_.by and suits(event, right)
    ]


def diagram() -> str:
    """The table as text, for the README: one line for all moves of one event to one state."""
    lines: dict[tuple[Event, Move], list[str]] = {}
    for (state, event), move_ in TRANSITIONS.items():
        lines.setdefault((event, move_), []).append(state.value)
    return "\n".join(
        f"{', '.join(states)} --{event.value}--> {move_.to.value} ({', '.join(sorted(move_.by))}){_only(event)}"
        for (event, move_), states in lines.items()
    )


def _only(event: Event) -> str:
    known, all_ = ONLY.get(event, frozenset(Right)), frozenset(Right)
    if known == all_:
        return ""
    few = len(known) <= len(all_ - known)
    return f" [{', '.join(sorted(known))}]" if few else f" [all but {', '.join(sorted(all_ - known))}]"
