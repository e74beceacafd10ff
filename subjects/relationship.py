"""When a relationship with a person ended: what the retention of contact and account details counts from."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max

from subjects.datamap import LONDON
from subjects.models import Subject


def has_bought(subject: Subject) -> bool:
    """Whether the person was ever a customer, as opposed to somebody who only asked."""
    return any(
        rows.exists() for rows in (subject.invoices.all(), subject.orders.all(), subject.subscriptions.all())
    )


def ended_on(subject: Subject) -> dt.date | None:
    """The UK day on which the relationship ended, or None while it lasts.

    It lasts while the account is open, a subscription runs or a balance is owed. It ended on the latest of: account
    closed, last subscription ended, last payment, last invoice, last support call.
    """
    account = subject.account
    if account and (account.closed_on is None or account.balance > 0):
        return None
    if subject.subscriptions.filter(ended_on=None).exists():
        return None
    ends = [
        account.closed_on if account else None,
        subject.subscriptions.aggregate(last=Max("ended_on"))["last"],
        subject.payments.aggregate(last=Max("paid_on"))["last"],
        subject.invoices.aggregate(last=Max("issued_on"))["last"],
    ]
    called = subject.supportcalls.aggregate(last=Max("started_at"))["last"]
    ends.append(called.astimezone(LONDON).date() if called else None)
    return max((day for day in ends if day), default=None)
