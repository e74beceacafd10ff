"""When a relationship with a person ended: what the retention of contact and account details counts from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from subjects.datamap import LONDON
from subjects.models import Invoice, Order, Payment, Subject, Subscription, SupportCall


@dataclass(frozen=True, slots=True)
class Relationship:
    """`has_bought`: ever a customer, not somebody who only asked. `ended_on`: the UK day, None while it lasts or where
    nothing is dated. `running`: a contract is running or something is owed. `owes`: the account has a balance.
    """

    has_bought: bool
    ended_on: dt.date | None
    running: bool = False
    owes: bool = False


def of(subject: Subject) -> Relationship:
    """The relationship with one person, in one query.

    It lasts while the account is open, a subscription runs or a balance is owed. It ended on the latest of: account
    closed, last subscription ended, last payment, last invoice, last support call.
    """
    found = Subject.objects.filter(pk=subject.pk).values(
        opened=Q(account__isnull=False) & (Q(account__closed_on=None) | Q(account__balance__gt=0)),
        running=Exists(Subscription.objects.filter(subject=OuterRef("pk"), ended_on=None)),
        bought=Exists(Invoice.objects.filter(subject=OuterRef("pk")))
        | Exists(Order.objects.filter(subject=OuterRef("pk")))
        | Exists(Subscription.objects.filter(subject=OuterRef("pk"))),
        owes=Q(account__isnull=False) & Q(account__balance__gt=0),
        account_closed=F("account__closed_on"),
        subscribed=_latest(Subscription.objects.all(), "ended_on"),
        paid=_latest(Payment.objects.all(), "paid_on"),
        invoiced=_latest(Invoice.objects.all(), "issued_on"),
        called=_latest(SupportCall.objects.all(), "started_at"),
    )[0]
    if found["opened"] or found["running"]:
        return Relationship(found["bought"], None, running=found["bought"], owes=bool(found["owes"]))
    called = found["called"].astimezone(LONDON).date() if found["called"] else None
    ends = [found["account_closed"], found["subscribed"], found["paid"], found["invoiced"], called]
    return Relationship(found["bought"], max((day for day in ends if day), default=None))


def _latest(rows: QuerySet, field: str) -> Subquery:
    return Subquery(
        rows.filter(subject=OuterRef("pk")).exclude(**{field: None}).order_by(f"-{field}").values(field)[:1]
    )
