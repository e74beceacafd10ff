"""The statutory clock on cases: what stops it, what starts it again, what it says (scenarios S03 to S26, S71)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.mail.models import Message
from requests_sar import casework, clockwork, conditions, services, showing, urgency
from requests_sar.admin import tabs, words
from requests_sar.casework import NotPossible, Stale
from requests_sar.models import Case, ClockState, Extension, Ground, Need, Question
from requests_sar.rights import Right
from requests_sar.workflow import State
from tests import factories

pytestmark = pytest.mark.django_db
D = dt.date


@pytest.fixture
def dee():
    return factories.user(Role.DPO, name="Dee Marsh")


def on(day: str):
    """Midday of a day in London."""
    return time_machine.travel(f"{day}T12:00:00+00:00", tick=False)


def case_of(day: str, **fields) -> Case:
    with on(day):
        return factories.case(requester_email="alice@example.com", **fields)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def ask(case: Case, dee, day: str, category: str = "which", **more) -> Question:
    with on(day):
        return clockwork.ask_question(case=case, category=category, text="Which calls?", by=dee, **more)


def history(case: Case, event: str) -> list[str]:
    return [line.reason for line in case.history.filter(event=event)]


# --- questions ---


def test_s15_a_question_pauses_an_access_request(dee) -> None:
    case = case_of("2026-11-02")
    question = ask(case, dee, "2026-11-09")
    paused = fresh(case)
    assert (paused.due_on, paused.clock, paused.stopped_on) == (None, ClockState.PAUSED, D(2026, 11, 9))
    assert paused.days_used == 6
    with on("2026-12-20"):
        assert not services.is_late(paused)
        assert not showing.is_late(paused)
        assert not Case.objects.filter(conditions.late(timezone.localdate())).exists()
    with on("2026-11-13"):
        clockwork.answered(question=question, by=dee)
    case = fresh(case)
    assert (case.due_on, case.clock, case.days_used) == (D(2026, 12, 7), ClockState.RUNNING, None)
    first, second = history(case, "due-moved")
    assert "Before: due Wednesday 2 December 2026. Now: paused, 6 days used." in first
    assert "Before: paused, 6 days used. Now: due Monday 7 December 2026." in second
    told = (
        Entry.objects.filter(verb="case.due-date-moved").order_by("number").values_list("reason", flat=True)
    )
    assert list(told) == ["2026-12-02 to paused", "paused to 2026-12-07"]


def test_s15_an_answer_three_days_later_moves_the_date_by_four(dee) -> None:
    case = case_of("2026-11-02")
    question = ask(case, dee, "2026-11-09")
    with on("2026-11-12"):
        clockwork.answered(question=question, by=dee)
    assert fresh(case).due_on == D(2026, 12, 7)  # Sunday 6 December, rolled
    assert casework.clock_of(fresh(case)).unrolled_due == D(2026, 12, 6)


@pytest.mark.parametrize("right", [Right.ERASURE, Right.RECTIFICATION, Right.OBJECTION])
def test_s16_a_question_on_any_other_right_is_sent_and_the_clock_runs_on(dee, right) -> None:
    case = case_of("2026-11-02", right=right)
    question = ask(case, dee, "2026-11-09")
    assert not question.pauses
    assert (fresh(case).due_on, fresh(case).clock) == (D(2026, 12, 2), ClockState.RUNNING)
    with on("2026-11-13"):
        clockwork.answered(question=question, by=dee)
    assert fresh(case).due_on == D(2026, 12, 2)
    assert "The question does not change the date" in case.letters.get().text


@pytest.mark.parametrize("category", ["where", "form", "other"])
def test_a_question_about_something_else_does_not_pause(dee, category) -> None:
    case = case_of("2026-11-02")
    assert not ask(case, dee, "2026-11-09", category).pauses
    assert fresh(case).due_on == D(2026, 12, 2)


def test_a_question_after_the_due_date_cannot_hide_the_lateness(dee) -> None:
    case = case_of("2026-11-02")
    assert not ask(case, dee, "2026-12-03").pauses
    with on("2026-12-03"):
        assert services.is_late(fresh(case))
    assert "we are late" in case.letters.get().text


def test_s17_any_message_of_the_customer_answers_the_question(dee) -> None:
    case = case_of("2026-11-02")
    ask(case, dee, "2026-11-09")
    with on("2026-11-13"):
        once = uuid.uuid4()
        for _ in range(2):
            services.write(case=fresh(case), by=factories.visit(), text="I want everything", once=once)
    case = fresh(case)
    assert case.due_on == D(2026, 12, 7)
    assert case.customer_wrote_at is not None
    assert [letter.text[:20] for letter in case.letters.all()] == [
        "We have a question a",
        "I want everything",
        "Thank you for your a",
    ]


def test_s18_silence_closes_nothing_and_the_officer_may_close_after_a_month(dee) -> None:
    case = case_of("2026-11-02")
    ask(case, dee, "2026-11-09")
    with on("2026-12-08"), pytest.raises(NotPossible, match="waited 30 days"):
        services.refuse(case=fresh(case), by=dee, ground=Ground.NO_REPLY, reason="No answer.")
    with on("2026-12-09"):
        assert (
            words.due(fresh(case), timezone.localdate()).words == "paused, 6 days used, no answer for 30 days"
        )
        assert tabs.with_work(Case.objects.all()).filter(tabs.needs_action(timezone.localdate())).exists()
        services.refuse(case=fresh(case), by=dee, ground=Ground.NO_REPLY, reason="No answer.")
    assert fresh(case).state == State.REFUSED


def test_it_cannot_be_paused_twice_nor_resumed_before_or_twice(dee) -> None:
    case = case_of("2026-11-02")
    question = ask(case, dee, "2026-11-09")
    with pytest.raises(NotPossible, match="paused already"):
        ask(case, dee, "2026-11-10")
    with on("2026-11-13"):
        with pytest.raises(NotPossible, match="before we asked on Monday 9 November"):
            clockwork.answered(question=question, by=dee, on=D(2026, 11, 8))
        with pytest.raises(NotPossible, match="in the future"):
            clockwork.answered(question=question, by=dee, on=D(2026, 11, 14))
        clockwork.answered(question=question, by=dee)
        with pytest.raises(NotPossible, match="already"):
            clockwork.answered(question=question, by=dee)


@pytest.mark.parametrize(
    ("day", "sentence"), [(D(2026, 11, 1), "before the request reached us"), (D(2026, 11, 10), "future")]
)
def test_a_question_has_a_possible_day(dee, day, sentence) -> None:
    case = case_of("2026-11-02")
    with pytest.raises(NotPossible, match=sentence):
        ask(case, dee, "2026-11-09", asked_on=day)
    assert fresh(case).due_on == D(2026, 12, 2)


def test_other_requests_of_the_person_run_on(dee) -> None:
    alice = factories.subject()
    case, other = case_of("2026-11-02", subject=alice), case_of("2026-11-02", subject=alice)
    ask(case, dee, "2026-11-09")
    assert fresh(other).due_on == D(2026, 12, 2)


def test_a_stale_page_loses(dee) -> None:
    case = case_of("2026-11-02")
    ask(case, dee, "2026-11-09", seen=case.version)
    with on("2026-11-09"), pytest.raises(Stale):
        clockwork.extend(case=case, ground="complex", reason="Much", by=dee, seen=case.version)


def test_an_ended_request_has_no_clock_to_move(dee) -> None:
    case = case_of("2026-11-02", state=State.REFUSED)
    with pytest.raises(NotPossible, match="answered or ended"):
        ask(case, dee, "2026-11-03")


# --- identity, authority, fee ---


def test_s03_asking_for_identity_takes_the_date_away_until_it_comes(dee) -> None:
    case = case_of("2026-11-23", subject=factories.subject())
    with on("2026-11-24"):
        need = clockwork.ask_need(case=case, kind=Need.Kind.IDENTITY, why="An unknown address", by=dee)
    case = fresh(case)
    assert (case.clock, case.due_on, case.clock_start_on) == (ClockState.WAITING, None, None)
    with on("2027-01-20"):
        assert not services.is_late(case)
    with on("2026-12-09"):
        services.verify_by_hand(case=case, by=dee, how="Passport seen", came_on=D(2026, 12, 7))
    case = fresh(case)
    assert (case.clock_start_on, case.due_on) == (D(2026, 12, 7), D(2027, 1, 7))
    need.refresh_from_db()
    assert need.came_on == D(2026, 12, 7)


def test_s04_without_identity_nothing_closes_and_the_officer_may(dee) -> None:
    case = case_of("2026-11-23")
    with on("2026-11-24"):
        clockwork.ask_need(case=case, kind=Need.Kind.IDENTITY, why="An unknown address", by=dee)
    with on("2027-03-01"):
        case = fresh(case)
        assert case.state == State.TRIAGE
        services.refuse(case=case, by=dee, ground=Ground.CANNOT_IDENTIFY, reason="No proof came.")


def test_s06_authority_is_a_new_start(dee) -> None:
    case = case_of("2026-10-12", on_behalf_of="Bob", relationship="solicitor")
    with on("2026-10-13"):
        need = clockwork.ask_need(case=case, kind=Need.Kind.AUTHORITY, why="No authority came", by=dee)
    with on("2026-10-19"):
        clockwork.need_came(need=need, by=dee)
    assert fresh(case).due_on == D(2026, 11, 19)


def test_s71_a_fee_is_a_new_start(dee) -> None:
    case = case_of("2026-11-09")
    with on("2026-11-11"):
        need = clockwork.ask_need(
            case=case, kind=Need.Kind.FEE, why="A third copy", amount=Decimal("12.50"), by=dee
        )
    assert "£12.50" in case.letters.get().text
    with on("2026-11-24"):
        clockwork.need_came(need=need, by=dee)
    assert fresh(case).due_on == D(2026, 12, 24)


def test_needs_are_refused_with_a_sentence(dee) -> None:
    known = case_of("2026-11-02", verified_at=timezone.now())
    with on("2026-11-03"), pytest.raises(NotPossible, match="real doubt"):
        clockwork.ask_need(case=known, kind="identity", why="x", by=dee)
    case = case_of("2026-11-02")
    with on("2026-11-03"):
        for amount in (None, Decimal(0), Decimal("10000")):
            with pytest.raises(NotPossible, match="fee in pounds"):
                clockwork.ask_need(case=case, kind="fee", why="x", amount=amount, by=dee)
        with pytest.raises(NotPossible, match="Say why"):
            clockwork.ask_need(case=case, kind="identity", why=" ", by=dee)
    with on("2026-12-03"), pytest.raises(NotPossible, match="was due on"):
        clockwork.ask_need(case=case, kind="identity", why="x", by=dee)
    assert not Need.objects.exists()


def test_identity_and_question_together_count_only_days_after_the_start(dee) -> None:
    case = case_of("2026-11-02")
    with on("2026-11-03"):
        need = clockwork.ask_need(case=case, kind="identity", why="x", by=dee)
    question = ask(case, dee, "2026-11-04")
    with on("2026-11-06"):
        clockwork.need_came(need=need, by=dee)
    assert fresh(case).clock == ClockState.PAUSED
    with on("2026-11-09"):
        clockwork.answered(question=question, by=dee)
    assert casework.clock_of(fresh(case)).unrolled_due == D(2026, 12, 9)  # 6 December and the 7th, 8th, 9th


# --- the extension ---


def test_s19_an_extension_in_time(dee) -> None:
    case = case_of("2026-11-23")
    with on("2026-12-10"):
        clockwork.extend(case=case, ground="number", reason="Several requests", by=dee)
    case = fresh(case)
    assert case.due_on == D(2027, 2, 23)
    letter = case.letters.get().text
    assert "Tuesday 23 February 2027 instead of Wednesday 23 December 2026" in letter
    assert "Several requests" in letter
    assert "Wednesday 23 December 2026" in showing.longer(case).line
    mail = Message.objects.get()
    assert mail.subject == f"Your request {case.reference}: we need more time"
    assert "23 February 2027 instead of Wednesday 23 December 2026" in mail.text
    assert "Several requests" not in mail.text


def test_s19_the_reason_is_mandatory(dee) -> None:
    case = case_of("2026-11-23")
    with on("2026-12-10"), pytest.raises(NotPossible, match="reason"):
        clockwork.extend(case=case, ground="number", reason=" ", by=dee)
    assert not Extension.objects.exists()


def test_s20_too_late_to_extend(dee) -> None:
    case = case_of("2026-09-21")
    assert case.due_on == D(2026, 10, 21)
    with on("2026-10-22"):
        with pytest.raises(NotPossible, match="first month ended on Wednesday 21 October 2026"):
            clockwork.extend(case=case, ground="complex", reason="Much", by=dee)
        assert services.is_late(fresh(case))
    with on("2026-10-21"):
        clockwork.extend(case=case, ground="complex", reason="Much", by=dee)


def test_s21_a_second_extension_is_refused(dee) -> None:
    case = case_of("2026-11-23")
    with on("2026-12-10"):
        case = clockwork.extend(case=case, ground="complex", reason="Much", by=dee)
        with pytest.raises(NotPossible, match="most that the law allows"):
            clockwork.extend(case=case, ground="complex", reason="More", by=dee)


def test_s22_extension_and_pause_together(dee) -> None:
    case = case_of("2026-10-12")
    question = ask(case, dee, "2026-10-19")
    with on("2026-10-23"):
        case = clockwork.answered(question=question, by=dee)
    assert case.due_on == D(2026, 11, 17)
    with on("2026-11-02"):
        case = clockwork.extend(case=case, ground="complex", reason="Much", by=dee)
    assert case.due_on == D(2027, 1, 18)


def test_a_paused_case_can_be_extended_and_has_no_date_yet(dee) -> None:
    case = case_of("2026-10-12")
    ask(case, dee, "2026-11-10")
    with on("2026-12-10"):
        case = clockwork.extend(case=case, ground="complex", reason="Much", by=dee)
    assert (case.clock, case.due_on) == (ClockState.PAUSED, None)


# --- the day received ---


def test_a_corrected_receipt_moves_the_date_and_is_told(dee) -> None:
    case = case_of("2026-11-02")
    with on("2026-11-05"):
        case = clockwork.set_received(case=case, day=D(2026, 10, 30), reason="It lay at reception", by=dee)
    assert (case.received_on, case.due_on) == (D(2026, 10, 30), D(2026, 11, 30))
    assert "Monday 30 November 2026 instead of Wednesday 2 December 2026" in case.letters.get().text
    with on("2026-11-05"), pytest.raises(NotPossible, match="future"):
        clockwork.set_received(case=case, day=D(2026, 11, 6), reason="x", by=dee)


def test_receipt_cannot_come_after_what_we_asked(dee) -> None:
    case = case_of("2026-11-02")
    ask(case, dee, "2026-11-09")
    with on("2026-11-12"), pytest.raises(NotPossible, match="received by then"):
        clockwork.set_received(case=case, day=D(2026, 11, 10), reason="x", by=dee)


# --- deriving ---

STEPS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS, st.booleans())
def test_the_dates_follow_from_the_rows_and_a_second_time_changes_nothing(steps, extended) -> None:
    case = case_of("2026-03-02")
    for gap, length in steps:
        asked = case.received_on + dt.timedelta(days=gap)
        Question.objects.create(
            case=case,
            category="which",
            text="x",
            asked_on=asked,
            pauses=True,
            answered_on=asked + dt.timedelta(days=length),
        )
    if extended:
        Extension.objects.create(case=case, ground="complex", reason="x", told_on=case.received_on)
    first = clockwork.recompute(case=case, by=None, why="a test")
    again = clockwork.recompute(case=case, by=None, why="a test")
    assert (again.version, again.due_on) == (first.version, first.due_on)
    assert first.due_on == casework.clock_of(first).due
    assert history(case, "due-moved") == (
        [] if first.due_on == case.due_on else history(case, "due-moved")[:1]
    )


# --- lists ---


def test_the_queue_sorts_running_first_then_what_waits_longest(dee) -> None:
    running, later, older = case_of("2026-11-02"), case_of("2026-11-01"), case_of("2026-11-01")
    ask(later, dee, "2026-11-09")
    ask(older, dee, "2026-11-05")
    rows = tabs.with_work(Case.objects.all()).order_by(*urgency.ORDER)
    assert [case.pk for case in rows] == [running.pk, older.pk, later.pk]
    with on("2026-11-10"):
        waiting = Case.objects.filter(conditions.waiting())
        assert {case.pk for case in waiting} == {older.pk, later.pk}
        assert not rows.filter(tabs.needs_action(timezone.localdate()), pk=older.pk).exists()


def test_s26_a_late_answer_needs_its_reason_and_a_paused_one_does_not(dee) -> None:
    case = case_of("2026-11-02")
    with on("2026-12-03"):
        assert "The answer is late. Say why." in services.release_obstacles(fresh(case))
    paused = case_of("2026-11-02")
    ask(paused, dee, "2026-11-09")
    with on("2026-12-03"):
        assert "The answer is late. Say why." not in services.release_obstacles(fresh(paused))
