"""Holds: placing and releasing them, and asking what stands against disposing of a record.

DPA 2018 s 173 makes it an offence to alter or erase data in order to prevent their disclosure; so accepting a
request places a hold on the person's data, and ending the case releases it. What is placed for a legal claim is in
`retention.legal`.

Nothing slips in between a look and a deletion: a transaction that disposes of records calls `stand_still` first, and
whoever places a hold or a pause waits until it has ended. A hold never changes when a record's time is over; it is
asked again each time, so what it held goes with the next run after it was released.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models import Case, Exists, F, Func, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from portal.register import store
from portal.register.facts import Standing, WhenAsked
from retention.models import Hold, Reason
from subjects import datamap
from subjects.datamap import Dataset
from subjects.models import Account, Restriction, Subject

OF_CASES = (Hold.Kind.REQUEST, Hold.Kind.COMPLAINT)


# --- placing and releasing ----------------------------------------------------------------------------------


def place(*, subject: Subject, kind: Hold.Kind, reference: str, by: Any) -> Hold:
    """Hold all data of one person; placing the same hold twice gives the one that stands."""
    with transaction.atomic():
        Subject.objects.select_for_update().get(pk=subject.pk)
        hold, new = Hold.objects.get_or_create(
            subject=subject,
            kind=kind,
            reference=reference,
            released_at=None,
            defaults={"placed_at": timezone.now(), "placed_by": trail.actor(by)},
        )
        if new:
            trail.record(Verb.HOLD_PLACED, by=by, target=f"hold:{hold.pk}", reason=reference)
    return hold


def release(*, reference: str, by: Any, but: Collection[UUID] = ()) -> int:
    """Release every hold that stands for this case, except on these people; returns how many stood."""
    standing = Hold.objects.filter(reference=reference, kind__in=OF_CASES, released_at=None)
    return end(standing.exclude(subject__in=but), by)


def end(holds: QuerySet[Hold], by: Any, *, why: str = "") -> int:
    """Release these holds, as far as they stand; returns how many did."""
    with transaction.atomic():
        standing = list(holds.filter(released_at=None).select_for_update())
        ended = {"released_at": timezone.now(), "released_by": trail.actor(by), "why_released": why}
        Hold.objects.filter(pk__in=[each.pk for each in standing]).update(**ended)
        if standing:
            told = [(Verb.HOLD_RELEASED, f"hold:{each.pk}", _code(each)) for each in standing]
            trail.record_many(told, by=by)
    return len(standing)


def _code(hold: Hold) -> str:
    """What the trail says: the case; of a legal claim, whose short name somebody typed, only that it was one."""
    return hold.reference if hold.kind in OF_CASES else str(hold.kind)


# --- asking about one person -------------------------------------------------------------------------------


def other_request(subject: Subject, reference: str) -> Hold | None:
    """A request or complaint other than `reference` that is still to be answered from the person's data."""
    standing = Hold.objects.filter(subject=subject, kind__in=OF_CASES, released_at=None)
    return standing.exclude(reference=reference).order_by("placed_at").first()


def legal(subject: Subject) -> QuerySet[Hold]:
    """Holds for legal claims that reach this person: their own, their account's, and those of everybody."""
    whose = Q(subject=subject) | Q(subject=None, account=None)
    if subject.account_id:
        whose |= Q(account=subject.account_id)
    return Hold.objects.filter(whose, kind=Hold.Kind.LEGAL, released_at=None)


# --- asking about records of a kind, in the database -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Against:
    """Why records of a kind may not be disposed of now, and which: any of `ways`, conditions on the kind's model."""

    reason: Reason
    ways: tuple[Any, ...]  # each an Exists, a Case or a Q

    @property
    def rows(self) -> Q:
        """All of these records."""
        found = Q()
        for way in self.ways:
            found |= Q(way)
        return found


