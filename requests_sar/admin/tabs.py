"""What the queue asks of the database: its tabs, its order, and what each row needs to say what comes next.

A tab is one condition; the same condition counts it and lists it, so the number on a tab is the number of rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from portal.register import store
from requests_sar import conditions, urgency
from requests_sar.admin import capped
from requests_sar.clockwork import CHASE_DAYS
from requests_sar.conditions import due_soon, late, running, stopped, to_acknowledge
from requests_sar.models import Case, Objection, Package, Task
from requests_sar.rights import COPIES
from requests_sar.workflow import OPEN, State
from retention.models import Disposal

GONE = (Package.State.STOPPED, Package.State.DESTROYED)


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of the queue. `empty` is what it says when it has no rows."""

    key: str
    title: str
    condition: Callable[[dt.date], Q]
    empty: str


def replied(today: dt.date) -> Q:
    """The customer wrote last."""
    return Q(customer_wrote_at__isnull=False)


def silent(today: dt.date) -> Q:
    """We have waited so long that somebody should chase, or decide."""
    return stopped() & Q(stopped_on__lte=today - dt.timedelta(days=CHASE_DAYS))


def releasable(today: dt.date) -> Q:
    """Everything that a release needs is there; a late one still needs its reason."""
    return conditions.reviewed() & Q(current_copy__isnull=False) & Q(searching=False)


def needs_action(today: dt.date) -> Q:
    """Somebody here has to do something now."""
    # The database asks in the order of these `&` and `|`, so few rows need the questions about packages.
    idle = Q(state=State.COLLECTING) & Q(copy_at_work__isnull=True) & Q(ready_copy__isnull=True)
    ours = Q(state__in=[State.RECEIVED, State.TRIAGE, State.REVIEW]) & ~stopped()
    locked = Package.objects.filter(locked_at__isnull=False, case__isnull=False).exclude(state__in=GONE)
    failed = Disposal.objects.filter(state=Disposal.State.FAILED)
    stopped_work = Q(state=State.APPLYING) & Q(reference__in=failed.values("reference"))
    return ours | stopped_work | replied(today) | silent(today) | idle | Q(pk__in=locked.values("case"))


TABS = (
    Tab("action", "Needs action", needs_action, "Nothing needs you today."),
    Tab("open", "Open", lambda today: Q(state__in=OPEN), "No request is open."),
    Tab("soon", "Due in 7 days", due_soon, "Nothing is due in the next seven days."),
    Tab(
        "waiting",
        "Waiting for customer",
        lambda today: conditions.waiting(),
        "We are not waiting for any customer.",
    ),
    Tab("replied", "Customer replied", replied, "No customer is waiting for an answer to a message."),
    Tab("ready", "Ready to release", releasable, "No reviewed copy is waiting to be released."),
    Tab("late", "Late", late, "Nothing is late."),
    Tab(
        "complaints",
        "Complaints to acknowledge",
        lambda today: to_acknowledge(),
        "No complaint waits for an acknowledgement.",
    ),
    Tab("closed", "Closed", lambda today: conditions.ended(), "No request has ended yet."),
    Tab(
        "all",
        "All",
        lambda today: Q(),
        "There are no requests yet. They appear here the moment a customer sends one.",
    ),
)
BY_KEY = {tab.key: tab for tab in TABS}


def _package(**conditions: object) -> Exists:
    alive = Package.objects.filter(case=OuterRef("pk")).exclude(state__in=GONE)
    return Exists(alive.filter(**conditions))


def _absolute() -> list[str]:
    """The uses whose objection nobody weighs."""
    return [each.key for each in store.current().functions if each.is_marketing]


