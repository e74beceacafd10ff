"""What happened, what happens now and what is to come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.templatetags.house import moment
from requests_sar.models import (
    Case,
    Channel,
    Package,
    Referral,
    ReplyBy,
)
from requests_sar.rights import COPIES, Right
from requests_sar.showing.standing import REFERRED_AS, referred_as
from requests_sar.workflow import ENDED, State


@dataclass(frozen=True, slots=True)
class Happened:
    """One step of the timeline: done, now or next."""

    state: str
    what: str
    when: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Station:
    """One stop of the ordinary way of a case, in the three tenses."""

    state: State
    past: str
    now: str
    to_come: str
    more: str = ""  # while it is there


def timeline(case: Case, package: Package | None = None) -> list[Happened]:
    """The story in order: what is done, where it is, what will come."""
    reached = {h.to_state: h.at for h in case.history.all() if h.to_state}
    state, line = State(case.state), stations(case)
    if state in ENDED and state is not State.CLOSED:
        steps = _line(case, line, reached, upto=None)
        return [*steps, Happened("done", _ending(case), moment(case.closed_at))]
    order = [station.state for station in line]
    return _line(case, line, reached, upto=order.index(_stands_at(state, order)))


def _stands_at(state: State, order: list[State]) -> State:
    """The station of a state that has none of its own."""
    elsewhere = {
        State.VERIFYING: State.TRIAGE,
        State.APPLYING: State.REVIEW,
        State.CLOSED: order[-1],
        State.RELEASED: order[-1],
    }
    return state if state in order else elsewhere[state]


def _line(
    case: Case, line: tuple[Station, ...], reached: dict[str, dt.datetime], *, upto: int | None
) -> list[Happened]:
    """The ordinary steps. `upto` is the present one; None: the case ended early, show what was reached."""
    steps = []
    for number, station in enumerate(line):
        at = reached.get(station.state)
        if upto is None:
            if at:
                steps.append(Happened("done", station.past, moment(at)))
        elif number < upto or case.state in {State.RELEASED, State.CLOSED}:
            steps.append(Happened("done", station.past, moment(at)))
        elif number == upto:
            steps.append(_present(station, case))
        else:
            steps.append(Happened("next", station.to_come))
    return steps


def _present(station: Station, case: Case) -> Happened:
    if station.state is State.TRIAGE and case.state == State.VERIFYING:
        more = "Use the code or the link we sent you. Then we can start."
        return Happened("now", "Confirm your email", "", more)
    return Happened("now", station.now, "", station.more)


def stations(case: Case) -> tuple[Station, ...]:
    """The ordinary way of a case of this right."""
    right = Right(case.right)
    if right in COPIES:
        return (*_beginning(case), *_copy(case))
    return (*_beginning(case), *(_COMPLAINT if right is Right.COMPLAINT else _decision(case)))


def _beginning(case: Case) -> tuple[Station, ...]:
    thing = "complaint" if case.right == Right.COMPLAINT else "request"
    asked = case.channel == Channel.PORTAL and case.right != Right.COMPLAINT
    confirmed = "You confirmed your email" if asked else f"We wrote your {thing} down"
    more = "We make sure that it is about you, then we start."
    if thing == "complaint":
        more = "We confirm to you that we have it, and decide who looks into it."
    return (
        Station(State.RECEIVED, f"We got your {thing}", f"We have your {thing}", f"We get your {thing}"),
        Station(State.TRIAGE, confirmed, f"We are reading your {thing}", "You confirm your email", more),
    )


def _copy(case: Case) -> tuple[Station, ...]:
    reply_by = ReplyBy.DOWNLOAD if case.right == Right.PORTABILITY else ReplyBy(case.reply_by)
    last = {
        ReplyBy.DOWNLOAD: "We email you, and you download your files",
        ReplyBy.POST: "We post it to you",
        ReplyBy.OTHER: "We send it to you in the way you asked for",
    }[reply_by]
    given = "We gave you your files" if reply_by == ReplyBy.DOWNLOAD else "We replied"
    everywhere = "From every place where we keep data about people."
    careful = "So that it is complete and shows nobody else's data."
    return (
        Station(
            State.COLLECTING,
            "We collected your data",
            "We are collecting your data",
            "We collect your data",
            everywhere,
        ),
        Station(
            State.REVIEW, "A person checked it", "A person is checking it", "A person checks it", careful
        ),
        Station(State.RELEASED, given, "Ready", last),
    )


def _decision(case: Case) -> tuple[Station, ...]:
    more = (
        "We are doing what was decided."
        if case.state == State.APPLYING
        else "A person decides, not a computer."
    )
    return (
        Station(State.REVIEW, "A person decided", "A person is deciding", "A person decides", more),
        Station(
            State.CLOSED, "We answered you", "We answered you", "We do what was decided, and write to you"
        ),
    )


_COMPLAINT = (
    Station(State.REVIEW, "We looked into it", "We are looking into it", "We look into it"),
    Station(
        State.CLOSED, "We told you the outcome", "We told you the outcome", "We tell you what we found and do"
    ),
)


def _referral(case: Case) -> str:
    kind = referred_as(case)
    return f"We passed it on to {case.referred_to}" if kind == Referral.Kind.PROCESSOR else REFERRED_AS[kind]


def _ending(case: Case) -> str:
    return {
        State.REFUSED: "We said no to some or all of this",
        State.REFERRED: _referral(case),
        State.WITHDRAWN: "You cancelled this request",
    }[State(case.state)]
