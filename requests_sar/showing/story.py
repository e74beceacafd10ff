"""What happened, what happens now and what is to come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.templatetags.house import moment
from requests_sar.models import (
    Case,
    Channel,
    Package,
    ReplyBy,
)
from requests_sar.workflow import ENDED, State


@dataclass(frozen=True, slots=True)
class Happened:
    """One step of the timeline: done, now or next."""

    state: str
    what: str
    when: str = ""
    more: str = ""


LINE = (State.RECEIVED, State.TRIAGE, State.COLLECTING, State.REVIEW, State.RELEASED)


def timeline(case: Case, package: Package | None = None) -> list[Happened]:
    """The story in order: what is done, where it is, what will come."""
    reached = {h.to_state: h.at for h in case.history.all() if h.to_state}
    state = State(case.state)
    if state in ENDED and state is not State.CLOSED:
        return [*_line(case, reached, upto=None), Happened("done", _ending(case), moment(case.closed_at))]
    place = LINE.index({State.VERIFYING: State.TRIAGE, State.CLOSED: State.RELEASED}.get(state, state))
    return _line(case, reached, upto=place)


def _line(case: Case, reached: dict[str, dt.datetime], *, upto: int | None) -> list[Happened]:
    """The ordinary steps. `upto` is the present one; None: the case ended early, show what was reached."""
    steps = []
    for number, state in enumerate(LINE):
        at = reached.get(state)
        if upto is None:
            if at:
                steps.append(Happened("done", _past(state, case), moment(at)))
        elif number < upto or case.state in {State.RELEASED, State.CLOSED}:
            steps.append(Happened("done", _past(state, case), moment(at)))
        elif number == upto:
            steps.append(Happened("now", *_present(state, case)))
        else:
            steps.append(Happened("next", _future(state, case)))
    return steps


def _past(state: State, case: Case) -> str:
    by_post = case.reply_by != ReplyBy.DOWNLOAD
    return {
        State.RECEIVED: "We got your request",
        State.TRIAGE: "You confirmed your email"
        if case.channel == Channel.PORTAL
        else "We wrote your request down",
        State.COLLECTING: "We collected your data",
        State.REVIEW: "A person checked it",
        State.RELEASED: "We replied" if by_post else "We gave you your files",
    }[state]


def _present(state: State, case: Case) -> tuple[str, str, str]:
    if state is State.TRIAGE and case.state == State.VERIFYING:
        return "Confirm your email", "", "Use the code or the link we sent you. Then we can start."
    return {
        State.RECEIVED: ("We have your request", "", ""),
        State.TRIAGE: (
            "We are reading your request",
            "",
            "We make sure that it is about you, then we start collecting.",
        ),
        State.COLLECTING: (
            "We are collecting your data",
            "",
            "From every place where we keep data about people.",
        ),
        State.REVIEW: ("A person is checking it", "", "So that it is complete and shows nobody else's data."),
        State.RELEASED: ("Ready", "", ""),
    }[state]


def _future(state: State, case: Case) -> str:
    last = {
        ReplyBy.DOWNLOAD: "We email you, and you download your files",
        ReplyBy.POST: "We post it to you",
        ReplyBy.OTHER: "We send it to you in the way you asked for",
    }
    return {
        State.RECEIVED: "We get your request",
        State.TRIAGE: "You confirm your email",
        State.COLLECTING: "We collect your data",
        State.REVIEW: "A person checks it",
        State.RELEASED: last[ReplyBy(case.reply_by)],
    }[state]


def _ending(case: Case) -> str:
    return {
        State.REFUSED: "We said no to some or all of this",
        State.REFERRED: f"We passed it on to {case.referred_to}",
        State.WITHDRAWN: "You cancelled this request",
    }[State(case.state)]