def askable(cases: QuerySet[Case]) -> QuerySet[Case]:
    """The cases with what the conditions of the tabs ask of their packages and searches, and nothing to show."""
    alive = Package.objects.filter(case=OuterRef("pk")).exclude(state__in=GONE).order_by()
    # One row at a time is looked up, and only for cases that get so far. (An EXISTS would be worked out for every
    # package that there is, because the database thinks of all cases before it thinks of the limit.)
    at_work = alive.filter(state__in=[Package.State.QUEUED, Package.State.RUNNING])
    ready = alive.filter(state=Package.State.READY, expires_at__gt=timezone.now())
    return cases.alias(
        copy_at_work=Subquery(at_work.values("case")[:1]),
        ready_copy=Subquery(ready.values("case")[:1]),
        current_copy=Subquery(ready.filter(tasks_version=OuterRef("tasks_version")).values("case")[:1]),
        searching=Exists(Task.objects.filter(case=OuterRef("pk"), state=Task.State.WAITING)),
    )


def with_work(cases: QuerySet[Case]) -> QuerySet[Case]:
    """The cases with what each row needs to say what comes next, in the same query."""
    current = Package.objects.filter(case=OuterRef("pk")).exclude(state__in=GONE).order_by("-created_at")
    copies = Case.objects.filter(right__in=COPIES, state__in=OPEN).exclude(pk=OuterRef("pk"))
    disposals = Disposal.objects.filter(reference=OuterRef("reference"))
    return askable(cases).annotate(
        copy_waits=Exists(copies.filter(subject=OuterRef("subject")))
        | Exists(copies.filter(group=OuterRef("group"))),
        erasure_failed=Exists(disposals.filter(state=Disposal.State.FAILED)),
        files_ready=_package(state=Package.State.READY, expires_at__gt=timezone.now()),
        copy_current=_package(tasks_version=OuterRef("tasks_version")),
        searching=F("searching"),
        package_failed=_package(state=Package.State.FAILED),
        at_work=_package(state__in=[Package.State.QUEUED, Package.State.RUNNING]),
        locked=_package(locked_at__isnull=False),
        work_done=Subquery(current.values("rows_done")[:1]),
        work_total=Subquery(current.values("rows_total")[:1]),
        objects_to_something=Exists(Objection.objects.filter(case=OuterRef("pk"))),
        weighs_something=Exists(
            Objection.objects.filter(case=OuterRef("pk")).exclude(purpose__in=_absolute())
        ),
        files_until=Subquery(current.filter(state=Package.State.READY).values("expires_at")[:1]),
    )


def note_work(case: Case) -> None:
    """Put on one case what `with_work` puts on each of a list; only the page that says what comes next asks for it."""
    found = with_work(Case.objects.filter(pk=case.pk))
    for facts in found.values(*found.query.annotation_select):
        for name, fact in facts.items():
            setattr(case, name, fact)


def counts(today: dt.date) -> dict[str, int]:
    """How many rows each tab has, as `capped.numbers` counts, in one query."""
    cases = askable(Case.objects.all())
    return capped.numbers({tab.key: cases.filter(tab.condition(today)) for tab in TABS})


def counts_of(
    cases: QuerySet[Case], today: dt.date, current: Tab
) -> tuple[dict[str, int], list[UUID] | None]:
    """The same for a narrower list of cases, in two queries; and the keys of the list, if they are few.

    A long list (a common name, all letters of ten years) is not gone through for every tab: then there is a number
    for the current tab and for all of them only, and the other tabs have none.
    """
    few = capped.first(cases)
    if not few:
        return dict.fromkeys(BY_KEY, 0), few
    found = {"all": len(few)}
    if len(few) <= capped.COUNTED:
        all_ = askable(Case.objects.all())
        each = {tab.key: all_.filter(tab.condition(today)) for tab in TABS if tab.key != "all"}
        return found | capped.numbers(each, few=few), few
    if current.key != "all":
        found |= capped.numbers({current.key: cases.filter(current.condition(today))})
    return found, None


def next_due(today: dt.date) -> Case | None:
    """The open request that is due next."""
    return Case.objects.filter(running()).order_by(*urgency.ORDER).first()
