"""What the beat says every morning: once, to the right people, and nothing is closed."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from portal.accounts.models import Role
from portal.celery import app
from portal.mail.models import Message
from requests_sar import again, clockwork, reminders, services, tasks
from requests_sar.models import Case
from requests_sar.rights import Right
from requests_sar.workflow import State
from retention import legal
from subjects import restriction
from subjects.models import Restriction
from tests import factories

pytestmark = pytest.mark.django_db


def on(day: str):
    return time_machine.travel(f"{day}T07:00:00+00:00", tick=False)


def mails(template: str) -> list[Message]:
    return list(Message.objects.filter(template=f"requests_sar/{template}").order_by("created_at"))


@pytest.fixture
def dee():
    return factories.user(Role.DPO, email="dee@example.org")


def received(day: str, **fields) -> Case:
    with on(day):
        return factories.case(requester_email="alice@example.com", **fields)


def test_due_in_7_days_tomorrow_and_overdue_go_to_the_owner_once_each(dee) -> None:
    owner = factories.user(Role.DPO, email="owner@example.org")
    case = received("2026-11-02", owner=owner)  # due 2 December
    for day in (
        "2026-11-24",
        "2026-11-25",
        "2026-11-26",
        "2026-12-01",
        "2026-12-02",
        "2026-12-03",
        "2026-12-10",
    ):
        with on(day):
            tasks.remind()
            tasks.remind()
    found = mails("for_officer")
    assert [mail.subject for mail in found] == [
        f"{case.reference}: due in 7 days",
        f"{case.reference}: due tomorrow",
        f"{case.reference}: overdue",
    ]
    assert {mail.to for mail in found} == {"owner@example.org"}
    assert all("Alice" not in mail.text + mail.html for mail in found)


def test_a_case_of_nobody_is_told_to_the_officers(dee) -> None:
    received("2026-11-02")
    with on("2026-12-03"):
        reminders.run()
    assert [mail.to for mail in mails("for_officer")] == ["dee@example.org"]


def test_a_moved_date_is_reminded_of_again(dee) -> None:
    case = received("2026-11-02")
    with on("2026-11-25"):
        reminders.run()
        clockwork.extend(case=case, ground="complex", reason="Much", by=dee)
    with on("2027-01-27"):
        reminders.run()
    assert len(mails("for_officer")) == 2


def test_s18_a_silent_customer_is_reminded_after_14_days_and_nothing_closes(dee) -> None:
    case = received("2026-11-02")
    with on("2026-11-09"):
        clockwork.ask_question(case=case, category="which", text="The Smith file?", by=dee)
    with on("2026-11-22"):
        reminders.run()
        assert mails("still_waiting") == []
    for day in ("2026-11-23", "2026-11-24", "2027-03-01"):
        with on(day):
            reminders.run()
    (mail,) = mails("still_waiting")
    assert mail.to == "alice@example.com"
    assert "Smith" not in mail.text + mail.html
    assert "Monday 9 November 2026" in mail.text
    case.refresh_from_db()
    assert case.state == State.TRIAGE
    assert case.history.filter(event="reminded").count() == 1
    assert mails("for_officer") == []


def test_s04_identity_that_does_not_come_is_reminded_of(dee) -> None:
    case = received("2026-11-23")
    with on("2026-11-24"):
        clockwork.ask_need(case=case, kind="identity", why="x", by=dee)
    with on("2026-12-08"):
        reminders.run()
    assert "proof of who you are" in mails("still_waiting")[0].text


def test_answered_and_ended_cases_are_left_alone(dee) -> None:
    received("2026-11-02", state=State.CLOSED)
    received("2026-11-02", state=State.RELEASED)
    with on("2026-12-20"):
        assert reminders.run() == 0
    assert not Message.objects.exists()


# --- what is looked at again -----------------------------------------------------------------------------------


def test_s41_the_day_to_look_again_at_an_erasure_is_reminded_of_once(client, dee) -> None:
    case = received("2026-11-02", state=State.CLOSED, right=Right.ERASURE, owner=dee)
    with on("2026-11-10"):
        services.erasure.follow_up(case=case, by=dee, on=dt.date(2026, 12, 1))
        client.force_login(dee)
    with on("2026-11-30"):
        assert reminders.run() == 0
    for _ in range(2):
        with on("2026-12-01"):
            reminders.run()
    (mail,) = mails("for_officer")
    assert (mail.to, mail.subject) == ("dee@example.org", f"{case.reference}: look again")
    assert "Okafor" not in mail.text + mail.html
    assert "Erasures to look at again: 1" in mails("digest")[0].text
    with on("2026-12-02"):
        client.force_login(dee)
        assert f"{case.reference}: look again" in client.get("/admin/").content.decode()
        services.erasure.follow_up(case=case, by=dee, on=dt.date(2027, 3, 1))
        assert "For you to decide" not in client.get("/admin/").content.decode()
    with on("2027-03-01"):
        reminders.run()
    assert len(mails("for_officer")) == 2


def test_a_pause_that_may_end_is_counted_and_shown_until_somebody_ends_it(client, dee) -> None:
    alice = factories.subject()
    case = received("2026-11-02", state=State.REVIEW, right=Right.RECTIFICATION, subject=alice)
    with on("2026-11-03"):
        pause = restriction.restrict(
            subject=alice, ground=Restriction.Ground.ACCURACY, reference=case.reference, by=dee
        )
        assert not again.pauses().exists()  # what is wrong is still being looked at
    Case.objects.filter(pk=case.pk).update(state=State.CLOSED, answered_at=timezone.now())
    with on("2026-11-10"):
        client.force_login(dee)
        assert "its pause still stands" in client.get("/admin/").content.decode()
        reminders.run()
        assert "Pauses: still needed?: 1" in mails("digest")[0].text
    Restriction.objects.filter(pk=pause.pk).update(ground=Restriction.Ground.CLAIMS)
    assert not again.pauses().exists()  # for a claim it stands until the person says otherwise
    told = dt.datetime(2026, 11, 11, 9, tzinfo=dt.UTC)
    Restriction.objects.filter(pk=pause.pk).update(announced_at=told, told_lifting_at=told)
    assert again.pauses().get() == pause
    Restriction.objects.filter(pk=pause.pk).update(lifted_at=told)
    assert not again.pauses().exists()


def test_the_officers_have_one_list_a_day_without_names(dee) -> None:
    late = received("2026-10-05")
    received("2026-11-02")
    factories.user(Role.AUDITOR)
    with on("2026-12-01"):
        reminders.run()
        reminders.run()
    (mail,) = mails("digest")
    assert mail.to == "dee@example.org"
    assert mail.subject == "Requests today: 1 late"
    assert "Open: 2" in mail.text
    assert "Late: 1" in mail.text
    assert f"{late.reference}, due Thursday 5 November 2026" in mail.text
    assert "Okafor" not in mail.text + mail.html
    with on("2026-12-02"):
        reminders.run()
    assert len(mails("digest")) == 2


def test_the_round_is_at_seven_in_london() -> None:
    schedule = app.conf.beat_schedule["requests: remind of dates and silence"]
    assert schedule["task"] == tasks.remind.name
    assert (schedule["schedule"].hour, schedule["schedule"].minute) == ({7}, {0})
    assert str(app.timezone) == "Europe/London"


def test_s44_the_owner_of_a_hold_is_asked_once_for_each_day_chosen(dee) -> None:
    owner = factories.user(Role.DPO, email="owner@example.org")
    given = {"by": dee, "reference": "Claim 7", "reason": "Dispute", "subject": factories.subject()}
    with on("2026-11-02"):
        hold = legal.place(**given, owner=owner, review_on=dt.date(2027, 1, 4))
    for day in ("2027-01-03", "2027-01-04", "2027-01-04", "2027-01-05"):
        with on(day):
            reminders.run()
    (mail,) = mails("hold_due")
    assert mail.to == "owner@example.org"
    assert f"/admin/holds/{hold.pk}/" in mail.text
    assert "Claim 7" not in mail.subject + mail.text + mail.html
    assert "Legal holds: still needed?: 1" in mails("digest")[0].text
    with on("2027-01-05"):
        legal.look_again(hold=hold, by=owner, review_on=dt.date(2027, 2, 1))
    owner.is_active = False
    owner.save()
    with on("2027-02-02"):
        reminders.run()
    assert [mail.to for mail in mails("hold_due")] == ["owner@example.org", "dee@example.org"]
    legal.release(hold=hold, by=dee, why="Settled")
    with on("2027-06-01"):
        reminders.run()
    assert len(mails("hold_due")) == 2
