"""The acts on the clock of a request: ask, record an answer, ask for proof or a fee, extend, correct the day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from portal.templatetags.house import day
from requests_sar import casework, clockwork
from requests_sar.admin.act import Act, seen
from requests_sar.clock_forms import AnsweredForm, AskForm, CameForm, ExtendForm, NeedForm, ReceivedForm
from requests_sar.models import Case, Question
from requests_sar.rights import PAUSABLE


def _up(sentence: str) -> str:
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _days(count: int) -> str:
    return f"{count} {'day' if count == 1 else 'days'}"


# --- where things stand, above the forms -----------------------------------------------------------------------


def _asking(case: Case) -> list[str]:
    now = _up(clockwork.standing(case))
    facts = casework.facts_of(case)
    why_not = clockwork.would_pause(case, Question.Category.WHICH, timezone.localdate())
    if facts.open_pause:
        return [now, "The clock is paused already. Only a question of another kind can be sent now."]
    if why_not:
        return [now, f"The question is sent and the clock keeps running: {why_not}."]
    if facts.open_need:
        return [now, "The month has not begun, so days count as paused only after it has."]
    used = casework.used(case.clock_start_on or case.received_on, facts, timezone.localdate())
    used = max(0, used - 1)  # the day of asking does not count
    return [
        now,
        f"A question of today about which information they want makes it: paused, {_days(used)} used.",
    ]


def _answer(case: Case) -> list[str]:
    question = casework.facts_of(case).open_pause
    if question is None or case.right not in PAUSABLE:
        return [_up(clockwork.standing(case)), "The clock did not stop for the question, so no date changes."]
    today = timezone.localdate()
    off = (today - question.asked_on).days + 1
    lines = [f"{_up(clockwork.standing(case))} We asked on {day(question.asked_on)}."]
    due = casework.clock_of(case, until=today).due
    if due:
        lines.append(
            f"If the answer came today, {_days(off)} are not counted and the answer is due on {day(due)}."
        )
    return lines


def _needing(case: Case) -> list[str]:
    return [
        _up(clockwork.standing(case)),
        "What you ask for is a new start, not a pause: the month begins on the day it comes, and until then there is "
        "no due date.",
    ]


def _extending(case: Case) -> list[str]:
    today = timezone.localdate()
    clock = casework.clock_of(case, until=today)
    last = clockwork.extend_by(case)
    lines = [_up(clockwork.standing(case))]
    if last:
        left = (last - today).days
        lines.append(f"Must be sent by {day(last)}: {'today' if left == 0 else f'{_days(left)} from now'}.")
    if last and clock.unrolled_due and clock.unrolled_due < today:
        lines.append(f"The month itself ended on {day(clock.unrolled_due)}, no working day. Send it at once.")
    return lines


def _where(case: Case) -> list[str]:
    return [f"Written down as received on {day(case.received_on)}.", _up(clockwork.standing(case))]


# --- the sentences after ---------------------------------------------------------------------------------------


def _asked(question: Question) -> str:
    if question.pauses:
        return "Sent. The clock is paused until they answer; a message from them starts it again by itself."
    why = (
        clockwork.would_pause(question.case, question.category, question.asked_on)
        or "it does not stop for this"
    )
    return f"Sent. The clock keeps running: {why}."


def _now(case: Case) -> str:
    return f"Written down, and the customer is told. Now: {clockwork.standing(case)}."


def _live(case: Case, package: Any) -> bool:
    return clockwork.is_live(case)


def _day(answers: dict[str, Any], name: str) -> dt.date | None:
    return answers.get(name)


CLOCK_ACTS = (
    Act(
        "ask",
        "Ask a question",
        _asked,
        lambda case, by, a: clockwork.ask_question(
            case=case,
            category=a["category"],
            text=a["text"],
            asked_on=_day(a, "asked_on"),
            by=by,
            seen=seen(a),
        ),
        _live,
        title="Ask the customer a question",
        lead="Ask as soon as you can. Supply in the meantime what does not depend on the answer.",
        form=AskForm,
        group="clock",
        rehearsed=True,
        facts=_asking,
    ),
    Act(
        "answered",
        "Record their answer",
        _now,
        lambda case, by, a: clockwork.answered(question=a["question"], on=_day(a, "on"), by=by, seen=seen(a)),
        lambda case, package: _live(case, package) and case.questions.filter(answered_on=None).exists(),
        title="Record their answer to a question",
        lead="For an answer by phone, letter or e-mail. A message on the request's page is recorded by itself. "
        "Any answer counts, also “everything”.",
        form=AnsweredForm,
        group="clock",
        takes_case=True,
        rehearsed=True,
        facts=_answer,
    ),
    Act(
        "need",
        "Ask for proof or a fee",
        lambda need: "Asked. The month begins on the day it comes.",
        lambda case, by, a: clockwork.ask_need(
            case=case,
            kind=a["kind"],
            why=a["why"],
            amount=a["amount"],
            asked_on=_day(a, "asked_on"),
            by=by,
            seen=seen(a),
        ),
        _live,
        title="Ask for proof of identity, authority, or a fee",
        lead="Only when it is necessary: proof when there is real doubt (Article 12(6)), a fee when the request is "
        "manifestly unfounded or excessive (Article 12(5)).",
        form=NeedForm,
        group="clock",
        rehearsed=True,
        facts=_needing,
    ),
    Act(
        "came",
        "Record that it came",
        _now,
        lambda case, by, a: clockwork.need_came(need=a["need"], on=_day(a, "on"), by=by, seen=seen(a)),
        lambda case, package: _live(case, package) and case.needs.filter(came_on=None).exists(),
        title="Record that what you asked for came",
        lead="The month begins on that day. Whether proof is good enough you record as the identity check.",
        form=CameForm,
        group="clock",
        takes_case=True,
        rehearsed=True,
        facts=_needing,
    ),
    Act(
        "extend",
        "Extend by two months",
        _now,
        lambda case, by, a: clockwork.extend(
            case=case, ground=a["ground"], reason=a["reason"], by=by, seen=seen(a)
        ),
        lambda case, package: not clockwork.why_not_extended(case),
        title="Extend by two further months",
        lead="Once, where necessary because of complexity or the number of their requests, told with the reason inside "
        "the first month (Article 12(3)).",
        form=ExtendForm,
        group="clock",
        rehearsed=True,
        facts=_extending,
    ),
    Act(
        "received",
        "Correct the day received",
        _now,
        lambda case, by, a: clockwork.set_received(
            case=case, day=a["day"], reason=a["reason"], by=by, seen=seen(a)
        ),
        lambda case, package: clockwork.counts(case),
        title="Correct the day on which it reached us",
        form=ReceivedForm,
        group="clock",
        rehearsed=True,
        facts=_where,
    ),
)
