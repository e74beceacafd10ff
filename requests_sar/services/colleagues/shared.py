"""What the verbs about searches share: the lock, who is asked, the mail, what a change means for the copy."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from portal.accounts import visits
from portal.accounts.models import User
from portal.accounts.powers import Power, may
from requests_sar.casework import NotPossible, Stale
from requests_sar.models import Case, Task

BY_LINK = "colleague"  # how the trail calls somebody without an account


def locked(task: Task, *, seen: int | None = None) -> Task:
    """The task as it is now, with its case locked first, as every act on a case does. Raises Stale."""
    case = Case.objects.select_for_update().get(pk=task.case_id)
    fresh = Task.objects.select_for_update(of=("self",)).select_related("assignee").get(pk=task.pk)
    fresh.case = case
    if seen is not None and seen != fresh.version:
        raise Stale
    return fresh


def must_wait(task: Task) -> None:
    if task.state != Task.State.WAITING:
        raise NotPossible(f"This search is {task.get_state_display().lower()} already.")


def ended(task: Task, state: Task.State) -> None:
    """Answered or cancelled now: what a copy says has changed."""
    now = timezone.now()
    Task.objects.filter(pk=task.pk).update(state=state, ended_at=now, version=F("version") + 1)
    task.refresh_from_db(fields=["state", "ended_at", "version"])
    changed(task.case)


def changed(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(tasks_version=F("tasks_version") + 1)


def has_left(to: User | str) -> bool:
    """Whether it is somebody whose account is shut: nothing about anybody goes there any more."""
    if not isinstance(to, str):
        return not to.is_active
    return User.objects.filter(email=visits.normalise(to), is_active=False).exists()


def whom(to: User | str) -> dict[str, Any]:
    """The fields for who is asked: an address of somebody with an account means that account.

    Raises NotPossible for somebody who has left.
    """
    if has_left(to):
        raise NotPossible("They have no account here any more. Choose somebody else.")
    if not isinstance(to, str):
        return {"assignee": to, "email": ""}
    address = visits.normalise(to)
    user = User.objects.filter(email=address, is_active=True).first()
    if user is not None and may(user, Power.ANSWER_TASKS):
        return {"assignee": user, "email": ""}
    return {"assignee": None, "email": address}


def visible(user: User) -> Q:
    """The tasks this member of staff may open: all for whoever works on cases, else their own."""
    return Q() if may(user, Power.WORK_CASES) else Q(assignee=user)
