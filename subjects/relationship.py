"""When a relationship with a person ended: what the retention of contact and account details counts from.

Written once, as expressions of the database: `of` asks them about one person, a run asks them about everybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, DateField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from subjects.models import (
    Email,
    Invoice,
    Order,
    Payment,
    RemoteSession,
    Subject,
    Subscription,
    SupportCall,
    TextMessage,
)


@dataclass(frozen=True, slots=True)
class Relationship:
    """`has_bought`: ever a customer, not somebody who only asked. `ended_on`: the UK day, None while it lasts.
    `running`: a contract is running or something is owed. `owes`: the account has a balance.
    """

    has_bought: bool
    ended_on: dt.date | None
    running: bool = False
    owes: bool = False


def of(subject: Subject) -> Relationship:
    """The relationship with one person, in one query."""
    terms = expressions(today=timezone.localdate())
    found = Subject.objects.filter(pk=subject.pk).values(**terms)[0]
    lasts = bool(found["lasts"])
    return Relationship(
        has_bought=found["has_bought"],
        ended_on=found["ended_on"],
        running=lasts and found["has_bought"],
        owes=bool(found["owes"]),
    )


def expressions(*, today: dt.date, person: str = "") -> Mapping[str, Any]:
    """Annotations: `lasts`, `has_bought`, `owes` (each true or false) and `ended_on` (a UK day, null while it lasts).

    `today`: a UK date. `person`: lookup from the model to the Subject ("subject", "case__subject"); empty for Subject.

    It lasts while the account is open, a subscription runs or a balance is owed. Then it ended on the latest of:
    account closed, last subscription ended, last purchase, last payment record, last support contact; for somebody
    who never bought the same comes down to the last contact (law.md 4). What we write to people is no contact of
    theirs: our own mailings would keep their details for ever. Where nothing is dated, the day they signed up counts,
    or else the day we learned of them: nobody is kept for ever because a date is lacking.
    """
    key = OuterRef(person or "pk")
    account = f"{person}__account" if person else "account"
    of_person = {"subject": key}
    has_account = Q(**{f"{account}__isnull": False})
    not_closed = Q(**{f"{account}__closed_on": None}) | Q(**{f"{account}__closed_on__gte": today})
    owes = has_account & Q(**{f"{account}__balance__gt": 0})
    runs = Subscription.objects.filter(Q(ended_on=None) | Q(ended_on__gte=today), **of_person)
    lasts = (has_account & not_closed) | owes | Q(Exists(runs))
    bought = (Invoice, Order, Subscription, Payment)
    has_bought = Q()
    for model in bought:
        has_bought |= Q(Exists(model._default_manager.filter(**of_person)))
    return {
        "lasts": _flag(lasts),
        "has_bought": _flag(has_bought),
        "owes": _flag(owes),
        "ended_on": Case(
            When(lasts, then=Value(None, output_field=DateField())),
            default=_latest_of(of_person, account, person),
            output_field=DateField(),
        ),
    }


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False))


def _latest_of(of_person: Mapping[str, Any], account: str, person: str) -> Any:
    theirs = ~Q(direction="outbound")
    dates = [
        F(f"{account}__closed_on"),
        _latest(Subscription.objects.filter(**of_person), "ended_on"),
        _latest(Order.objects.filter(**of_person), "ordered_on"),
        _latest(Order.objects.filter(**of_person), "delivered_on"),
        _latest(Invoice.objects.filter(**of_person), "issued_on"),
        _latest(Invoice.objects.filter(**of_person), "paid_on"),
        _latest(Payment.objects.filter(**of_person), "paid_on"),
        _uk_day(_latest(SupportCall.objects.filter(**of_person), "started_at")),
        _uk_day(_latest(RemoteSession.objects.filter(**of_person), "started_at")),
        _uk_day(_latest(Email.objects.filter(theirs, **of_person), "sent_at")),
        _uk_day(_latest(TextMessage.objects.filter(theirs, **of_person), "sent_at")),
    ]
    own = f"{person}__" if person else ""
    return Coalesce(Greatest(*dates), F(f"{own}signed_up_on"), _uk_day(F(f"{own}created_at")))


def _latest(rows: QuerySet[Any], field: str) -> Subquery:
    dated = rows.exclude(**{field: None}).order_by(f"-{field}")
    return Subquery(dated.values(field)[:1])


def _uk_day(moment: Any) -> Func:
    return Func(
        moment, template="(%(expressions)s AT TIME ZONE 'Europe/London')::date", output_field=DateField()
    )
