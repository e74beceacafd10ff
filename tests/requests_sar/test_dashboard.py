"""The first staff page: each number is worked out again by hand, and is the number of rows behind its link."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib import admin
from django.test import RequestFactory
from django.utils import timezone

from portal.accounts.models import Role
from requests_sar import casework, services
from requests_sar.admin import dashboard
from requests_sar.admin.workload import workload
from requests_sar.models import Case
from requests_sar.workflow import State
from tests import factories
from tests.requests_sar.crowd import crowd

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 25)  # a Wednesday
NOW = "2026-11-25T10:00:00+00:00"
LONDON = ZoneInfo("Europe/London")
OPEN_WORDS = {"received", "verifying", "triage", "collecting", "review", "applying"}


@pytest.fixture
def dee(client):
    user = factories.user(Role.DPO, name="Dee")
    client.force_login(user)
    return user


def rows_behind(href: str, user: Any) -> int:
    request = RequestFactory().get(href)
    request.user = user
    return admin.site.get_model_admin(Case).get_changelist_instance(request).result_count


def owed(case: Case) -> bool:
    return case.state in OPEN_WORDS and case.answered_at is None


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("seed", range(2))
def test_the_cards_are_what_the_rows_say(client, dee, seed: int) -> None:
    crowd(200, seed=seed, today=TODAY, owners=[dee])
    cases = list(Case.objects.select_related("complaint"))
    due = [case for case in cases if owed(case) and case.due_on]
    unconfirmed = [
        case
        for case in cases
        if owed(case) and hasattr(case, "complaint") and case.complaint.acknowledged_at is None
    ]
    expected = {
        "Open": sum(case.state in OPEN_WORDS for case in cases),
        "Due in 7 days": sum(0 <= (case.due_on - TODAY).days <= 7 for case in due),
        "Late": sum(case.due_on < TODAY for case in due),
        "Waiting for customer": sum(
            owed(case) and (case.clock != "running" or case.state == "verifying") for case in cases
        ),
        "Complaints to acknowledge": len(unconfirmed),
    }
    found = dashboard.cards(TODAY)
    assert {card.title: int(card.number) for card in found} == expected
    assert all(expected.values()), "the crowd has some of each"
    for card in found:
        assert rows_behind(card.href, dee) == expected[card.title], card.title


@time_machine.travel(NOW, tick=False)
def test_the_quarter_is_that_of_the_answers_given_in_it() -> None:
    crowd(200, seed=5, today=TODAY)
    answers = [
        (case, case.answered_at.astimezone(LONDON).date())
        for case in Case.objects.exclude(answered_at=None)
        if case.answered_at.astimezone(LONDON).date() >= dt.date(2026, 10, 1)
    ]
    late = sum(bool(case.due_on and day > case.due_on) for case, day in answers)
    days = [(day - case.received_on).days for case, day in answers]
    rate, median = dashboard.quarter(TODAY)
    assert rate.number == f"{100 * (len(answers) - late) / len(answers):.1f}%"
    assert median.number == f"{statistics.median(days):g}"


@time_machine.travel(NOW, tick=False)
def test_due_dates_by_week_are_all_due_dates_and_none_twice(client, dee) -> None:
    crowd(300, seed=8, today=TODAY)
    for days in (-1, 0, 4, 5, 11, 12, 53, 54, 400):  # the edges: Sunday is the 29th
        factories.case(State.TRIAGE, due_in=days)
    due = Counter(case.due_on for case in Case.objects.all() if owed(case) and case.due_on)
    weeks = dashboard.due_by_week(TODAY)
    assert sum(week.number for week in weeks) == due.total()
    assert weeks[0].number == sum(number for day, number in due.items() if day < TODAY)
    assert weeks[1].number == sum(n for d, n in due.items() if TODAY <= d <= dt.date(2026, 11, 29))
    assert weeks[2].title == "30 Nov 2026 to 6 Dec 2026"
    assert weeks[2].number == sum(
        n for d, n in due.items() if dt.date(2026, 11, 30) <= d <= dt.date(2026, 12, 6)
    )
    assert weeks[-1].number == sum(n for d, n in due.items() if d >= dt.date(2027, 1, 18))
    for week in weeks:
        assert rows_behind(week.href, dee) == week.number, week.title


@time_machine.travel(NOW, tick=False)
def test_who_has_how_much(client, dee) -> None:
    dan, gone = factories.user(Role.DPO, name="Dan"), factories.user(Role.DPO, name="Gone")
    free = factories.user(Role.DPO, name="Zed")
    crowd(150, seed=9, today=TODAY, owners=[dee, dan, gone])
    gone.is_active = False
    gone.save()
    lines = workload(TODAY)
    assert [line["name"] for line in lines] == ["Dan", "Dee", "Gone", "Zed", "Nobody"]
    owners = {"Dee": dee, "Dan": dan, "Gone": gone, "Zed": free, "Nobody": None}
    for line in lines:
        mine = [case for case in Case.objects.all() if case.owner == owners[line["name"]]]
        due = [case.due_on for case in mine if owed(case) and case.due_on]
        expected = [
            sum(case.state in OPEN_WORDS for case in mine),
            sum(0 <= (day - TODAY).days <= 7 for day in due),
            sum(day < TODAY for day in due),
        ]
        assert [cell["number"] for cell in line["numbers"]] == expected
        for cell in line["numbers"]:
            assert rows_behind(cell["href"], dee) == cell["number"]


@time_machine.travel(NOW, tick=False)
def test_the_page_shows_them_with_a_chart_and_its_table(client, dee) -> None:
    case = factories.case(State.TRIAGE, due_in=3)
    casework.note(case, "note", by=dee, reason="He shouted. Call Alice Okafor.")
    services.assign(case=case, owner=dee, by=dee)
    page = client.get("/admin/").content.decode()
    for words in (
        "Who has how much",
        "When answers are due",
        "What happened last",
        "Complaints to acknowledge",
    ):
        assert words in page
    assert page.index("Given to a colleague") < page.index("Note added")
    assert "He shouted" not in page
    assert page.count("<svg") >= 1
    assert "style=" not in page


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.STAFF, Role.ADMINISTRATOR])
def test_others_see_none_of_it(client, role: Role) -> None:
    case = factories.case(State.TRIAGE, due_in=3)
    casework.note(case, "note", by=None)
    client.force_login(factories.user(role))
    page = client.get("/admin/").content.decode()
    assert case.reference not in page
    assert "Who has how much" not in page


def test_an_empty_portal_says_so(client, dee) -> None:
    page = client.get("/admin/").content.decode()
    assert "Nothing has happened yet." in page
    assert ">-</span> answered on time this quarter" in page


def test_the_page_asks_the_same_questions_however_many_there_are(
    client, dee, django_assert_num_queries
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get("/admin/")
        return len(caught)

    crowd(20, seed=1, today=timezone.localdate(), owners=[dee])
    few = asked()
    crowd(400, seed=2, today=timezone.localdate(), owners=[dee])
    assert asked() == few <= 30
