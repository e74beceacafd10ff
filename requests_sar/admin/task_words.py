"""How a search is put into words for staff. Reads only, decides nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from portal.templatetags.house import moment
from requests_sar.admin.words import Label, days
from requests_sar.models import Answer, Case, Task
from requests_sar.services import colleagues

_TONES = {Answer.Outcome.FOUND: "ok", Answer.Outcome.NOTHING: "done", Answer.Outcome.CANNOT: "act"}


def status(task: Task) -> Label:
    """Where a search stands: waiting, late, or what came of it."""
    if task.state == Task.State.CANCELLED:
        return Label("Cancelled", "done")
    answer = getattr(task, "answer", None)
    if answer is not None:
        return Label(answer.get_outcome_display(), _TONES[Answer.Outcome(answer.outcome)])
    return Label("Late", "late") if task.due_on < timezone.localdate() else Label("Waiting", "info")


def left(task: Task, today: dt.date) -> Label:
    """How long there is, while it is open."""
    if task.state != Task.State.WAITING:
        return Label("", "")
    over = (today - task.due_on).days
    if over > 0:
        return Label(f"late by {days(over)}", "late")
    return Label("due today" if over == 0 else f"{days(-over)} left", "soon" if over >= -1 else "")


def answered_by(task: Task) -> str:
    """Who answered, how and when."""
    answer = getattr(task, "answer", None)
    if answer is None:
        return ""
    who = answer.by.get_short_name() if answer.by else f"{answer.by_email or 'A former colleague'}"
    return f"{who}{', from the link' if answer.by_email else ''}, {moment(answer.at)}"


def searches(count: int) -> str:
    """ "1 search", "3 searches"."""
    return "1 search" if count == 1 else f"{count} searches"


def reminders(count: int) -> str:
    """ "1 reminder", "3 reminders"."""
    return "1 reminder" if count == 1 else f"{count} reminders"


@dataclass(frozen=True, slots=True)
class Line:
    """One search as the page of its case lists it."""

    task: Task
    status: Label
    left: Label
    who: str
    more: str
    href: str
    is_open: bool


def lines(case: Case, today: dt.date) -> list[Line]:
    """The searches of a case, open ones first."""
    tasks = case.tasks.select_related("assignee", "answer__by").order_by("due_on", "title", "pk")
    made = [_line(task, today) for task in tasks]
    return sorted(made, key=lambda line: not line.is_open)


def _line(task: Task, today: dt.date) -> Line:
    answer: Any = getattr(task, "answer", None)
    more = answered_by(task) if answer else task.because
    if task.state == Task.State.WAITING and task.chased:
        more = f"Reminded {task.chased} time{'s' if task.chased > 1 else ''}"
    return Line(
        task,
        status(task),
        left(task, today),
        colleagues.name_of(task),
        more,
        reverse("admin:task", args=[task.pk]),
        task.state == Task.State.WAITING,
    )
