"""The period report, and the same as a table for a spreadsheet. No name and no reference of a person in the table."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.powers import Power, power_required
from requests_sar import figures
from requests_sar import report as counting
from requests_sar.admin import charts, words
from requests_sar.admin.queue import QUEUE
from requests_sar.figures import Figure, Scope
from requests_sar.ranges import By, Range
from requests_sar.report import Cell, Report
from requests_sar.report_forms import ReportForm
from requests_sar.rights import WORDS
from requests_sar.staff_views.doors import BAD, page

LEGEND = [("ok", "In time"), ("late", "Late"), ("rest", "Open in time, paused or ended without an answer")]


@require_safe
@power_required(Power.READ_CASES)
def report(request: HttpRequest) -> HttpResponse:
    """The figures of a period, each leading to the requests that it counts."""
    form = ReportForm(request.GET.dict())
    if not form.is_valid():
        return page(request, "report.html", {"title": "Report", "form": form}, status=BAD)
    today = timezone.localdate()
    made = counting.make(form.scope, today)
    context = {
        "title": "Report",
        "form": form,
        "words": words.range_of(Range(made.scope.by, made.scope.first, made.scope.last)),
        "today": today,
        "all": _shown(figures.ALL, made.total, made.scope),
        "parts": [_shown(figure, made.total, made.scope) for figure in figures.PARTS],
        "marks": [_shown(figure, made.total, made.scope) for figure in figures.MARKS],
        "total": made.total,
        "figures": figures.FIGURES,
        "rights": [_line(WORDS[right].name, cell, scope) for right, scope, cell in made.by_right()],
        "months": [_line(f"{month:%B %Y}", cell, scope) for month, scope, cell in made.by_month()],
        "volume": _volume(made),
        "right_names": [WORDS[right].name for right, _, _ in made.by_right()],
        "charts": _charts(made),
        "late_ones": [(case, _late_by(case)) for case in counting.late_ones(made.scope, today)],
        "more_reasons": made.total.counts["late"] > counting.MOST_REASONS,
        "csv": f"{reverse('admin:report_csv')}?{request.GET.urlencode()}",
    }
    return page(request, "report.html", context)


def _address(figure: Figure, scope: Scope) -> str:
    """The requests of a figure in the queue."""
    parameters = {"tab": "all", **scope.parameters}
    if figure is not figures.ALL:
        parameters["figure"] = figure.key
    return f"{reverse(QUEUE)}?{urlencode(parameters)}"


def _shown(figure: Figure, cell: Cell, scope: Scope) -> dict[str, Any]:
    """One figure with its number and its address; nothing counted leads nowhere."""
    number = cell.counts[figure.key]
    return {"figure": figure, "number": number, "href": _address(figure, scope) if number else ""}


def _line(title: str, cell: Cell, scope: Scope) -> dict[str, Any]:
    return {
        "title": title,
        "numbers": [_shown(figure, cell, scope) for figure in figures.FIGURES],
        "cell": cell,
    }


def _volume(made: Report) -> list[dict[str, Any]]:
    return [
        {
            "title": f"{month:%B %Y}",
            "numbers": [
                {"number": number, "href": _address(figures.ALL, scope) if number else ""}
                for _, scope, number in row
            ],
        }
        for month, row in made.by_month_and_right()
    ]


def _charts(made: Report) -> list[charts.Chart]:
    of = "answered" if made.scope.by is By.ANSWERED else "received"
    months = [(f"{month:%b %Y}", _pieces(cell)) for month, _, cell in made.by_month()]
    rights = [(WORDS[right].name, _pieces(cell)) for right, _, cell in made.by_right()]
    return [
        charts.chart("months", f"Requests {of}, by month", months, LEGEND),
        charts.chart("rights", f"Requests {of}, by right", rights, LEGEND),
    ]


def _pieces(cell: Cell) -> list[tuple[str, int]]:
    late = cell.counts["late"] + cell.counts["open-late"]
    rest = cell.counts["all"] - cell.counts["in-time"] - late
    return [("ok", cell.counts["in-time"]), ("late", late), ("rest", rest)]


def _late_by(case: Any) -> str:
    return words.days((timezone.localtime(case.answered_at).date() - case.due_on).days)


@require_safe
@power_required(Power.READ_CASES)
def table(request: HttpRequest) -> HttpResponse:
    """The same figures as CSV: numbers by right, by month, and by both. Nothing about any one person."""
    form = ReportForm(request.GET.dict())
    if not form.is_valid():
        return page(request, "report.html", {"title": "Report", "form": form}, status=BAD)
    made = counting.make(form.scope, timezone.localdate())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"requests-{made.scope.by}-{made.scope.first}-to-{made.scope.last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response)
    heads = ["Days", "From", "To", "Right", *(figure.title for figure in figures.FIGURES)]
    writer.writerow([*heads, "On time (%)", "Median days", "Mean days", "Pauses", "Days paused"])
    for line in _rows(made):
        writer.writerow(line)
    return response


def _rows(made: Report) -> Iterator[list[Any]]:
    """The whole, then each right, then each month, then each right of each month."""
    yield _row(made.scope, made.total)
    for _, scope, cell in made.by_right():
        yield _row(scope, cell)
    for month, scope, cell in made.by_month():
        yield _row(scope, cell)
        for right, within, number in next(row for when, row in made.by_month_and_right() if when == month):
            if number:
                yield _row(within, made.cells[right, month])


def _row(scope: Scope, cell: Cell) -> list[Any]:
    return [
        words.BEGINNINGS[scope.by],
        scope.first.isoformat(),
        scope.last.isoformat(),
        WORDS[scope.right].name if scope.right else "All",  # type: ignore[index]
        *(cell.counts[figure.key] for figure in figures.FIGURES),
        *(_number(value) for value in (cell.on_time, cell.median, cell.mean)),
        cell.pauses,
        cell.days_paused,
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


__all__ = ["report", "table"]
