"""The figures of the first staff page: how much there is, how fast we are, when answers are due, what happened last.

Each number leads to the requests that it counts; rates and days are those of the report of this quarter.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from portal.templatetags.house import moment
from requests_sar import conditions, report, report_forms
from requests_sar.admin import capped, charts, tabs, words
from requests_sar.admin.case_page import EVENTS, Names
from requests_sar.admin.queue import QUEUE
from requests_sar.figures import Scope
from requests_sar.models import Case, ClockState, Happening
from requests_sar.ranges import By, Range

WEEKS = 8  # that the chart of due dates shows one by one
LAST = 10  # happenings
DAYS = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Card:
    """One number, and where the rows are that it counts."""

    number: str
    title: str
    href: str
    tone: str = ""


def _tab(key: str) -> str:
    return f"{reverse(QUEUE)}?tab={key}"


def context(today: dt.date) -> dict[str, Any]:
    """What the page shows to those who may read requests."""
    weeks = due_by_week(today)
    return {
        "cards": [*cards(today), *quarter(today)],
        "weeks": weeks,
        "weeks_chart": _chart(weeks),
        "events": last_events(),
    }


def cards(today: dt.date) -> list[Card]:
    """Open, due in seven days, late, waiting for the customer, complaints to acknowledge: exact, in one query."""
    counts = Case.objects.filter(conditions.is_open()).aggregate(
        open=Count("pk"),
        soon=Count("pk", filter=conditions.due_soon(today)),
        late=Count("pk", filter=conditions.late(today)),
        waiting=Count("pk", filter=conditions.waiting()),
        complaints=Count("pk", filter=conditions.to_acknowledge()),
    )
    titles = {
        "open": "Open",
        "soon": "Due in 7 days",
        "late": "Late",
        "waiting": "Waiting for customer",
        "complaints": "Complaints to acknowledge",
    }
    return [
        Card(f"{counts[key]:,}", title, _tab(key), "late" if key == "late" and counts[key] else "")
        for key, title in titles.items()
    ]


def quarter(today: dt.date) -> list[Card]:
    """The on-time rate and the median days of the answers that went out this quarter."""
    first, last = report_forms.days_of("this-quarter", today)
    total = report.make(Scope(By.ANSWERED, first, last), today).total
    href = f"{reverse('admin:report')}?{urlencode({'period': 'this-quarter', 'by': By.ANSWERED})}"
    rate = "-" if total.on_time is None else f"{total.on_time:.1f}%"
    median = "-" if total.median is None else f"{total.median:g}"
    return [
        Card(rate, "answered on time this quarter", href),
        Card(median, "days to the answer this quarter (median)", href),
    ]


def others(today: dt.date) -> list[Card]:
    """Tabs of the queue that ask somebody to do something."""
    counts = tabs.counts(today)
    return [
        Card(capped.said(counts[tab.key]), tab.title, _tab(tab.key))
        for tab in tabs.TABS
        if tab.key in {"action", "replied", "ready"}
    ]


# --- when answers are due ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Week:
    """The answers due in some days."""

    title: str
    short: str
    number: int
    href: str
    tone: str = "plain"


def due_by_week(today: dt.date) -> list[Week]:
    """Late ones, then what is left of this week and the next ones, then all that is due after those."""
    rows = Case.objects.filter(conditions.running()).values("due_on").annotate(number=Count("pk")).order_by()
    due = Counter({row["due_on"]: row["number"] for row in rows})
    monday = today - DAYS * today.weekday()
    found = [_week("Late", "Late", None, today - DAYS, due, "late")]
    for number in range(WEEKS):
        first, last = monday + WEEK * number, monday + WEEK * (number + 1) - DAYS
        title = "Rest of this week" if number == 0 else f"{words.brief_day(first)} to {words.brief_day(last)}"
        short = "This week" if number == 0 else f"from {first.day} {first:%b}"
        found.append(_week(title, short, max(first, today), last, due))
    return [*found, _week("After that", "After that", monday + WEEK * WEEKS, None, due)]


def _week(
    title: str,
    short: str,
    first: dt.date | None,
    last: dt.date | None,
    due: Counter[dt.date],
    tone: str = "plain",
) -> Week:
    number = sum(
        count for day, count in due.items() if (not first or first <= day) and (not last or day <= last)
    )
    parameters = {"tab": "all", "clock": ClockState.RUNNING.value, **Range(By.DUE, first, last).parameters}
    return Week(title, short, number, f"{reverse(QUEUE)}?{urlencode(parameters)}", tone)


def _chart(weeks: list[Week]) -> charts.Chart:
    rows = [(week.short, [(week.tone, week.number)]) for week in weeks]
    return charts.chart("weeks", "Answers due, by week", rows)


# --- what happened last ---------------------------------------------------------------------------------------------


def last_events() -> list[dict[str, str]]:
    """The last lines of the requests' histories, without what was typed."""
    names = Names()
    return [
        {
            "what": EVENTS.get(line.event, line.event),
            "reference": line.case.reference,
            "who": names.of(line.actor),
            "when": moment(line.at),
        }
        for line in Happening.objects.select_related("case").order_by("-at", "-pk")[:LAST]
    ]
