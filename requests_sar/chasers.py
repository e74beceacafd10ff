"""Reminding colleagues of open searches: due tomorrow, overdue, and whom the officers have to phone.

Idempotent: the row of a search remembers what was said and when, so a round may run twice, late, or on two machines.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import task_links, task_mail, task_rules
from requests_sar.models import Task

MOST = 1_000  # searches looked at in one round


def run(today: dt.date | None = None) -> int:
    """Send every reminder of today that was not sent yet. Returns how many went."""
    today = today or timezone.localdate()
    near = open_now().filter(due_on__lte=today + dt.timedelta(days=1)).order_by("due_on", "pk")
    return sum(_one(task, today) for task in near[:MOST])


def open_now() -> QuerySet[Task]:
    """The open searches of cases whose copy still grows."""
    waiting = Task.objects.filter(state=Task.State.WAITING, case__state__in=task_links.SEARCHED_IN)
    return waiting.select_related("case", "assignee")


def _one(task: Task, today: dt.date) -> bool:
    if task_rules.chase(task.due_on, today, task.chased, task.chased_on):
        return chase(task.pk, "overdue", by=None, today=today)
    if task_rules.remind_tomorrow(task.due_on, today, task.reminded_for):
        return _tomorrow(task)
    return False


def _tomorrow(task: Task) -> bool:
    with transaction.atomic():
        open_ = Task.objects.filter(pk=task.pk, state=Task.State.WAITING, reminded_for=task.reminded_for)
        if not open_.update(reminded_for=task.due_on):
            return False
        task_mail.tell(task, "tomorrow")
    return True


def chase(key: uuid.UUID, kind: str, *, by: Any, today: dt.date) -> bool:
    """Ask for one open search once more, at most once a day; whether a reminder went."""
    with transaction.atomic():
        task = open_now().filter(pk=key).first()
        if task is None or not task_mail.address_of(task):
            return False
        open_ = Task.objects.filter(pk=key, state=Task.State.WAITING)
        if not open_.exclude(chased_on=today).update(chased=F("chased") + 1, chased_on=today):
            return False
        trail.record(Verb.TASK_REMINDED, by=by, target=f"task:{key}", reason=task.case.reference)
        task_mail.tell(task, kind)
    return True


def given_up(today: dt.date) -> list[Task]:
    """Open searches that no reminder helped, and those of people who have left: somebody has to phone."""
    overdue = open_now().filter(due_on__lt=today).order_by("due_on", "pk")[:MOST]
    return [
        task
        for task in overdue
        if task_rules.given_up(task.due_on, today, task.chased) or not task_mail.address_of(task)
    ]
