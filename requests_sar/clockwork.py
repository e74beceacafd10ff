"""The verbs that move the statutory clock of a case. The dates are always derived again from the rows.

Articles 12(3), 12(5), 12(6) and 12A: what is asked for before the month begins (identity, authority, a fee) gives a
new start when it comes; a question about which information is wanted pauses the clock of an access request
(DPA 2018 s 54(3C) in parallel); two further months once, told with reasons inside the first month.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from portal.templatetags.house import day as in_words
from requests_sar import casework, deadlines, letters
from requests_sar.casework import NotPossible, Stale
from requests_sar.models import Case, ClockState, Complaint, Extension, Need, Question
from requests_sar.rights import PAUSABLE, Right
from requests_sar.workflow import OPEN

MONEY = Decimal("9999.99")  # the most a fee can be, in pounds


# --- what has to come before the month begins --------------------------------------------------------------


def ask_need(
    *,
    case: Case,
    kind: str,
    why: str,
    by: Any,
    asked_on: dt.date | None = None,
    amount: Decimal | None = None,
    seen: int | None = None,
) -> Need:
    """Ask for proof of identity, for authority or for a fee: until it comes the month has not begun.

    Raises NotPossible without a reason, twice for one thing, for an identity that is proved already (no doubt is
    left, Article 12(6)), and after the month is over.
    """
    with transaction.atomic():
        case = _locked(case, seen)
        asked_on = _day_of(case, asked_on)
        why = _needs_words(why, "Say why we need it. The customer reads it.")
        _check_need(case, kind, asked_on, amount)
        need = Need.objects.create(case=case, kind=kind, why=why, asked_on=asked_on, amount=amount, by=by)
        casework.note(case, f"asked-{kind}", by=by, reason=why)
        trail.record(
            Verb.CASE_CLOCK, by=by, target=f"case:{case.reference}", reason=f"asked {kind} {asked_on}"
        )
        _answered_by_us(case)
        case = recompute(case=case, by=by, why=f"we asked for {need.get_kind_display().lower()}")
        letters.tell(case, "need", by=by, need=need)
    return need


def _check_need(case: Case, kind: str, asked_on: dt.date, amount: Decimal | None) -> None:
    if kind not in Need.Kind.values:
        raise NotPossible("Choose what to ask for.")
    if case.needs.filter(kind=kind, came_on=None).exists():
        raise NotPossible("We asked for that already and wait for it. Record its arrival, or send a message.")
    if kind == Need.Kind.IDENTITY and case.verified_at is not None:
        raise NotPossible(
            "Who is asking is proved already. Proof may be asked for only when there is real doubt (Article 12(6))."
        )
    if kind == Need.Kind.FEE and (amount is None or not 0 < amount <= MONEY):
        raise NotPossible(f"Enter the fee in pounds, more than 0 and at most {MONEY}.")
    if kind != Need.Kind.FEE and amount is not None:
        raise NotPossible("An amount belongs to a fee only.")
    if case.due_on is not None and asked_on > case.due_on:
        raise NotPossible(
            f"The answer was due on {in_words(case.due_on)}. Asking after that day cannot give the month a new start."
        )


def need_came(*, need: Need, by: Any, on: dt.date | None = None, seen: int | None = None) -> Case:
    """What we asked for has come: its day is the new start. Raises NotPossible twice, or for an impossible day."""
    with transaction.atomic():
        case = _locked(need.case, seen)
        need = Need.objects.select_for_update().get(pk=need.pk)
        if need.came_on is not None:
            raise NotPossible(f"That came on {in_words(need.came_on)} already.")
        on = _after(need.asked_on, on, "It")
        Need.objects.filter(pk=need.pk).update(came_on=on)
        need.came_on = on
        casework.note(case, f"came-{need.kind}", by=by, reason=in_words(on))
        trail.record(Verb.CASE_CLOCK, by=by, target=f"case:{case.reference}", reason=f"came {need.kind} {on}")
        case = recompute(case=case, by=by, why=f"{need.get_kind_display().lower()} came on {in_words(on)}")
        letters.tell(case, "came", by=by, need=need, waiting=casework.facts_of(case).open_need)
    return case


# --- questions -------------------------------------------------------------------------------------------------


def would_pause(case: Case, category: str, asked_on: dt.date) -> str:
    """Why a question does not pause the clock; empty when it does."""
    if case.right not in PAUSABLE:
        return "only requests for a copy of the data can be paused"
    if category != Question.Category.WHICH:
        return "only a question about which information they want pauses it"
    if case.due_on is not None and asked_on > case.due_on:
        return "the answer is overdue already"
    return ""


def ask_question(
    *,
    case: Case,
    category: str,
    text: str,
    by: Any,
    asked_on: dt.date | None = None,
    seen: int | None = None,
) -> Question:
    """Ask the customer something. `pauses` of the result says whether the clock stopped.

    It stops on access requests, for a question about which information is wanted, asked in time (s 54(3C)); every
    other question is sent and the clock runs on. Raises NotPossible for a second pause while one is open.
    """
    with transaction.atomic():
        case = _locked(case, seen)
        asked_on = _day_of(case, asked_on)
        text = _needs_words(text, "Write the question first.")
        if category not in Question.Category.values:
            raise NotPossible("Choose what the question is about.")
        pauses = not would_pause(case, category, asked_on)
        open_ = casework.facts_of(case).open_pause
        if pauses and open_:
            raise NotPossible(
                f"The clock is paused already, by our question of {in_words(open_.asked_on)}. "
                "Send a message instead, or record the answer first."
            )
        question = Question.objects.create(
            case=case, category=category, text=text, asked_on=asked_on, pauses=pauses, by=by
        )
        casework.note(case, "question", by=by, reason=text)
        code = f"question {category} {asked_on}"
        trail.record(Verb.CASE_CLOCK, by=by, target=f"case:{case.reference}", reason=code)
        _answered_by_us(case)
        case = recompute(case=case, by=by, why="we asked which information they want")
        late = case.due_on is not None and case.due_on < timezone.localdate()
        letters.tell(case, "question", by=by, question=question, late=late)
    return question


def answered(*, question: Question, by: Any, on: dt.date | None = None, seen: int | None = None) -> Case:
    """The answer to a question has come, on a day: the clock runs again.

    Any answer counts, also "I want everything" (S17). Raises NotPossible twice, or for an impossible day.
    """
    with transaction.atomic():
        case = _locked(question.case, seen)
        question = Question.objects.select_for_update().get(pk=question.pk)
        if question.answered_on is not None:
            raise NotPossible(f"That question was answered on {in_words(question.answered_on)} already.")
        on = _after(question.asked_on, on, "The answer")
        Question.objects.filter(pk=question.pk).update(answered_on=on)
        question.answered_on = on
        casework.note(case, "answered", by=by, reason=in_words(on))
        trail.record(Verb.CASE_CLOCK, by=by, target=f"case:{case.reference}", reason=f"answered {on}")
        case = recompute(case=case, by=by, why=f"they answered on {in_words(on)}")
        if question.pauses:
            days = (on - question.asked_on).days + 1  # both days are left out of the count
            letters.tell(case, "running", by=by, question=question, days=days)
    return case


def customer_wrote(*, case: Case, by: Any) -> None:
    """The customer's message answers every question that is open; nobody has to press anything."""
    if is_live(case):
        for question in case.questions.filter(answered_on=None):
            answered(question=question, by=by)