def standing(dataset: Dataset, *, but: str = "") -> tuple[Against, ...]:
    """What stands against disposing of records of this kind, the weightiest first: a record is held for the first.

    For filters on `dataset.model_class`, in Python or compiled to SQL; every condition is true or false and never null,
    whatever the record points to. What nobody has placed is left out (one small query): the database plans well for
    few conditions and badly for many. So ask at the time of use, and under `stand_still` where it has to be exact.
    `but`: reference of the case that the disposal is for, whose own hold does not stand in its way. Sources: law.md 4
    ("must skip, with a recorded reason"); DPA 2018 s 173 (requests); UK GDPR Articles 17(3)(e) (claims) and 18(2)
    (restriction).

    - HELD: a hold for a legal claim on the person, their account, or this kind of everybody's data, within its dates.
    - PAUSED: a restriction of everything, this kind, or this record.
    - REQUEST, COMPLAINT: a request or complaint of the person that is not answered yet.
    - OWED: something is to be paid on their account. Not for kinds that go as soon as somebody asks: no debt needs
      them. An unpaid invoice alone is no debt here; the balance is what the books say.
    """
    there = _there(dataset, but)
    found = [
        Against(Reason.HELD, _claims(dataset, there)),
        Against(Reason.PAUSED, _paused(dataset, there)),
    ]
    for kind, reason in ((Hold.Kind.REQUEST, Reason.REQUEST), (Hold.Kind.COMPLAINT, Reason.COMPLAINT)):
        if str(kind) in there:
            found.append(Against(reason, (Exists(_of_case(kind, but).filter(**_link(dataset))),)))
    if debts_hold(dataset):
        found.append(Against(Reason.OWED, (_debt(dataset),)))
    return tuple(against for against in found if against.ways)


def _there(dataset: Dataset, but: str) -> set[str]:
    """Which sorts of holds and pauses stand now that could reach records of this kind."""
    names, sql, params = _question(dataset.key, but)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        answers = cursor.fetchone()
    return {name for name, is_there in zip(names, answers, strict=True) if is_there}


@functools.lru_cache(maxsize=128)  # every batch asks, and to write it out takes longer than to answer it
def _question(kind: str, but: str) -> tuple[tuple[str, ...], str, tuple[Any, ...]]:
    dataset = datamap.get(kind)
    claims = _legal(dataset)
    sorts: dict[str, QuerySet[Any]] = {
        "person": claims.filter(subject__isnull=False),
        "account": claims.filter(account__isnull=False),
        "everybody": claims.filter(subject=None, account=None),
        "range": claims.exclude(since=None, until=None),
        **{str(kind): _of_case(kind, but) for kind in OF_CASES},
        **{
            str(scope): Restriction.objects.filter(q, lifted_at=None) for scope, q in _scopes(dataset).items()
        },
    }
    parts = [rows.order_by().values(_one=Value(1)).query.sql_with_params() for rows in sorts.values()]
    exists = ", ".join(f"EXISTS ({sql})" for sql, _ in parts)
    return tuple(sorts), f"SELECT {exists}", tuple(each for _, params in parts for each in params)


def free(rows: QuerySet[Any], dataset: Dataset, *, but: str = "") -> QuerySet[Any]:
    """Those of the records that nothing stands against. Each condition is a NOT EXISTS of its own (an anti-join)."""
    for against in standing(dataset, but=but):
        for way in against.ways:
            rows = rows.filter(~way)
    return rows


def why(dataset: Dataset, *, but: str = "", only: tuple[Reason, ...] = ()) -> Case:
    """An annotation for records of the kind: the code of the reason why each is held, "" where none is."""
    against = [each for each in standing(dataset, but=but) if not only or each.reason in only]
    return Case(
        *(When(each.rows, then=Value(str(each.reason))) for each in against),
        default=Value(""),
        output_field=models.CharField(),
    )


def stand_still() -> None:
    """From now to the end of the transaction nobody places or releases a hold or a pause; several disposals may.

    A table lock that conflicts with writers and not with itself. Take it before the rows that are disposed of, and
    take those with SKIP LOCKED: whoever places a hold may have one of them locked already.
    """
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in (Hold, Restriction))
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {tables} IN SHARE MODE")


def debts_hold(dataset: Dataset) -> bool:
    """Whether records of this kind stay as long as something is owed."""
    rule = store.current().retention_for(dataset.category, standing=Standing.CUSTOMER)
    return (dataset.ending.when_asked or rule.when_asked) is not WhenAsked.GOES


def _legal(dataset: Dataset) -> QuerySet[Hold]:
    """Standing holds for claims that reach this kind of data."""
    kinds = Q(datasets=[]) | Q(datasets__contains=[dataset.key])
    return Hold.objects.filter(kinds, kind=Hold.Kind.LEGAL, released_at=None)


