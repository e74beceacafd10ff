"""When a relationship with a person ended: what the retention of contact and account details counts from.

Written once, as expressions of the database: `of` asks them about one person, a run asks them about everybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import (
    Case,
    DateField,
    Exists,
    F,
    Func,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from subjects.datamap import LONDON
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

BOUGHT = (Invoice, Order, Subscription, Payment)
_SAYS: Mapping[Any, tuple[str, ...]] = {  # the dates that say until when a relationship went on
    Subscription: ("ended_on",),
    Order: ("ordered_on", "delivered_on"),
    Invoice: ("issued_on", "paid_on"),
    Payment: ("paid_on",),
    SupportCall: ("started_at",),
    RemoteSession: ("started_at",),
    Email: ("sent_at",),
    TextMessage: ("sent_at",),
}
_MOMENTS = frozenset({"started_at", "sent_at"})
_WRITTEN = frozenset({Email, TextMessage})
_THEIRS = ~Q(direction="outbound")


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
    of_person = {"subject": OuterRef(person or "pk")}
    account = f"{person}__account" if person else "account"
    has_account = Q(**{f"{account}__isnull": False})
    not_closed = Q(**{f"{account}__closed_on": None}) | Q(**{f"{account}__closed_on__gte": today})
    owes = has_account & Q(**{f"{account}__balance__gt": 0})
    lasts = (has_account & not_closed) | owes | Q(Exists(_runs(of_person, today)))
    return {
        "lasts": _flag(lasts),
        "has_bought": _flag(has_bought(person=person)),
        "owes": _flag(owes),
        "ended_on": Case(
            When(lasts, then=Value(None, output_field=DateField())),
            default=_latest_of(of_person, account, person),
            output_field=DateField(),
        ),
    }


def has_bought(*, person: str = "") -> Q:
    """The condition that somebody was ever a customer. `person` as for `expressions`."""
    of_person = {"subject": OuterRef(person or "pk")}
    found = Q(**{f"{_own(person)}was_customer": True})
    for model in BOUGHT:
        found |= Q(Exists(model._default_manager.filter(**of_person)))
    return found


def ended_by(day: dt.date, *, today: dt.date, person: str = "") -> Q:
    """The condition that `ended_on` of `expressions` is not after `day`, a UK day before `today`.

    The same said as what there is not, kind by kind: whoever did something since is found by one look at an index, and
    nobody's latest day has to be worked out.
    """
    of_person = {"subject": OuterRef(person or "pk")}
    account = f"{person}__account" if person else "account"
    over = Q(**{f"{account}__closed_on__lt": today})
    over &= Q(**{f"{account}__balance__isnull": True}) | Q(**{f"{account}__balance__lte": 0})
    found = Q(**{f"{account}__isnull": True}) | over
    found &= none(_runs(of_person, today))
    dated = Q()
    for path in (f"{account}__closed_on", f"{_own(person)}known_until"):
        found &= Q(**{f"{path}__isnull": True}) | Q(**{f"{path}__lte": day})
        dated |= Q(**{f"{path}__isnull": False})
    for model, fields in _SAYS.items():
        rows = model._default_manager.filter(**of_person)
        if model in _WRITTEN:
            rows = rows.filter(_THEIRS)
        for (
            field
        ) in fields:  # one by one: there is an index on the first, and it answers for nearly everybody
            found &= none(rows.filter(**{f"{field}__gte": _after(field, day)}))
            dated |= Q(Exists(rows.filter(**{f"{field}__isnull": False})))
    return found & (Q(_known_since(person, day)) | dated)


def none(rows: QuerySet[Any]) -> Q:
    """There are no such rows, asked for one person at a time.

    A bare NOT EXISTS may become a join, and a planner that thinks most people are found at once then reads a whole
    table for each who is not (measured: minutes instead of a second). Inside a CASE it stays a look at an index.
    """
    return Q(_flag(~Q(Exists(rows))))


def _runs(of_person: Mapping[str, Any], today: dt.date) -> QuerySet[Subscription]:
    return Subscription.objects.filter(Q(ended_on=None) | Q(ended_on__gte=today), **of_person)


def _own(person: str) -> str:
    return f"{person}__" if person else ""


def _after(field: str, day: dt.date) -> dt.date:
    """The first day, or the first moment in the United Kingdom, that is after `day`."""
    after = day + dt.timedelta(days=1)
    return dt.datetime.combine(after, dt.time(), LONDON) if field in _MOMENTS else after


def _known_since(person: str, day: dt.date) -> LessThanOrEqual:
    return LessThanOrEqual(_first_known(person), Value(day, output_field=DateField()))


def _first_known(person: str) -> Coalesce:
    """The day they signed up, or else the day we learned of them."""
    return Coalesce(F(f"{_own(person)}signed_up_on"), _uk_day(F(f"{_own(person)}created_at")))


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False))


def remember(rows: QuerySet[Any]) -> None:
    """Keep what records say about the relationships they belong to, before they leave their people. One statement.

    A record may go years before its person's details, which are counted from the latest of all; without this they
    would go with the record. Records that say nothing about a relationship change nothing.
    """
    fields = _SAYS.get(rows.model)
    if fields is None:
        return
    days = [_uk_day(F(field)) if field in _MOMENTS else F(field) for field in fields]
    if rows.model in _WRITTEN:
        rows = rows.filter(_THEIRS)
    told = rows.filter(subject__isnull=False).order_by().values("subject_id")
    told = told.annotate(told=Max(Greatest(*days) if len(days) > 1 else days[0]))
    sql, params = told.query.sql_with_params()
    bought = rows.model in BOUGHT
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE subjects_subject AS person "  # noqa: S608 - the query is our own
            "SET known_until = greatest(known_until, told), was_customer = was_customer OR %s "
            f"FROM ({sql}) AS found (subject_id, told) WHERE person.id = found.subject_id "
            "AND (told > coalesce(known_until, '-infinity'::date) OR (%s AND NOT was_customer))",
            [bought, *params, bought],
        )


def _latest_of(of_person: Mapping[str, Any], account: str, person: str) -> Any:
    dates = [F(f"{account}__closed_on"), F(f"{_own(person)}known_until")]
    for model, fields in _SAYS.items():
        rows = model._default_manager.filter(**of_person)
        if model in _WRITTEN:
            rows = rows.filter(_THEIRS)
        for field in fields:
            day = _latest(rows, field)
            dates.append(_uk_day(day) if field in _MOMENTS else day)
    return Coalesce(Greatest(*dates), _first_known(person))


def _latest(rows: QuerySet[Any], field: str) -> Subquery:
    dated = rows.exclude(**{field: None}).order_by(f"-{field}")
    return Subquery(dated.values(field)[:1])


def _uk_day(moment: Any) -> Func:
    return Func(
        moment, template="(%(expressions)s AT TIME ZONE 'Europe/London')::date", output_field=DateField()
    )
