"""The period report: how many of what, by right and by month, in time or late, how fast.

Every number comes from `figures`; here they are counted in one query and added up. Days are calendar days from the
day received to the day of the answer, pauses included, because that is what the person waited.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Count, DateField, F, QuerySet
from django.db.models.functions import Coalesce, TruncDate, TruncMonth
from django.utils import timezone

from requests_sar import deadlines
from requests_sar.figures import BY_KEY, FIGURES, Scope, on_time_rate
from requests_sar.models import Case, Question
from requests_sar.ranges import By
from requests_sar.rights import Right

LONGEST = 3_660  # days that one report may cover
MOST_REASONS = 50  # reasons for lateness that are shown
Key = tuple[str, dt.date]  # right, first day of the month


@dataclass(slots=True)
class Cell:
    """What is known about a set of cases. Two cells add up to the cell of both sets."""

    counts: Counter[str] = field(default_factory=Counter)  # by the figure's key
    days: Counter[int] = field(default_factory=Counter)  # days to the answer: how many cases took so long
    pauses: int = 0
    days_paused: int = 0

    def __iadd__(self, other: Cell) -> Cell:
        self.counts.update(other.counts)
        self.days.update(other.days)
        self.pauses += other.pauses
        self.days_paused += other.days_paused
        return self

    @property
    def on_time(self) -> float | None:
        """The percentage answered in time, or None."""
        return on_time_rate(self.counts)

    @property
    def median(self) -> float | None:
        """Half of the answers took at most so many days; None without answers."""
        return median(self.days)

    @property
    def mean(self) -> float | None:
        """Days to the answer on average; None without answers."""
        total = self.days.total()
        return sum(day * number for day, number in self.days.items()) / total if total else None


def median(days: Mapping[int, int]) -> float | None:
    """The median of a histogram (value: how often). The mean of the two middle ones when their number is even."""
    total = sum(days.values())
    if not total:
        return None
    middle = ((total - 1) // 2, total // 2)
    found, seen = [], 0
    for day in sorted(days):
        found += [day for place in middle if seen <= place < seen + days[day]]
        seen += days[day]
    return sum(found) / 2


@dataclass(slots=True)
class Report:
    """The cells of a scope, by right and month of the scope's own day (received or answered)."""

    scope: Scope
    cells: dict[Key, Cell]

    @property
    def total(self) -> Cell:
        """All of them."""
        return _sum(self.cells.values())

    def by_right(self) -> Iterator[tuple[Right, Scope, Cell]]:
        """Each right with the scope of its cases; rights without cases too."""
        for right in Right:
            if self.scope.right in {"", right}:
                of = _sum(cell for (which, _), cell in self.cells.items() if which == right)
                yield right, replace(self.scope, right=str(right)), of

    def by_month(self) -> Iterator[tuple[dt.date, Scope, Cell]]:
        """Each month, or part of a month, of the period with the scope of its cases; empty ones too."""
        for month, scope in months(self.scope):
            yield month, scope, _sum(cell for (_, when), cell in self.cells.items() if when == month)

    def by_month_and_right(self) -> Iterator[tuple[dt.date, list[tuple[Right, Scope, int]]]]:
        """Each month with the number of cases of each right."""
        for month, scope in months(self.scope):
            yield (
                month,
                [
                    (right, replace(scope, right=str(right)), self._number(right, month))
                    for right in Right
                    if scope.right in {"", right}
                ],
            )

    def _number(self, right: Right, month: dt.date) -> int:
        cell = self.cells.get((right, month))
        return cell.counts["all"] if cell else 0


def _sum(cells: Iterable[Cell]) -> Cell:
    whole = Cell()
    for cell in cells:
        whole += cell
    return whole


def months(scope: Scope) -> Iterator[tuple[dt.date, Scope]]:
    """The first day of each month that the scope touches, and the part of the scope that lies in it."""
    month = scope.first.replace(day=1)
    while month <= scope.last:
        last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        yield month, replace(scope, first=max(month, scope.first), last=min(last, scope.last))
        month = last + dt.timedelta(days=1)


def make(scope: Scope, today: dt.date) -> Report:
    """Count everything, in three queries whatever the number of cases."""
    report = Report(scope, {})
    cases = _by_month(Case.objects.filter(scope.condition), scope)
    counts = {figure.key: Count("pk", filter=figure.condition(today)) for figure in FIGURES[1:]}
    for row in cases.values("right", "month").annotate(all=Count("pk"), **counts).order_by("month", "right"):
        cell = _cell(report, row)
        cell.counts.update({figure.key: row[figure.key] for figure in FIGURES})
    for row in _days(cases):
        _cell(report, row).days[row["took"].days] += row["number"]
    _pauses(report, today)
    return report


def _cell(report: Report, row: Mapping[str, Any]) -> Cell:
    return report.cells.setdefault((row["right"], row["month"]), Cell())


def _by_month(cases: QuerySet[Case], scope: Scope, path: str = "") -> QuerySet[Any]:
    """With the first day of the month of the scope's own day."""
    field_ = f"{path}received_on" if scope.by is By.RECEIVED else f"{path}answered_at"
    zone = {} if scope.by is By.RECEIVED else {"tzinfo": timezone.get_current_timezone()}
    return cases.annotate(month=TruncMonth(field_, output_field=DateField(), **zone))


def _days(cases: QuerySet[Case]) -> QuerySet[Any]:
    """How many answers took how many days."""
    answered = cases.filter(answered_at__isnull=False)
    took = TruncDate("answered_at", tzinfo=timezone.get_current_timezone()) - F("received_on")
    return (
        answered.annotate(took=took).values("right", "month", "took").annotate(number=Count("pk")).order_by()
    )


def _pauses(report: Report, today: dt.date) -> None:
    """The questions that stopped a clock, and the days that did not count; an open one up to today."""
    within = Case.objects.filter(report.scope.condition)
    rows = _by_month(Question.objects.filter(pauses=True, case__in=within), report.scope, "case__").values(
        "month",
        "case",
        "asked_on",
        "answered_on",
        right=F("case__right"),
        start=Coalesce("case__clock_start_on", "case__received_on"),
    )
    by_case: dict[Any, list[Any]] = {}
    for row in rows:
        by_case.setdefault(row["case"], []).append(row)
    for asked in by_case.values():
        cell = _cell(report, asked[0])
        cell.pauses += len(asked)
        cell.days_paused += deadlines.paused_days(
            asked[0]["start"],
            [deadlines.Pause(row["asked_on"], min(row["answered_on"] or today, today)) for row in asked],
        )


def late_ones(scope: Scope, today: dt.date) -> list[Case]:
    """Cases answered late, the latest answer first, with the reason written down for each; at most MOST_REASONS."""
    late = Case.objects.filter(scope.condition, BY_KEY["late"].condition(today))
    return list(late.order_by("-answered_at", "reference")[:MOST_REASONS])
