"""Asking colleagues to search: by the register, or several at once; giving to another; reminding."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.audit import trail
from portal.audit.trail import Verb
from portal.register import store
from requests_sar import casework, chasers, emails, task_links, task_rules
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Task, TaskLink
from requests_sar.services.colleagues.answering import ask_for_lost
from requests_sar.services.colleagues.ending import void_others
from requests_sar.services.colleagues.shared import BY_LINK, has_left, locked, must_wait, whom
from requests_sar.task_mail import address_of, tell

USUAL_DAYS = 7  # for a place that is not in the register
MOST = 50  # searches of one case that are open at once


@dataclass(frozen=True, slots=True)
class Search:
    """One search to ask for. `to`: a member of staff, an address, or nobody in particular (whoever has the case)."""

    title: str
    ask: str
    to: User | str = ""
    system: str = ""
    holds: str = ""
    days: int = USUAL_DAYS
    due_on: dt.date | None = None


def registered(right: str) -> list[Search]:
    """What the register says has to be searched by people when somebody uses this right."""
    return [
        Search(each.name, each.ask, each.owner_email, each.key, each.holds, each.days)
        for each in store.current().systems_for(right)
    ]


def ask_registered(case: Case, *, by: Any) -> list[Task]:
    """Ask for every registered search that was not asked for already. Inside the transaction that accepts the case."""
    void_others(case, by=by)
    ask_for_lost(case, by=by)
    asked = set(case.tasks.exclude(state=Task.State.CANCELLED).values_list("system", flat=True))
    return [
        _ask(case, search, by=by, key=uuid.uuid4())
        for search in registered(case.right)
        if search.system not in asked
    ]


def ask(*, case: Case, by: Any, searches: Sequence[Search], once: uuid.UUID) -> list[Task]:
    """Ask for several searches at once. The same `once` twice asks once. Returns those that were asked for now.

    Raises NotPossible when the case takes no more searches, or a date does not fit.
    """
    if not searches:
        raise NotPossible("Choose what should be searched, or write it down.")
    today = timezone.localdate()
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case.pk)
        if case.state not in task_links.SEARCHED_IN or case.subject is None:
            raise NotPossible("Searches can be asked for while the data are collected or reviewed.")
        for search in searches:
            if search.due_on and not task_rules.fits(search.due_on, today, case.due_on):
                raise NotPossible("The search must be due before the answer itself is, and not in the past.")
        if case.tasks.filter(state=Task.State.WAITING).count() + len(searches) > MOST:
            raise NotPossible(f"There can be {MOST} open searches at once. Wait for some, or cancel them.")
        keys = [uuid.uuid5(once, f"{s.system}|{s.title}|{getattr(s.to, 'pk', s.to)}") for s in searches]
        there = set(Task.objects.filter(pk__in=keys).values_list("pk", flat=True))
        fresh = {key: search for key, search in zip(keys, searches, strict=True) if key not in there}
        return [_ask(case, search, by=by, key=key) for key, search in fresh.items()]


def _ask(case: Case, search: Search, *, by: Any, key: uuid.UUID) -> Task:
    to: User | str = search.to
    if not to or has_left(to):  # nobody in particular, or somebody whom the register still names
        to = case.owner if case.owner and case.owner.is_active else by
    due = search.due_on or task_rules.due(timezone.localdate(), search.days, case.due_on)
    task = Task.objects.create(
        pk=key,
        case=case,
        subject=case.subject,
        system=search.system,
        title=search.title[:120],
        holds=search.holds[:300],
        ask=search.ask,
        due_on=due,
        made_at=timezone.now(),
        made_by=by,
        **whom(to),
    )
    casework.note(case, "task-asked", by=by, reason=task.title)
    trail.record(Verb.TASK_ASKED, by=by, target=f"task:{task.pk}", reason=case.reference)
    tell(task, "asked")
    return task


def give(*, task: Task, to: User | str, by: Any, seen: int | None = None) -> Task:
    """Give an open search to somebody else; both are told, and the links of the first stop working."""
    fields = whom(to)
    with transaction.atomic():
        task = locked(task, seen=seen)
        must_wait(task)
        if fields == {"assignee": task.assignee, "email": task.email}:
            raise NotPossible("They have this search already. Choose somebody else.")
        before = address_of(task)
        if before:
            emails.task(task, "given-away", to=before)
        task_links.end(task)
        task.assignee, task.email = fields["assignee"], fields["email"]
        task.version += 1
        task.save(update_fields=["assignee", "email", "version"])
        casework.note(task.case, "task-given", by=by, reason=task.title)
        trail.record(Verb.TASK_GIVEN, by=by, target=f"task:{task.pk}", reason=task.case.reference)
        tell(task, "asked")
    return task


def remind(*, tasks: Iterable[Task], by: Any) -> int:
    """Remind of open searches now, each at most once a day; returns how many reminders went."""
    today = timezone.localdate()
    return sum(
        chasers.chase(task.pk, "overdue" if task.due_on < today else "asked", by=by, today=today)
        for task in tasks
    )


def send_fresh_link(*, link: TaskLink) -> bool:
    """Another link to the address that this one went to, and nowhere else; whether one went."""
    with transaction.atomic():
        link.task = locked(link.task)
        if not task_links.may_send_fresh(link):
            return False
        trail.record(
            Verb.TASK_LINK, by=BY_LINK, target=f"task:{link.task_id}", reason=link.task.case.reference
        )
        emails.task(link.task, "fresh", to=link.to, token=task_links.make(link.task))
    return True