# --- the two further months ------------------------------------------------------------------------------------


def extend_by(case: Case, facts: casework.Facts | None = None) -> dt.date | None:
    """The last day for telling the customer that we need longer; None while the month has not begun.

    Days of an open pause do not count for the notice either, so while paused it is worked out as if the answer
    came today.
    """
    return casework.clock_of(case, facts, until=timezone.localdate()).due_if_not_extended


def why_not_extended(case: Case, facts: casework.Facts | None = None) -> str:
    """The sentence that explains why the time cannot be extended now; empty when it can."""
    facts = facts or casework.facts_of(case)
    if not is_live(case):
        return NOT_LIVE
    if facts.extension:
        return (
            f"The time was extended on {in_words(facts.extension.told_on)} already. Two further months is the most "
            "that the law allows (Article 12(3))."
        )
    last = extend_by(case, facts)
    if last is None:
        return "The month has not begun: we wait for something we asked for. There is nothing to extend yet."
    if timezone.localdate() > last:
        return (
            f"The first month ended on {in_words(last)}, and an extension must be told before that (Article 12(3)). "
            "The answer is overdue: answer as soon as possible and say why it is late."
        )
    return ""


def extend(*, case: Case, ground: str, reason: str, by: Any, seen: int | None = None) -> Case:
    """Take two further months, once, inside the first, told today with the reason. Raises NotPossible otherwise."""
    with transaction.atomic():
        case = _locked(case, seen)
        sentence = why_not_extended(case)
        if sentence:
            raise NotPossible(sentence)
        if ground not in Extension.Ground.values:
            raise NotPossible("Choose why the time is extended.")
        reason = _needs_words(reason, "Give the reason in plain words. The customer reads it.")
        before = case.due_on
        told = Extension.objects.create(
            case=case, ground=ground, reason=reason, told_on=timezone.localdate(), by=by
        )
        casework.note(case, "extended", by=by, reason=reason)
        trail.record(Verb.CASE_CLOCK, by=by, target=f"case:{case.reference}", reason=f"extended {ground}")
        case = recompute(case=case, by=by, why="the time was extended by two months")
        letters.tell(case, "extended", by=by, extension=told, before=before)
    return case


