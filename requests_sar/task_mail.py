"""Whom a search is asked of, and writing to them: a member of staff, or somebody who gets a link of their own."""

from __future__ import annotations

from requests_sar import emails, task_links
from requests_sar.models import Task


def address_of(task: Task) -> str:
    """Where mail about the task goes; empty when the member of staff has left."""
    if task.assignee is not None:
        return task.assignee.email if task.assignee.is_active else ""
    return task.email


def name_of(task: Task) -> str:
    """Who is asked, as staff are told."""
    return task.assignee.get_short_name() if task.assignee else task.email or "Nobody"


def tell(task: Task, kind: str) -> None:
    """Write to whoever is asked; somebody without an account gets a link of their own."""
    to = address_of(task)
    if to:
        emails.task(task, kind, to=to, token="" if task.assignee_id else task_links.make(task))
