"""The one state machine of every case, as a table. Pure; `casework` applies it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    VERIFYING = "verifying"
    TRIAGE = "triage"
    COLLECTING = "collecting"
    REVIEW = "review"
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
    COLLECTED = "collected"
    COLLECT_AGAIN = "collect-again"
    MOVE_BACK = "move-back"
    RELEASE = "release"
    TAKE_BACK = "take-back"
    RENEW = "renew"
    CLOSE = "close"
    REFUSE = "refuse"
    REFER = "refer"
    WITHDRAW = "withdraw"


class Actor(StrEnum):
    """Who may cause an event."""

    REQUESTER = "requester"
    STAFF = "staff"
    SYSTEM = "system"


OPEN = frozenset(
    {State.RECEIVED, State.VERIFYING, State.TRIAGE, State.COLLECTING, State.REVIEW}
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
        (State.COLLECTING, Event.COLLECTED, State.REVIEW, {system}),
        (State.COLLECTING, Event.MOVE_BACK, State.TRIAGE, {staff}),
        (State.REVIEW, Event.MOVE_BACK, State.TRIAGE, {staff}),
        (State.REVIEW, Event.COLLECT_AGAIN, State.COLLECTING, {staff}),
        (State.REVIEW, Event.RELEASE, State.RELEASED, {staff}),
        (State.RELEASED, Event.TAKE_BACK, State.REVIEW, {staff}),
        (State.RELEASED, Event.RENEW, State.COLLECTING, {requester, staff}),
        (State.CLOSED, Event.RENEW, State.COLLECTING, {requester, staff}),
        (State.RELEASED, Event.CLOSE, State.CLOSED, {staff}),
        (State.VERIFYING, Event.REFER, State.REFERRED, {staff}),
        (State.TRIAGE, Event.REFER, State.REFERRED, {staff}),
    ]
    rows += [
        (state, Event.REFUSE, State.REFUSED, {staff})
        for state in (State.VERIFYING, State.TRIAGE, State.COLLECTING, State.REVIEW)
    ]
    rows += [(state, Event.WITHDRAW, State.WITHDRAWN, {requester, staff}) for state in sorted(OPEN)]
    return {(state, event): Move(to, frozenset(by)) for state, event, to, by in rows}


TRANSITIONS = _table()

# What the customer reads (ux.md C2) and what staff read.
CUSTOMER_WORDS: dict[State, str] = {
    State.RECEIVED: "We have your request",
    State.VERIFYING: "Waiting for you to confirm your email",
    State.TRIAGE: "We have your request",
    State.COLLECTING: "We are collecting your data",
    State.REVIEW: "We are checking it",
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
    State.RELEASED: "Released",
    State.CLOSED: "Closed",
    State.REFUSED: "Refused",
    State.REFERRED: "Referred",
    State.WITHDRAWN: "Cancelled by requester",
}


def move(state: State, event: Event) -> Move | None:
    """Where the event leads from this state, or None when it is not possible."""
    return TRANSITIONS.get((state, event))


def events_from(state: State, actor: Actor) -> list[Event]:
    """What this actor can do now."""
    return [event for (from_, event), move_ in TRANSITIONS.items() if from_ == state and actor in move_.by]


def diagram() -> str:
    """The table as text, for the README: one line a move."""
    return "\n".join(
        f"{state.value:<11} --{event.value}--> {move_.to.value:<11} ({', '.join(sorted(move_.by))})"
        for (state, event), move_ in TRANSITIONS.items()
    )