# --- the day it reached us -------------------------------------------------------------------------------------


def set_received(*, case: Case, day: dt.date, reason: str, by: Any, seen: int | None = None) -> Case:
    """Correct the day on which the request reached us. Raises NotPossible without a reason or for an impossible day."""
    with transaction.atomic():
        case = _locked(case, seen, complaints=True)
        reason = _needs_words(reason, "Say why the day is corrected.")
        if day > timezone.localdate():
            raise NotPossible("The day it was received cannot be in the future.")
        if day == case.received_on:
            raise NotPossible("That is the day already written down.")
        asked = [row.asked_on for row in (*case.needs.all(), *case.questions.all())]
        if asked and day > min(asked):
            raise NotPossible(f"We asked something on {in_words(min(asked))}, so it was received by then.")
        told = f"received {case.received_on} to {day}"
        case = casework.change(
            case, Verb.CASE_EDITED, by=by, event="received-on", reason=reason, told=told, received_on=day
        )
        before = case.due_on
        case = recompute(case=case, by=by, why="the day received was corrected")
        if case.due_on != before:
            letters.tell(case, "corrected", by=by, before=before)
    return case


# --- silence ---------------------------------------------------------------------------------------------------

SILENT_DAYS = 14  # then the customer is reminded
CHASE_DAYS = 30  # then staff are warned, and may close (never by itself)


def silent_for(case: Case, today: dt.date) -> int:
    """For how many days an open case has waited for the customer's answer; 0 when its clock runs."""
    since = silent_since(case)
    return max(0, (today - since).days) if since else 0


def silent_since(case: Case) -> dt.date | None:
    """The day on which we asked what we still wait for; None when the clock runs or the case is answered."""
    return case.stopped_on if is_live(case) and case.clock != ClockState.RUNNING else None


# --- deriving --------------------------------------------------------------------------------------------------


