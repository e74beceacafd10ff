"""The clock as its requester sees it: the strip of days, the sentence that says the same, what we wait for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone

from portal.templatetags.house import day, short_day
from requests_sar import casework, clockwork, deadlines, holidays
from requests_sar.models import (
    Case,
    Extension,
    Need,
    Question,
)
from requests_sar.rights import PAUSABLE, Right
from requests_sar.showing.standing import is_paused, plural
from requests_sar.workflow import State


@dataclass(frozen=True, slots=True)
class Day:
    """One mark of the strip; `kinds` are its classes."""

    kinds: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The legal month as ticks, and the sentence that says the same."""

    days: list[Day]
    first: str
    last: str
    sentence: str
    worked: list[str] = field(default_factory=list)  # how the date was worked out, one sentence a line


def strip(case: Case, today: dt.date | None = None) -> Strip | None:
    """The strip of a case; None when no clock runs (not started, referred, cancelled)."""
    if case.clock_start_on is None or case.state in {State.WITHDRAWN, State.REFERRED}:
        return None
    today = today or timezone.localdate()
    ended = timezone.localtime(case.answered_at).date() if case.answered_at else None
    paused = is_paused(case)
    if case.due_on is None and not paused:
        return None
    facts = casework.facts_of(case)
    start, until = case.clock_start_on, ended or today
    last = case.due_on or until
    off = _paused_days(facts, until)
    days = [
        Day(_mark(day_, due=case.due_on, until=until, running=ended is None, paused=day_ in off))
        for day_ in _days(start, max(last, min(until, last + dt.timedelta(days=62))))
    ]
    end = (
        f"{'Confirm' if case.right == Right.COMPLAINT else 'Reply'} by {short_day(case.due_on)}"
        if case.due_on
        else f"Paused since {short_day(case.stopped_on)}"
    )
    said = _paused_sentence(case) if paused else _sentence(case, facts, ended, today)
    return Strip(days, short_day(start), end, said, worked(case, facts))


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=offset) for offset in range((last - first).days + 1)]


def _paused_days(facts: casework.Facts, until: dt.date) -> set[dt.date]:
    return {day_ for q in facts.pauses for day_ in _days(q.asked_on, q.answered_on or until)}


def _mark(day_: dt.date, *, due: dt.date | None, until: dt.date, running: bool, paused: bool) -> str:
    kinds = ["is-week"] if day_.weekday() == 0 else []
    if paused and day_ <= until:
        kinds.append("is-paused")
    elif due is not None and day_ > due:
        kinds.append("is-late")
    elif day_ <= until:
        kinds.append("is-used")
    if day_ == due:
        kinds.append("is-due")
    if day_ == until and running:
        kinds.append("is-today")
    return " ".join(kinds)


def _paused_sentence(case: Case) -> str:
    used = plural(case.days_used or 0, "day")
    return (
        f"Paused since {day(case.stopped_on)}, {used} used. We wait for your answer to our question. "
        "We will give you the new date when you answer."
    )


def _sentence(case: Case, facts: casework.Facts, ended: dt.date | None, today: dt.date) -> str:
    start, due = case.clock_start_on, case.due_on
    assert start is not None
    assert due is not None
    if ended:
        taken = (ended - case.received_on).days
        when = "on the day you asked" if taken == 0 else f"{plural(taken, 'day')} after you asked"
        return f"We replied on {day(ended)}, {when}."
    if case.right == Right.COMPLAINT:
        return _confirming(due, today)
    if today > due:
        return f"We are late. We should have replied by {day(due)}. You can complain."
    used, left = casework.used(start, facts, today), (due - today).days
    off = (today - start).days - used
    begun = f"{plural(used, 'day')} used" if used > 0 else "The month begins today"
    begun += f", {plural(off, 'day')} paused and not counted." if off > 0 else "."
    remaining = "That is today." if left == 0 else f"That is {plural(left, 'day')} from now."
    return f"{begun} We will reply by {day(due)}. {remaining}"


def _confirming(due: dt.date, today: dt.date) -> str:
    if today > due:
        return f"We are late. We should have confirmed your complaint by {day(due)}. You can go to the regulator."
    return f"We will confirm by {day(due)} that we have your complaint. We look into it from now on."


