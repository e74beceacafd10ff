"""C2 on the customer's page: paused, not started, extended, late, each in words and in marks."""

from __future__ import annotations

import html
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Role
from portal.mail.models import Message
from requests_sar import clockwork, showing
from requests_sar.models import Case
from tests import customer, factories

pytestmark = pytest.mark.django_db


def on(day: str):
    return time_machine.travel(f"{day}T12:00:00+00:00", tick=False)


@pytest.fixture
def dee():
    return factories.user(Role.DPO)


@pytest.fixture
def case() -> Case:
    with on("2026-11-02"):
        return factories.case(requester_email="alice@example.com")


def see(client: Client, path: str = "") -> str:
    """The customer's page, as read: without tags."""
    customer.sign_in(client)
    return html.unescape(
        client.get(path or reverse("request", args=[Case.objects.get().reference])).content.decode()
    )


def test_c2_a_paused_request_says_so_shows_the_question_and_how_to_answer(client, case, dee) -> None:
    with on("2026-11-09"):
        clockwork.ask_question(case=case, category="which", text="Which calls <b>do you mean?", by=dee)
    with on("2026-11-11"):
        page = see(client)
        assert "We asked you a question: the clock is paused" in page
        assert "Paused since Monday 9 November 2026, 6 days used." in page
        assert "We will give you the new date when you answer." in page
        assert 'href="#write">Answer here' in page
        assert "<b>do you" not in client.get(reverse("request", args=[case.reference])).content.decode()
        strip = showing.strip(Case.objects.get())
        assert [("is-paused" in day.kinds, "is-used" in day.kinds) for day in strip.days] == (
            [(False, True)] * 7 + [(True, False)] * 3
        )
        assert strip.last == "Paused since 9 November 2026"
        assert "Paused, 6 days used" in see(client, "/requests/")
        assert "Answer our question" in see(client, "/requests/")


def test_c2_a_reply_on_the_page_starts_the_clock_and_gives_the_new_date(client, case, dee) -> None:
    with on("2026-11-09"):
        clockwork.ask_question(case=case, category="which", text="Which calls?", by=dee)
    with on("2026-11-13"):
        customer.sign_in(client)
        client.post(
            reverse("request_message", args=[case.reference]),
            {"text": "Those of May", "once": str(uuid.uuid4())},
        )
        page = see(client)
        assert "the clock is paused" not in page
        assert "We will reply by Monday 7 December 2026" in page
        assert "5 days between our question and your answer do not count" in page
        assert "Those of May" in page
        marks = [day.kinds for day in showing.strip(Case.objects.get()).days]
        assert sum("is-paused" in kinds for kinds in marks) == 5
    assert Message.objects.latest("created_at").subject.endswith("the clock runs again")


def test_s03_waiting_for_identity_promises_no_date(client, case, dee) -> None:
    with on("2026-11-03"):
        clockwork.ask_need(case=case, kind="identity", why="We do not know this address.", by=dee)
        page = see(client)
        assert "Waiting for you to prove who you are" in page
        assert "We do not know this address." in page
        assert "The month has not begun" in page
        assert "reply by" not in page.lower().replace("reply by email", "")
        assert showing.strip(Case.objects.get()) is None


def test_s19_an_extension_shows_its_reason_and_both_dates(client, case, dee) -> None:
    with on("2026-11-20"):
        clockwork.extend(case=case, ground="complex", reason="Four archives to search", by=dee)
        page = see(client)
        assert "We need more time" in page
        assert "Four archives to search" in page
        assert "We reply by Tuesday 2 February 2027 instead of Wednesday 2 December 2026." in page
        assert len(showing.strip(Case.objects.get()).days) == 93


def test_lateness_is_admitted_with_the_way_to_complain(client, case, dee) -> None:
    with on("2026-12-04"):
        page = see(client)
        assert "We are late. We should have replied by Wednesday 2 December 2026." in page
        assert "How to complain" in page


def test_a_question_that_does_not_pause_is_shown_beside_the_date(client, case, dee) -> None:
    with on("2026-11-09"):
        clockwork.ask_question(case=case, category="form", text="Large print?", by=dee)
        page = see(client)
        assert "Large print?" in page
        assert "The question does not change the date for our reply." in page
        assert "We will reply by Wednesday 2 December 2026" in page


def test_no_mail_of_the_clock_quotes_what_somebody_typed(case, dee) -> None:
    secret = "SECRET-WORDS"
    with on("2026-11-04"):
        clockwork.set_received(case=case, day=case.received_on.replace(day=1), reason=secret, by=dee)
        need = clockwork.ask_need(case=case, kind="authority", why=secret, by=dee)
        clockwork.need_came(need=need, by=dee)
        question = clockwork.ask_question(case=case, category="which", text=secret, by=dee)
        clockwork.answered(question=question, by=dee)
        clockwork.extend(case=case, ground="number", reason=secret, by=dee)
    mails = Message.objects.all()
    assert len(mails) == 6
    for mail in mails:
        assert mail.subject.startswith(f"Your request {case.reference}: ")
        for private in (secret, "Alice", "Okafor", "access"):
            assert private not in mail.subject + mail.text + mail.html
    typed = [letter for letter in case.letters.all() if secret in letter.text]
    assert len(typed) == 3  # why, question, reason; the note on the day received is for us