def recompute(*, case: Case, by: Any, why: str) -> Case:
    """Derive the dates of an open case from its rows, and write down what moved, with old and new.

    Doing it again changes nothing. Cases that are answered or ended keep their dates.
    """
    with transaction.atomic():
        case = _row(case)
        if not counts(case):
            return case
        dates = casework.dates_of(case)
        if all(getattr(case, name) == value for name, value in dates.items()):
            return case
        old, old_code = standing(case), _code(case)
        for name, value in dates.items():
            setattr(case, name, value)
        if case.right == Right.COMPLAINT and case.due_on:
            Complaint.objects.filter(case=case).update(acknowledge_by=case.due_on)
        return casework.change(
            case,
            Verb.CASE_DUE_MOVED,
            by=by,
            event="due-moved",
            reason=f"{why}. Before: {old}. Now: {standing(case)}.",
            told=f"{old_code} to {_code(case)}",
            **dates,
        )


def recompute_all(*, by: Any, why: str) -> list[tuple[str, str, str]]:
    """Derive the dates of every open case again: (reference, old, new) of those that moved."""
    moved = []
    counting = Case.objects.filter(state__in=OPEN, answered_at=None, due_on__isnull=False)
    for key in counting.order_by("due_on", "reference").values_list("pk", flat=True):
        case = Case.objects.get(pk=key)
        before = standing(case)
        after = recompute(case=case, by=by, why=why)
        if after.version != case.version:
            moved.append((case.reference, before, standing(after)))
    return moved


def standing(case: Case) -> str:
    """Where the clock stands, in words: "due ...", "paused, 7 days used", "not started"."""
    if case.clock == ClockState.WAITING:
        return "not started"
    if case.clock == ClockState.PAUSED:
        return f"paused, {case.days_used} {'day' if case.days_used == 1 else 'days'} used"
    return f"due {in_words(case.due_on)}" if case.due_on else "no reply date"


def _code(case: Case) -> str:
    return str(case.due_on) if case.clock == ClockState.RUNNING else str(case.clock)


# --- what every verb asks --------------------------------------------------------------------------------------

NOT_LIVE = "This request is answered or ended, so its clock cannot be changed."


def counts(case: Case) -> bool:
    """Whether a date of the case still matters: open and not answered."""
    return case.state in OPEN and case.answered_at is None


def is_live(case: Case) -> bool:
    """Whether the month still matters. A complaint has a clock of its own, which nothing pauses or extends (s 164A)."""
    return counts(case) and case.right != Right.COMPLAINT


def _row(case: Case) -> Case:
    return Case.objects.select_for_update().get(pk=case.pk)


def _locked(case: Case, seen: int | None, *, complaints: bool = False) -> Case:
    """The case as it is now, for this transaction alone; `complaints`: those too. Raises Stale, NotPossible."""
    case = _row(case)
    if seen is not None and seen != case.version:
        raise Stale
    if not (counts(case) if complaints else is_live(case)):
        raise NotPossible(NOT_LIVE)
    return case


def _answered_by_us(case: Case) -> None:
    """What we ask answers the customer's last message."""
    if case.customer_wrote_at is not None:
        Case.objects.filter(pk=case.pk).update(customer_wrote_at=None)
        case.customer_wrote_at = None


def _needs_words(text: str, sentence: str) -> str:
    if not text.strip():
        raise NotPossible(sentence)
    return text.strip()


def _day_of(case: Case, asked_on: dt.date | None) -> dt.date:
    today = timezone.localdate()
    asked_on = asked_on or today
    if asked_on > today:
        raise NotPossible("The day we asked cannot be in the future.")
    if asked_on < case.received_on:
        raise NotPossible(
            f"We cannot have asked before the request reached us on {in_words(case.received_on)}."
        )
    return asked_on


def _after(asked_on: dt.date, on: dt.date | None, what: str) -> dt.date:
    today = timezone.localdate()
    on = on or today
    if on > today:
        raise NotPossible(f"{what} cannot have come in the future.")
    if on < asked_on:
        raise NotPossible(f"{what} cannot have come before we asked on {in_words(asked_on)}.")
    return on


def target(case: Case) -> dt.date:
    """Our own target: 28 days from receipt, never moved by a weekend. Shown to staff beside the statutory date."""
    return case.received_on + dt.timedelta(days=deadlines.TARGET_DAYS)
