"""D3 and D4 on the DPO's page: the date and the letter are shown before anything is saved; refusals are sentences."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from portal.accounts.models import Role
from portal.mail.models import Message
from requests_sar import clockwork
from requests_sar.models import Case, Extension, Letter, Need, Question
from requests_sar.rights import Right
from tests import factories

pytestmark = pytest.mark.django_db


def on(day: str):
    return time_machine.travel(f"{day}T12:00:00+00:00", tick=False)


@pytest.fixture
def case() -> Case:
    with on("2026-11-02"):
        return factories.case(requester_email="alice@example.com")


def at(client, day: str, *, role=Role.DPO):
    """Signed in on that day (a session made on another day would have ended)."""
    client.force_login(factories.user(role))
    return client


def show(client, case: Case) -> str:
    return client.get(reverse("admin:case", args=[case.reference])).content.decode()


def press(client, case: Case, slug: str, **data):
    data.setdefault("seen", Case.objects.get(pk=case.pk).version)
    return client.post(reverse("admin:case_act", args=[case.reference, slug]), data, follow=True)


def open_(client, case: Case, slug: str):
    return client.get(reverse("admin:case_act", args=[case.reference, slug]), follow=True)


def test_d3_pause_shows_the_date_and_the_letter_first_then_saves(client, case) -> None:
    with on("2026-11-09"):
        at(client, "2026-11-09")
        words = open_(client, case, "ask").content.decode()
        assert "Due Wednesday 2 December 2026." in words
        assert "makes it: paused, 6 days used." in words
        data = {"category": "which", "text": "Which calls?"}
        preview = press(client, case, "ask", **data).content.decode()
        assert "Due Wednesday 2 December 2026" in preview
        assert "Paused, 6 days used" in preview
        assert "Which calls?" in preview
        assert [model.objects.count() for model in (Question, Letter, Message)] == [0, 0, 0]
        assert Case.objects.get().version == case.version
        done = press(client, case, "ask", confirmed="1", **data)
        assert "The clock is paused until they answer" in done.content.decode()
        assert "paused, 6 days used" in show(client, case).lower()
        assert "Customer: answer our question of 9 Nov 2026" in show(client, case)
        queue = client.get(reverse("admin:requests_sar_case_changelist"), {"tab": "waiting"}).content.decode()
        assert "paused, 6 days used" in queue


def test_d3_resume_shows_days_not_counted_and_the_new_date(client, case) -> None:
    with on("2026-11-09"):
        question = clockwork.ask_question(case=case, category="which", text="Which?", by=factories.user())
    with on("2026-11-13"):
        at(client, "2026-11-13")
        words = open_(client, case, "answered").content.decode()
        assert "5 days are not counted and the answer is due on Monday 7 December 2026" in words
        data = {"question": question.pk, "on_day": "12", "on_month": "11", "on_year": "2026"}
        preview = press(client, case, "answered", **data).content.decode()
        assert 'name="on_day" value="12"' in preview
        assert "Due Monday 7 December 2026" in preview
        press(client, case, "answered", confirmed="1", **data)
    question.refresh_from_db()
    assert question.answered_on == dt.date(2026, 11, 12)
    assert Case.objects.get().due_on == dt.date(2026, 12, 7)


def test_d3_on_another_right_it_says_that_the_clock_keeps_running(client) -> None:
    with on("2026-11-02"):
        case = factories.case(right=Right.ERASURE)
    with on("2026-11-09"):
        at(client, "2026-11-09")
        assert (
            "the clock keeps running: only requests for a copy" in open_(client, case, "ask").content.decode()
        )
        done = press(client, case, "ask", category="which", text="Which?", confirmed="1")
        assert "The clock keeps running: only requests for a copy" in done.content.decode()
    assert Case.objects.get().due_on == dt.date(2026, 12, 2)


def test_d3_a_second_pause_is_refused_with_what_was_typed(client, case) -> None:
    with on("2026-11-09"):
        clockwork.ask_question(case=case, category="which", text="Which?", by=factories.user())
        at(client, "2026-11-09")
        response = press(client, case, "ask", category="which", text="And this?")
        assert response.status_code == 422
        assert "paused already" in response.content.decode()
        assert "And this?" in response.content.decode()


def test_d4_extend_shows_the_letter_and_must_be_sent_by(client, case) -> None:
    with on("2026-11-30"):
        at(client, "2026-11-30")
        words = open_(client, case, "extend").content.decode()
        assert "Must be sent by Wednesday 2 December 2026: 2 days from now." in words
        data = {"ground": "complex", "reason": "Four archives to search"}
        preview = press(client, case, "extend", **data).content.decode()
        assert "We will reply by Tuesday 2 February 2027 instead of Wednesday 2 December 2026" in preview
        assert "Four archives to search" in preview
        assert not Extension.objects.exists()
        again = press(client, case, "extend", again="1", **data).content.decode()
        assert "Four archives to search" in again
        press(client, case, "extend", confirmed="1", **data)
        page = show(client, case)
        assert "Without the extension it was due on Wednesday 2 December 2026." in page
        assert "Two further months is the most" in page
        assert reverse("admin:case_act", args=[case.reference, "extend"]) not in page


def test_s20_after_the_month_the_page_says_why_there_is_no_extension(client, case) -> None:
    with on("2026-12-03"):
        at(client, "2026-12-03")
        assert "Extend: not possible. The first month ended on Wednesday 2 December 2026" in show(
            client, case
        )
        assert "The first month ended" in open_(client, case, "extend").content.decode()
        refused = press(client, case, "extend", ground="complex", reason="x", confirmed="1")
        assert refused.status_code == 422
        assert "The first month ended" in refused.content.decode()
    assert not Extension.objects.exists()


def test_identity_is_asked_for_and_recorded_with_its_day(client) -> None:
    with on("2026-11-23"):
        case = factories.case(subject=factories.subject())
    with on("2026-11-24"):
        at(client, "2026-11-24")
        press(client, case, "need", kind="identity", why="Unknown address", confirmed="1")
        assert "Not started: proof of who they are was asked for on Tuesday 24 November 2026." in show(
            client, case
        )
    with on("2026-12-09"):
        at(client, "2026-12-09")
        day = {"came_on_day": "7", "came_on_month": "12", "came_on_year": "2026"}
        press(client, case, "verify", how="Passport seen", **day)
    assert Need.objects.get().came_on == dt.date(2026, 12, 7)
    assert Case.objects.get().due_on == dt.date(2027, 1, 7)


def test_a_fee_and_its_arrival(client, case) -> None:
    with on("2026-11-11"):
        at(client, "2026-11-11")
        assert "0 and at most" in press(client, case, "need", kind="fee", why="Third copy").content.decode()
        press(client, case, "need", kind="fee", why="Third copy", amount="12.50", confirmed="1")
    with on("2026-11-24"):
        at(client, "2026-11-24")
        preview = press(client, case, "came", need=Need.objects.get().pk).content.decode()
        assert "Due Thursday 24 December 2026" in preview
        press(client, case, "came", need=Need.objects.get().pk, confirmed="1")
    assert Case.objects.get().due_on == dt.date(2026, 12, 24)


def test_a_row_of_another_request_is_no_choice(client, case) -> None:
    with on("2026-11-09"):
        other = factories.case()
        question = clockwork.ask_question(case=other, category="other", text="?", by=factories.user())
        clockwork.ask_question(case=case, category="other", text="?", by=factories.user())
        at(client, "2026-11-09")
        assert press(client, case, "answered", question=question.pk, confirmed="1").status_code == 422
    question.refresh_from_db()
    assert question.answered_on is None


def test_the_day_received_is_corrected(client, case) -> None:
    with on("2026-11-05"):
        at(client, "2026-11-05")
        assert "Our own target: Monday 30 November 2026, 28 days from receipt." in show(client, case)
        day = {"day_day": "30", "day_month": "10", "day_year": "2026", "reason": "It lay at reception"}
        assert "Due Monday 30 November 2026" in press(client, case, "received", **day).content.decode()
        press(client, case, "received", confirmed="1", **day)
    assert Case.objects.get().received_on == dt.date(2026, 10, 30)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.STAFF, Role.SUPPORT])
def test_only_those_who_work_cases_move_the_clock(client, case, role) -> None:
    with on("2026-11-05"):
        at(client, "2026-11-05", role=role)
        response = press(client, case, "ask", category="which", text="x", confirmed="1")
        assert response.status_code == 403
    assert not Question.objects.exists()


def test_an_answered_request_offers_nothing_of_the_clock(client) -> None:
    with on("2026-11-05"):
        case = factories.case("refused")
        at(client, "2026-11-05")
        page = show(client, case)
        assert "Ask a question" not in page
        assert "not possible now" in open_(client, case, "ask").content.decode()