def worked(case: Case, facts: casework.Facts | None = None) -> list[str]:
    """How the reply date was worked out, with the weekend or holiday that moved it."""
    facts = facts or casework.facts_of(case)
    clock = casework.clock_of(case, facts)
    if clock.unrolled_due is None or clock.due is None:
        return []
    if case.right == Right.COMPLAINT:
        return _acknowledging(case, clock)
    said = [f"We got your request on {day(case.received_on)}."]
    if clock.start != case.received_on:
        said.append(
            f"What we had to ask you for first reached us on {day(clock.start)}. The month began on that day."
        )
    months = "one month, and we told you in it why we need two more" if facts.extension else "one month"
    off = deadlines.paused_days(
        clock.start, [deadlines.Pause(q.asked_on, q.answered_on) for q in facts.pauses]
    )
    if off and case.right in PAUSABLE:
        said.append(f"The law gives us {months}.")
        said.append(
            f"{plural(off, 'day')} between our question and your answer "
            f"{'does' if off == 1 else 'do'} not count. That leads to {day(clock.unrolled_due)}."
        )
    else:
        said.append(f"The law gives us {months}. That leads to {day(clock.unrolled_due)}.")
    return said + _rolled(clock)


def _rolled(clock: deadlines.Clock) -> list[str]:
    """Why the date is not the day that was counted to."""
    if clock.unrolled_due is None or clock.due == clock.unrolled_due:
        return []
    why = holidays.why_closed(clock.unrolled_due)
    return [f"That day is {_closed(why)}, so the date moves to the next working day: {day(clock.due)}."]


def _acknowledging(case: Case, clock: deadlines.Clock) -> list[str]:
    return [
        f"We got your complaint on {day(case.received_on)}.",
        f"The law gives us 30 days to confirm that we have it. That leads to {day(clock.unrolled_due)}.",
        *_rolled(clock),
    ]


def _closed(why: str) -> str:
    return f"a {why}" if why in {"Saturday", "Sunday"} else f"a bank holiday ({why})"


@dataclass(frozen=True, slots=True)
class Waits:
    """What we wait for from the customer: its title, the words we sent, and what their answer does."""

    title: str
    words: str
    lines: list[str]


NEEDED = {
    Need.Kind.IDENTITY: "We need proof of who you are",
    Need.Kind.AUTHORITY: "We need proof that you may ask for somebody else",
    Need.Kind.FEE: "We need a fee",
}


def waits(case: Case, facts: casework.Facts | None = None) -> list[Waits]:
    """Everything that we wait for: what stops the clock first, then questions that do not."""
    if not clockwork.is_live(case):
        return []
    needs = [
        Waits(
            f"{NEEDED[Need.Kind(need.kind)]}{f' of £{need.amount}' if need.amount else ''}",
            need.why,
            [
                f"We asked on {day(need.asked_on)}. The month we have begins on the day it reaches us, and we give you "
                "the date for our reply then.",
                "Write to us below or phone us to give it to us.",
            ],
        )
        for need in case.needs.filter(came_on=None)
    ]
    return needs + [_question(case, question) for question in case.questions.filter(answered_on=None)]


def _question(case: Case, question: Question) -> Waits:
    lines = [f"We asked on {day(question.asked_on)}."]
    if question.pauses and is_paused(case):
        lines.append(
            f"The clock is paused, {plural(case.days_used or 0, 'day')} used. "
            "We will give you the new date when you answer."
        )
        lines.append("If you want everything, say so: that is an answer too.")
    elif case.due_on:
        lines.append("The question does not change the date for our reply.")
    return Waits("We asked you a question", question.text, lines)


@dataclass(frozen=True, slots=True)
class Longer:
    """Two further months: why, and both dates."""

    ground: str
    reason: str
    line: str


def longer(case: Case) -> Longer | None:
    """The extension as its requester reads it."""
    extension = Extension.objects.filter(case=case).first()
    if extension is None:
        return None
    clock = casework.clock_of(case)
    ground = {"complex": "Your request is complex.", "number": "You made a number of requests."}[
        extension.ground
    ]
    line = f"We told you on {day(extension.told_on)} that we need two further months."
    if clock.due and clock.due_if_not_extended:
        line += f" We reply by {day(clock.due)} instead of {day(clock.due_if_not_extended)}."
    return Longer(ground, extension.reason, line)