def _of_case(kind: Hold.Kind, but: str) -> QuerySet[Hold]:
    open_now = Hold.objects.filter(kind=kind, released_at=None)
    return open_now.exclude(reference=but) if but else open_now


def _claims(dataset: Dataset, there: Collection[str]) -> tuple[Any, ...]:
    held = _legal(dataset)
    if "range" in there:
        held = held.filter(_in_range(dataset))
    ways: list[Any] = []
    if "person" in there:
        ways.append(Exists(held.filter(**_link(dataset))))
    if "account" in there:
        ways += [Exists(held.filter(**way)) for way in _accounts(dataset)]
    if "everybody" in there:
        # As a value, not as a join: without a column to join by the database takes it to leave nothing over.
        everybody = Exists(held.filter(subject=None, account=None))
        ways.append(Case(When(everybody, then=Value(True)), default=Value(False)))
    return tuple(ways)


def _scopes(dataset: Dataset) -> Mapping[Restriction.Scope, Q]:
    """The scopes of a pause that reach disposal, and which pauses of that scope name this kind."""
    mine = Q(kinds__contains=[dataset.key])
    return {
        Restriction.Scope.EVERYTHING: Q(scope=Restriction.Scope.EVERYTHING),
        Restriction.Scope.KINDS: Q(mine, scope=Restriction.Scope.KINDS),
        Restriction.Scope.RECORD: Q(mine, scope=Restriction.Scope.RECORD),
    }


def _paused(dataset: Dataset, there: Collection[str]) -> tuple[Exists, ...]:
    """Standing restrictions that reach disposal (as `subjects.restriction.reaches` says), one way for each scope."""
    found = []
    for scope, pauses in _scopes(dataset).items():
        if str(scope) in there:
            rows = Restriction.objects.filter(pauses, lifted_at=None, **_link(dataset))
            if scope is Restriction.Scope.RECORD:
                rows = rows.filter(record=Cast(OuterRef("pk"), models.CharField()))
            found.append(Exists(rows))
    return tuple(found)


def _debt(dataset: Dataset) -> Exists | Q:
    if dataset.model_class is Account:
        return Q(balance__gt=0)
    return Exists(Subject.objects.filter(pk=OuterRef(dataset.subject_path), account__balance__gt=0))


def _shared(dataset: Dataset) -> Any:
    """The link back from the record to its people, where it may have several (an account); None where it has one."""
    if dataset.subject_path == "pk":
        return None
    field = dataset.model_class._meta.get_field(dataset.subject_path.split("__")[0])
    return getattr(field, "remote_field", None) if field.one_to_many else None


def _link(dataset: Dataset) -> dict[str, Any]:
    """From a hold or a restriction to the records of the person it is on."""
    back = _shared(dataset)
    if back is not None:
        return {f"subject__{back.name}": OuterRef("pk")}
    return {"subject": OuterRef(dataset.subject_path)}


def _accounts(dataset: Dataset) -> list[dict[str, Any]]:
    """From a hold on an account to its records: those of its people, and those that name the account themselves."""
    if dataset.model_class is Account:
        return [{"account": OuterRef("pk")}]
    fields = dataset.model_class._meta.concrete_fields
    own = [{"account": OuterRef(each.name)} for each in fields if each.related_model is Account]
    return (
        own if dataset.subject_path == "pk" else [{"account__subjects": OuterRef(dataset.subject_path)}, *own]
    )


def _in_range(dataset: Dataset) -> Q:
    """One of the record's dates lies in the hold's range. A record without a date, or of a kind without, is held."""
    if not dataset.trigger:
        return Q()
    first, *more = [_uk_day(dataset, path) for path in (dataset.trigger, *dataset.ending.later)]
    found = _between(Coalesce(first, *more, F("since")), Coalesce(first, *more, F("until")))
    for date in more:
        found |= _between(date, date)
    return found


def _between(since: Any, until: Any) -> Q:
    return (Q(since=None) | Q(since__lte=since)) & (Q(until=None) | Q(until__gte=until))


def _uk_day(dataset: Dataset, path: str) -> Any:
    """The date as a UK calendar day."""
    if not dataset.is_moment(path):
        return OuterRef(path)
    return Func(
        OuterRef(path),
        template="(%(expressions)s AT TIME ZONE 'Europe/London')::date",
        output_field=models.DateField(),
    )
