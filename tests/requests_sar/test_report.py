"""No figure of the report can be wrong: each is worked out again by hand from the same rows, and is the number of
rows that its link lists."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import statistics
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import Role
from requests_sar import report as counting
from requests_sar.admin import tabs
from requests_sar.figures import ALL, BY_KEY, FIGURES, MARKS, PARTS, Scope, on_time_rate
from requests_sar.models import Case, Letter
from requests_sar.ranges import By
from requests_sar.report import median
from requests_sar.report_forms import PERIODS, ReportForm, days_of
from requests_sar.rights import Right
from requests_sar.workflow import State
from tests import factories
from tests.requests_sar.crowd import crowd

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 23)
NOW = "2026-11-23T10:00:00+00:00"
QUEUE = "/admin/requests_sar/case/"
LONDON = ZoneInfo("Europe/London")
OPEN_WORDS = {"received", "verifying", "triage", "collecting", "review", "applying"}


@pytest.fixture
def dee(client):
    user = factories.user(Role.DPO, name="Dee")
    client.force_login(user)
    return user


# --- worked out by hand: no condition of the product is used ------------------------------------------------


def answer_day(case: Case) -> dt.date | None:
    return case.answered_at.astimezone(LONDON).date() if case.answered_at else None


def by_hand(case: Case) -> set[str]:
    """The keys of the figures that count a case."""
    day = answer_day(case)
    keys = {"all"}
    if day is not None:
        keys.add("late" if case.due_on and day > case.due_on else "in-time")
    elif case.state not in OPEN_WORDS:
        keys.add("withdrawn" if case.state == "withdrawn" else "ended")
    elif case.clock != "running":
        keys.add("stopped")
    else:
        keys.add("open-late" if case.due_on and case.due_on < TODAY else "open-in-time")
    if hasattr(case, "extension"):
        keys.add("extended")
    if any(question.pauses for question in case.questions.all()):
        keys.add("was-paused")
    keys |= {word for word in ("refused", "referred") if case.state == word}
    if case.right == "complaint":
        keys.add("complaints")
        beside = getattr(case, "complaint", None)
        if beside and beside.acknowledged_at:
            confirmed = beside.acknowledged_at.astimezone(LONDON).date()
            keys.add("acknowledged" if confirmed <= beside.acknowledge_by else "acknowledged-late")
        elif beside and day is None and case.state in OPEN_WORDS:
            keys.add("to-acknowledge")
    return keys


def day_of(case: Case, by: By) -> dt.date | None:
    return case.received_on if by is By.RECEIVED else answer_day(case)


def within(cases: list[Case], scope: Scope) -> list[Case]:
    return [
        case
        for case in cases
        if (day := day_of(case, scope.by)) is not None
        and scope.first <= day <= scope.last
        and scope.right in {"", case.right}
        and scope.channel in {"", case.channel}
    ]


def paused(case: Case) -> tuple[int, int]:
    rows = [row for row in case.questions.all() if row.pauses]
    days = {
        row.asked_on + dt.timedelta(days=number)
        for row in rows
        for number in range((min(row.answered_on or TODAY, TODAY) - row.asked_on).days + 1)
    }
    return len(rows), len({day for day in days if day > case.clock_start_on})


def loaded() -> list[Case]:
    return list(
        Case.objects.select_related("extension", "complaint")
        .prefetch_related("questions")
        .order_by("reference")
    )


def assert_cell(cell: Any, cases: list[Case]) -> None:
    """Everything that the report says about these cases."""
    counts = Counter(key for case in cases for key in by_hand(case))
    assert {figure.key: cell.counts[figure.key] for figure in FIGURES} == {
        figure.key: counts[figure.key] for figure in FIGURES
    }
    assert sum(cell.counts[part.key] for part in PARTS) == len(cases)
    days = [(answer_day(case) - case.received_on).days for case in cases if case.answered_at]
    assert sorted(cell.days.elements()) == sorted(days)
    assert cell.median == (statistics.median(days) if days else None)
    assert cell.mean == (pytest.approx(statistics.mean(days)) if days else None)
    rated = counts["in-time"] + counts["late"] + counts["open-late"]
    assert cell.on_time == (pytest.approx(100 * counts["in-time"] / rated) if rated else None)
    pauses = [paused(case) for case in cases]
    assert (cell.pauses, cell.days_paused) == (sum(n for n, _ in pauses), sum(d for _, d in pauses))


SCOPES = [
    Scope(By.RECEIVED, dt.date(2025, 12, 10), dt.date(2026, 11, 23)),
    Scope(By.ANSWERED, dt.date(2026, 2, 1), dt.date(2026, 11, 23)),
    Scope(By.RECEIVED, dt.date(2026, 10, 1), dt.date(2026, 10, 31), right="access"),
    Scope(By.ANSWERED, dt.date(2024, 1, 1), dt.date(2026, 12, 31), channel="phone"),
]


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("scope", SCOPES, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_s78_every_figure_is_what_the_rows_say(scope: Scope, seed: int) -> None:
    crowd(150, seed=seed, today=TODAY)
    cases = within(loaded(), scope)
    made = counting.make(scope, TODAY)
    assert_cell(made.total, cases)
    for _, narrower, cell in made.by_right():
        assert_cell(cell, within(cases, narrower))
    seen = []
    for month, narrower, cell in made.by_month():
        of = [case for case in cases if day_of(case, scope.by).replace(day=1) == month]
        assert_cell(cell, of)
        assert within(cases, narrower) == of
        seen += of
    assert len(seen) == len(cases)
    for month, row in made.by_month_and_right():
        for right, narrower, number in row:
            of = [c for c in cases if c.right == right and day_of(c, scope.by).replace(day=1) == month]
            assert number == len(of) == len(within(cases, narrower))


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    "query",
    [
        "period=dates&first=2026-09-01&last=2026-11-23",
        "period=dates&first=2026-08-01&last=2026-11-23&by=answered",
    ],
)
def test_s78_every_number_is_the_number_of_rows_behind_its_link(client, dee, query: str, monkeypatch) -> None:
    monkeypatch.setattr(tabs, "with_work", lambda cases: cases)  # what the rows show is not looked at
    crowd(300, seed=7, today=TODAY)
    page = client.get(f"{reverse('admin:report')}?{query}").content.decode()
    links = set(re.findall(r'<a href="(/admin/requests_sar/case/\?[^"]*)">(?:<span[^>]*>)?([\d,]+)', page))
    keys = {
        dict(parse_qsl(urlsplit(href.replace("&amp;", "&")).query)).get("figure", "all") for href, _ in links
    }
    expected = {"all", *(figure.key for figure in (*PARTS, *MARKS))}
    if "answered" in query:
        expected -= {"open-in-time", "open-late", "stopped", "withdrawn", "ended", "to-acknowledge"}
    assert keys == expected
    assert len(links) > 40
    for href, number in links:
        assert rows_behind(href, dee) == int(number.replace(",", "")), href


def rows_behind(href: str, user: Any) -> int:
    """How many rows the queue finds at an address (the page itself is left out: it takes its time)."""
    request = RequestFactory().get(href.replace("&amp;", "&"))
    request.user = user
    return admin.site.get_model_admin(Case).get_changelist_instance(request).result_count


def test_the_parts_are_all_cases_and_none_twice() -> None:
    crowd(200, seed=11, today=dt.date(2026, 11, 23))
    of = [set(Case.objects.filter(part.condition(TODAY)).values_list("pk", flat=True)) for part in PARTS]
    assert sum(map(len, of)) == len(set.union(*of)) == Case.objects.count()
    assert all(of), "the crowd has some of each"


@time_machine.travel(NOW, tick=False)
def test_s26_a_late_answer_counts_late_and_paused_ones_stand_apart() -> None:
    answered = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
    first = {"received_on": dt.date(2026, 11, 2), "answered_at": answered}
    factories.case(State.CLOSED, due_in=-4, **first)  # due on the 19th
    factories.case(State.CLOSED, due_in=-3, **first)  # due on the day of the answer
    factories.case(State.TRIAGE, due_in=-1, received_on=dt.date(2026, 11, 3))
    factories.case(State.TRIAGE, due_in=0, received_on=dt.date(2026, 11, 3))
    stopped = factories.case(State.TRIAGE, received_on=dt.date(2026, 11, 3))
    Case.objects.filter(pk=stopped.pk).update(clock="paused", due_on=None, stopped_on=dt.date(2026, 11, 4))
    total = counting.make(Scope(By.RECEIVED, dt.date(2026, 11, 1), dt.date(2026, 11, 30)), TODAY).total
    assert {part.key: total.counts[part.key] for part in PARTS} == {
        "in-time": 1,
        "late": 1,
        "open-in-time": 1,
        "open-late": 1,
        "stopped": 1,
        "withdrawn": 0,
        "ended": 0,
    }
    assert total.on_time == pytest.approx(100 / 3)
    assert (total.median, total.mean) == (18, 18)


@time_machine.travel("2026-07-01T10:00:00+00:00", tick=False)
def test_an_answer_after_midnight_here_is_of_the_next_day_and_month() -> None:
    at = dt.datetime(2026, 6, 30, 23, 30, tzinfo=dt.UTC)  # half past midnight on 1 July in London
    case = factories.case(State.CLOSED, answered_at=at, received_on=dt.date(2026, 6, 1))
    Case.objects.filter(pk=case.pk).update(due_on=dt.date(2026, 6, 30))
    july = counting.make(Scope(By.ANSWERED, dt.date(2026, 7, 1), dt.date(2026, 7, 31)), dt.date(2026, 7, 1))
    assert [(month.month, cell.counts["late"]) for month, _, cell in july.by_month()] == [(7, 1)]
    june = counting.make(Scope(By.ANSWERED, dt.date(2026, 6, 1), dt.date(2026, 6, 30)), dt.date(2026, 7, 1))
    assert june.total.counts["all"] == 0


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 400), max_size=20))
def test_the_median_of_a_histogram_is_that_of_its_values(values: list[int]) -> None:
    assert median(Counter(values)) == (statistics.median(values) if values else None)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([part.key for part in PARTS]), st.integers(0, 9)))
def test_the_rate_is_of_decided_ones_only(counts: dict[str, int]) -> None:
    whole = Counter(counts)
    rate = on_time_rate(whole)
    whole.update({"stopped": 5, "open-in-time": 7, "withdrawn": 2})
    assert on_time_rate(whole) == rate
    assert rate is None or 0 <= rate <= 100


# --- the page ------------------------------------------------------------------------------------------------


@time_machine.travel(NOW, tick=False)
def test_the_page_shows_rates_reasons_and_charts_with_their_tables(client, dee) -> None:
    case = factories.case(
        State.CLOSED,
        due_in=-1,
        received_on=dt.date(2026, 10, 1),
        late_reason="The archive was flooded.",
        answered_at=dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC),
    )
    page = client.get(reverse("admin:report")).content.decode()
    assert "Received from 1 January 2026 to 31 December 2026" in page
    assert "The archive was flooded." in page
    assert case.reference in page
    assert page.count("<svg") >= 2
    assert "style=" not in page
    assert '<rect class="bars-late"' in page
    assert ">0.0%<" in page


@time_machine.travel(NOW, tick=False)
def test_a_period_without_requests_says_so_and_divides_by_nothing(client, dee) -> None:
    response = client.get(reverse("admin:report"), {"period": "last-year"})
    assert response.status_code == 200
    assert "No answer was late." in response.content.decode()
    assert (response.context["total"].on_time, response.context["total"].median) == (None, None)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("period=dates", "Choose both days"),
        ("period=dates&first=2026-02-30&last=2026-03-01", "is no day in the calendar"),
        ("period=dates&first=2026-03-02&last=2026-03-01", "must not be after the last"),
        ("period=dates&first=1990-01-01&last=2026-03-01", "ten years at most"),
        ("period=dates&first=0001-01-01&last=9999-12-31", "between 1990 and 2100"),
        ("right=%27", "Select a valid choice"),
        ("by=due", "Select a valid choice"),
        ("period=never", "Select a valid choice"),
    ],
)
@pytest.mark.parametrize("name", ["admin:report", "admin:report_csv"])
def test_a_period_that_is_none_is_explained(client, dee, query: str, words: str, name: str) -> None:
    response = client.get(f"{reverse(name)}?{query}")
    assert response.status_code == 422
    assert words in response.content.decode()


@pytest.mark.parametrize(
    ("period", "today", "first", "last"),
    [
        ("this-month", "2026-11-23", "2026-11-01", "2026-11-30"),
        ("last-month", "2026-01-05", "2025-12-01", "2025-12-31"),
        ("this-quarter", "2026-11-23", "2026-10-01", "2026-12-31"),
        ("last-quarter", "2026-02-28", "2025-10-01", "2025-12-31"),
        ("this-year", "2024-02-29", "2024-01-01", "2024-12-31"),
        ("last-year", "2026-01-01", "2025-01-01", "2025-12-31"),
    ],
)
def test_periods_by_name(period: str, today: str, first: str, last: str) -> None:
    found = days_of(period, dt.date.fromisoformat(today))
    assert found == (dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    assert period in PERIODS


# --- the table -------------------------------------------------------------------------------------------------


@time_machine.travel(NOW, tick=False)
def test_s78_the_table_has_the_same_numbers_and_no_names(client, dee) -> None:
    crowd(60, seed=3, today=TODAY)
    Letter.objects.create(case=Case.objects.first(), side="company", text="Dear Alice Okafor")
    response = client.get(reverse("admin:report_csv"), {"period": "this-year"})
    assert response["Content-Disposition"] == (
        'attachment; filename="requests-received-2026-01-01-to-2026-12-31.csv"'
    )
    text = response.content.decode()
    for name in (*factories.NAMES, "Dee", "DP-"):
        assert name not in text
    rows = list(csv.DictReader(io.StringIO(text)))
    form = ReportForm({"period": "this-year"})
    assert form.is_valid()
    made = counting.make(form.scope, TODAY)
    assert {row["Days"] for row in rows} == {"Received"}
    whole = rows[0]
    assert [whole[figure.title] for figure in FIGURES] == [
        str(made.total.counts[figure.key]) for figure in FIGURES
    ]
    assert whole["On time (%)"] == f"{made.total.on_time:.1f}"
    months = [row for row in rows if row["Right"] == "All"][1:]
    assert sum(int(row[ALL.title]) for row in months) == int(whole[ALL.title])
    assert len(months) == 12


# --- who -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["admin:report", "admin:report_csv"])
def test_only_those_who_read_requests(client, name: str) -> None:
    address = reverse(name)
    assert client.get(address)["Location"].startswith("/admin/login/")
    for role in (Role.SUPPORT, Role.STAFF, Role.ADMINISTRATOR):
        client.force_login(factories.user(role))
        assert client.get(address).status_code == 403
    client.force_login(factories.user(Role.AUDITOR))
    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 405


# --- ranges in the queue -----------------------------------------------------------------------------------------


@time_machine.travel(NOW, tick=False)
def test_the_queue_is_narrowed_by_days_and_says_so(client, dee) -> None:
    october = factories.case(received_on=dt.date(2026, 10, 31))
    november = factories.case(received_on=dt.date(2026, 11, 1))
    response = client.get(QUEUE, {"tab": "all", "received_from": "2026-11-01", "right__exact": Right.ACCESS})
    assert [case.pk for case in response.context["cl"].result_list] == [november.pk]
    page = response.content.decode()
    assert "Received from 1 November 2026 on" in page
    assert 'href="?right__exact=access&amp;tab=all">Take off' in page
    assert 'value="2026-11-01"' in page
    response = client.get(QUEUE, {"tab": "all", "received_to": "2026-10-31"})
    assert [case.pk for case in response.context["cl"].result_list] == [october.pk]
    assert {tab["title"]: tab["count"] for tab in response.context["cl"].tabs}["All"] == 1


@pytest.mark.parametrize("text", ["2026-02-30", "x", "9999-12-31", "0001-01-01", "'"])
def test_a_day_that_is_none_narrows_nothing_and_is_named(client, dee, text: str) -> None:
    factories.case()
    response = client.get(QUEUE, {"tab": "all", "answered_to": text})
    assert response.context["cl"].result_count == 1
    assert "is no day in the calendar" in response.content.decode()


def test_a_figure_that_does_not_exist_narrows_nothing(client, dee) -> None:
    factories.case()
    assert client.get(QUEUE, {"tab": "all", "figure": "x'"}).context["cl"].result_count == 1
    assert set(BY_KEY) == {figure.key for figure in FIGURES}
