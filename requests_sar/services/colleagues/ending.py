"""Doing without a search, and what open or changed searches mean for a release."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import casework, emails, task_files, task_links
from requests_sar.casework import NotPossible
from requests_sar.models import Answer, Case, Package, Task
from requests_sar.services.colleagues.shared import ended, locked
from requests_sar.task_mail import address_of, name_of
from requests_sar.workflow import OPEN


def cancel(*, tasks: Iterable[Task], by: Any, because: str) -> int:
    """Do without open searches, for a reason that the person reads in their copy; returns how many ended."""
    because = " ".join(because.split())
    if not because:
        raise NotPossible("Say why this is not searched. The person reads it in their copy.")
    return sum(_cancel(task, by=by, because=because[:300]) for task in list(tasks))


def drop_open(case: Case, *, by: Any) -> None:
    """The case needs no searches any more (moved back, refused, cancelled): end the open ones, and tell no copy.

    When the case itself ended, what was found goes too.
    """
    for task in case.tasks.filter(state=Task.State.WAITING):
        _cancel(task, by=by, because="")
    if case.state not in OPEN:
        for task in case.tasks.exclude(key=None):
            task_files.destroy(task, by=by)


def void_others(case: Case, *, by: Any) -> None:
    """Searches about another person, whom the case was about before: nothing of them may reach this one's copy."""
    others = case.tasks.exclude(subject=case.subject)
    for task in others.exclude(state=Task.State.CANCELLED):
        _cancel(task, by=by, because="", answered=True)
    for task in others.exclude(key=None):
        task_files.destroy(task, by=by)
    Answer.objects.filter(task__in=others).delete()


def _cancel(task: Task, *, by: Any, because: str, answered: bool = False) -> bool:
    with transaction.atomic():
        task = locked(task)
        was_open = task.state == Task.State.WAITING
        if not was_open and not (answered and task.state == Task.State.ANSWERED):
            return False
        task.because = because
        task.save(update_fields=["because"])
        task.files.update(removed_at=timezone.now())
        ended(task, Task.State.CANCELLED)
        task_links.end(task)
        casework.note(task.case, "task-cancelled", by=by, reason=f"{task.title}. {because}".strip())
        trail.record(Verb.TASK_CANCELLED, by=by, target=f"task:{task.pk}", reason=task.case.reference)
        if was_open and address_of(task):
            emails.task(task, "cancelled", to=address_of(task))
    return True


def open_tasks(case: Case) -> Any:
    """The searches that are still open."""
    return case.tasks.filter(state=Task.State.WAITING).select_related("assignee")


def obstacles(case: Case, package: Package | None) -> list[str]:
    """What the searches put in the way of a release, as sentences with names; empty when nothing."""
    found = []
    waiting = [f"{task.title} ({name_of(task)})" for task in open_tasks(case)]
    if waiting:
        found.append(
            f"Searches are still open: {', '.join(waiting)}. Wait for the answers, or cancel them with a reason that "
            "the person reads."
        )
    elif package is not None and is_out_of_date(case, package):
        found.append("What colleagues found is not in this copy yet. Collect again.")
    return found


def is_out_of_date(case: Case, package: Package) -> bool:
    """Whether a search was answered, corrected or cancelled after the package was asked for."""
    now = Case.objects.values_list("tasks_version", flat=True).get(pk=case.pk)
    return bool(package.tasks_version != now)
