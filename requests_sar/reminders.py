"""What the beat says every morning: dates that come near, dates that are over, customers who are silent.

Idempotent: a row remembers each reminder, so a round may run twice, late, or on two machines. Nothing here closes or
moves a case.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from portal.accounts.models import Role, User
from requests_sar import again, casework, chasers, clockwork, emails, task_mail
from requests_sar.models import Case, ClockState, Digest, Erasure, Reminder
from requests_sar.rights import Right
from requests_sar.workflow import OPEN
from retention import legal
from retention.models import Hold

log = logging.getLogger(__name__)
SOON = 7  # days
MOST = 500  # holds of one round; the next takes the others
MOST_NAMED = 50  # late requests that a digest names
LIVE = Q(state__in=OPEN, answered_at=None)


def run(today: dt.date | None = None) -> int:
    """Send everything that is due today and was not sent yet. Returns how many reminders went."""
    today = today or timezone.localdate()
    sent = (
        sum(_dates(today))
        + sum(_silence(today))
        + sum(_holds(today))
        + sum(_erasures(today))
        + chasers.run(today)
    )
    return sent + _digest(today)


def _once(case: Case, kind: str, about_on: dt.date) -> bool:
    """Write the reminder down; False when it is there already. Inside the caller's transaction."""
    try:
        with transaction.atomic():
            Reminder.objects.create(case=case, kind=kind, about_on=about_on, at=timezone.now())
    except IntegrityError:
        return False
    return True


# --- dates, to whoever works on the case ---------------------------------------------------------------------


def _kind(due: dt.date, today: dt.date) -> str:
    if due < today:
        return Reminder.Kind.OVERDUE
    return Reminder.Kind.TOMORROW if due <= today + dt.timedelta(days=1) else Reminder.Kind.SOON


def _dates(today: dt.date) -> list[bool]:
    near = Case.objects.filter(LIVE, due_on__lte=today + dt.timedelta(days=SOON)).select_related("owner")
    return [_remind_of_date(case, today) for case in near.order_by("due_on", "reference")]


def _remind_of_date(case: Case, today: dt.date) -> bool:
    assert case.due_on is not None
    kind = _kind(case.due_on, today)
    with transaction.atomic():
        if not _once(case, kind, case.due_on):
            return False
        for address in _addresses(case.owner):
            emails.for_officer(case, kind, address)
    return True


def _addresses(owner: User | None) -> list[str]:
    """The owner; the officers when nobody owns it or the owner has left."""
    return [owner.email] if owner and owner.is_active else officers()


def officers() -> list[str]:
    """The addresses of the data protection officers."""
    return list(
        User.objects.filter(role=Role.DPO, is_active=True).order_by("pk").values_list("email", flat=True)
    )


# --- silence, to the customer ----------------------------------------------------------------------------------


def _silence(today: dt.date) -> list[bool]:
    since = today - dt.timedelta(days=clockwork.SILENT_DAYS)
    silent = Case.objects.filter(LIVE, stopped_on__lte=since).exclude(clock=ClockState.RUNNING)
    return [_remind_customer(case) for case in silent.order_by("stopped_on", "reference")]


def _remind_customer(case: Case) -> bool:
    assert case.stopped_on is not None
    need = case.needs.filter(came_on=None).first() if case.clock == ClockState.WAITING else None
    with transaction.atomic():
        if not case.requester_email or not _once(case, Reminder.Kind.SILENT, case.stopped_on):
            return False
        casework.note(case, "reminded", by=None)
        emails.still_waiting(case, need.kind if need else "question")
    return True


# --- holds whose day has come, to whoever looks after them -----------------------------------------------------


def _holds(today: dt.date) -> list[bool]:
    return [
        _remind_of_hold(hold) for hold in legal.to_review(today).exclude(reminded_of=F("review_on"))[:MOST]
    ]


def _remind_of_hold(hold: Hold) -> bool:
    """Once for each day that somebody chose."""
    with transaction.atomic():
        same = Hold.objects.filter(pk=hold.pk, review_on=hold.review_on, released_at=None)
        if not same.exclude(reminded_of=hold.review_on).update(reminded_of=hold.review_on):
            return False
        for address in _addresses(hold.owner):
            emails.hold_due(hold, address)
    return True


# --- erasures that kept a part, to whoever works on them ---------------------------------------------------------


def _erasures(today: dt.date) -> list[bool]:
    return [_remind_of_erasure(erasure) for erasure in again.erasures(today)[:MOST]]


def _remind_of_erasure(erasure: Erasure) -> bool:
    """Once for each day that somebody chose (S41)."""
    assert erasure.follow_up_on is not None
    with transaction.atomic():
        if not _once(erasure.case, Reminder.Kind.AGAIN, erasure.follow_up_on):
            return False
        for address in _addresses(erasure.case.owner):
            emails.for_officer(erasure.case, Reminder.Kind.AGAIN, address)
    return True


# --- the officers' list of the day ---------------------------------------------------------------------------


def _digest(today: dt.date) -> int:
    """One list a day for each officer; none when no request is open and nothing else waits for a look."""
    cases = Case.objects.filter(LIVE)
    late = cases.filter(due_on__lt=today).order_by("due_on", "reference")
    stopped = cases.exclude(clock=ClockState.RUNNING)
    soon = cases.filter(due_on__gte=today, due_on__lte=today + dt.timedelta(days=SOON))
    silent = stopped.filter(stopped_on__lte=today - dt.timedelta(days=clockwork.CHASE_DAYS))
    beside = [
        ("Pauses: still needed?", again.pauses().count()),
        ("Erasures to look at again", again.erasures(today).count()),
        ("Legal holds: still needed?", legal.to_review(today).count()),
    ]
    lines = [
        ("Open", cases.count()),
        ("Due in 7 days", soon.count()),
        ("Late", late.count()),
        ("Paused or not started", stopped.count()),
        (f"No answer for {clockwork.CHASE_DAYS} days", silent.count()),
        (
            "Complaints to confirm",
            cases.filter(right=Right.COMPLAINT, complaint__acknowledged_at=None).count(),
        ),
        ("Messages to answer", cases.filter(customer_wrote_at__isnull=False).count()),
        ("Searches by colleagues that are open", chasers.open_now().count()),
        *beside,
    ]
    unanswered = [(task.case.reference, task_mail.name_of(task)) for task in chasers.given_up(today)]
    if not lines[0][1] and not any(number for _, number in beside):
        return 0
    try:
        with transaction.atomic():
            Digest.objects.create(on=today, at=timezone.now())
            to = officers()
            for address in to:
                emails.digest(address, lines, list(late[:MOST_NAMED]), unanswered[:MOST_NAMED])
    except IntegrityError:
        return 0
    log.info("the list of the day went to %d officers", len(to))
    return len(to)
