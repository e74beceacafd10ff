"""What is due on a day, of everybody at once: for each kind of data the records whose time is over, as one query.

The rules are those of one person's plan (`retention.planning`): the same register, the same latest due date
(`schedule.last_due`), the same relationship (`subjects.relationship`), the same things that stand against it
(`holds.standing`). A test holds both against each other on random data. The queries serve the plan (INSERT ... SELECT),
its counts, and each batch, which asks them once more in the statement that does the work.
"""

from __future__ import annotations

import datetime as dt
import functools
import operator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from consent.models import Act, ConsentEvent, ConsentFlag
from portal.register import facts, store
from portal.register.facts import Standing, Trigger
from retention import holds, naming, planning, schedule
from retention.models import Action, Hold
from subjects import datamap, relationship
from subjects.datamap import LONDON, Dataset
from subjects.models import Account, Restriction, Subject
from subjects.models.records import Record

OF_PEOPLE = {Trigger.RELATIONSHIP_END, Trigger.LAST_CONTACT}


@dataclass(frozen=True, slots=True)
class Due:
    """Records of one kind, and of one standing of their people where the register has a rule for each."""

    dataset: Dataset
    standing: str  # "" where one rule is for everybody
    rule: facts.Retention
    action: Action
    rows: QuerySet[Any]  # those whose time is over, held or not


def of(dataset: Dataset, as_of: dt.date) -> list[Due]:
    """What is due of a kind on a UK day; one for each rule, none where nothing can be due yet.

    A name stays as long as records that have to name it, held ones too.
    """
    found = []
    for standing, rule in _rules(dataset):
        cutoff = schedule.last_due(as_of, rule, accounting_year_end=_year_end())
        if cutoff is not None:
            action = planning.ends_as(dataset, rule)
            rows = _over(present(dataset, action), dataset, standing, rule, _Day(as_of, cutoff))
            found.append(Due(dataset, standing, rule, action, rows))
    return found


def turn(dataset: Dataset) -> int:
    """When a kind has its turn in a run: agreements while the addresses are there for the codes that stay, then what
    counts from the end of a relationship while the records are there that say when it was, then the rest."""
    after = {rule.after for _, rule in _rules(dataset)}
    if Trigger.CONSENT_END in after:
        return 0
    return 1 if after & OF_PEOPLE else 2


def present(dataset: Dataset, action: Action) -> QuerySet[Any]:
    """The records of a kind that have not ended yet: what is deleted is gone, what is anonymous points at nobody."""
    rows = dataset.model_class._default_manager.filter(**dataset.only).order_by()
    return rows.filter(_present(dataset, action))


def _present(dataset: Dataset, action: Action) -> Q:
    if action is Action.DELETE:
        return Q()
    return Q(subject__isnull=False) if issubclass(dataset.model_class, Record) else _something_left(dataset)


@dataclass(frozen=True, slots=True)
class _Day:
    as_of: dt.date
    cutoff: dt.date  # the latest date to count from whose records may go


def _rules(dataset: Dataset) -> list[tuple[str, facts.Retention]]:
    register = store.current()
    each = {
        standing: register.retention_for(dataset.category, standing=standing)
        for standing in (Standing.CUSTOMER, Standing.ENQUIRER)
    }
    if each[Standing.CUSTOMER] == each[Standing.ENQUIRER]:
        return [("", each[Standing.CUSTOMER])]
    return [(str(standing), rule) for standing, rule in each.items()]


def _over(
    rows: QuerySet[Any], dataset: Dataset, standing: str, rule: facts.Retention, day: _Day
) -> QuerySet[Any]:
    if rule.after in OF_PEOPLE:
        if dataset.model_class is Account:
            return _of_accounts(rows, standing, rule, day)
        person = "" if dataset.subject_path == "pk" else dataset.subject_path
        return _of_people(rows, person, standing, rule, day)
    if rule.after is Trigger.CONSENT_END:
        return _agreements(rows, dataset, day.cutoff)
    if not dataset.trigger:
        return rows.filter(pk__isnull=True)
    rows = rows.filter(_dated(dataset, day.cutoff))
    if standing:
        rows = rows.filter(_of_standing(standing, dataset.subject_path))
    return rows


# --- counted from a date of their own ------------------------------------------------------------------------


def _dated(dataset: Dataset, cutoff: dt.date) -> Q:
    """The latest of the record's dates is not after the cutoff. Written so that an index on the first one serves."""
    found = Q(**{f"{dataset.trigger}__lt": _after(dataset, dataset.trigger, cutoff)})
    for path in dataset.ending.later:
        found &= Q(**{f"{path}__isnull": True}) | Q(**{f"{path}__lt": _after(dataset, path, cutoff)})
    return found


def _after(dataset: Dataset, path: str, cutoff: dt.date) -> dt.date:
    """The first day, or the first moment in London, that is after the cutoff."""
    after = cutoff + dt.timedelta(days=1)
    return dt.datetime.combine(after, dt.time(), LONDON) if dataset.is_moment(path) else after


def _agreements(rows: QuerySet[Any], dataset: Dataset, cutoff: dt.date) -> QuerySet[Any]:
    """Of people, and of addresses alone, with no agreement that stands and no event since (`agreements.ended_on`)."""
    after = _after(dataset, dataset.trigger, cutoff)
    for who in ({"subject": OuterRef("subject")}, {"subject": None, "address": OuterRef("address")}):
        rows = rows.filter(
            ~Exists(ConsentEvent.objects.filter(happened_at__gte=after, **who)),
            ~Exists(ConsentFlag.objects.filter(act=Act.GIVEN, **who)),
        )
    return rows.filter(**{f"{dataset.trigger}__lt": after})


# --- counted from the end of the relationship -------------------------------------------------------------------


def _of_standing(standing: str, person: str) -> Q:
    bought = relationship.has_bought(person=person)
    return bought if standing == Standing.CUSTOMER else ~bought


def _ended(standing: str, person: str, day: _Day, model: Any) -> Q:
    found = relationship.ended_by(day.cutoff, today=day.as_of, person=person)
    found |= naming.only_for_the_law(model, person)
    return found & _of_standing(standing, person) if standing else found


def _of_people(
    rows: QuerySet[Any], person: str, standing: str, rule: facts.Retention, day: _Day
) -> QuerySet[Any]:
    rows = rows.filter(_ended(standing, person, day, rows.model), *_none_remains(person or "pk", rule, day))
    return rows if person else rows.filter(*naming.account_is_free())


def _none_remains(key: str, rule: facts.Retention, day: _Day) -> list[Q]:
    """No records will be left of the kinds that this one must outlive (`not_before`).

    A record is left because its time is not over, or because something holds it: asked as two questions, so that the
    records which go, by far the most, need not be listed.
    """
    found = []
    for dataset in datamap.datasets():
        if dataset.category in rule.not_before:
            rows = dataset.model_class._default_manager.filter(
                **{dataset.subject_path: OuterRef(key)}, **dataset.only
            )
            found += _none_left(key, rows, dataset, day)
    return found


def _none_left(key: str, rows: QuerySet[Any], dataset: Dataset, day: _Day) -> list[Q]:
    rule = store.current().retention_for(dataset.category, standing=Standing.CUSTOMER)
    cutoff = schedule.last_due(day.as_of, rule, accounting_year_end=_year_end())
    if cutoff is None or not dataset.trigger:
        return [relationship.none(rows)]
    over = _dated(dataset, cutoff) & _present(dataset, planning.ends_as(dataset, rule))
    stays = relationship.none(rows.exclude(over))
    standing = [each.rows for each in holds.standing(dataset)]
    if not standing:
        return [stays]
    held = rows.filter(over & functools.reduce(operator.or_, standing))
    # Of nearly everybody nothing is held, which one look at each of these small tables tells; the rest is looked at
    # record by record.
    return [stays, _nothing_holds(key, dataset) | relationship.none(held)]


def _nothing_holds(key: str, dataset: Dataset) -> Q:
    """True only for people of whom `holds.standing` holds no record of a kind; false for them and few others."""
    if dataset.model_class._meta.get_field(dataset.subject_path.split("__")[0]).one_to_many:
        return Q(pk__isnull=True)
    mine = {"subject": OuterRef(key)}
    standing = Hold.objects.filter(released_at=None)
    return (
        relationship.none(standing.filter(**mine))
        & relationship.none(standing.filter(subject=None))
        & relationship.none(Restriction.objects.filter(lifted_at=None, **mine))
        & relationship.none(Subject.objects.filter(pk=OuterRef(key), account__balance__gt=0))
    )


def _of_accounts(rows: QuerySet[Any], standing: str, rule: facts.Retention, day: _Day) -> QuerySet[Any]:
    """An account goes when it may go for each of its people."""
    over = _ended(standing, "", day, Account)
    for each in _none_remains("pk", rule, day):
        over &= each
    people = Subject.objects.alias(over=Case(When(over, then=Value(True)), default=Value(False)))
    mine = {"account": OuterRef("pk")}
    stays = people.filter(over=False, **mine)
    return rows.filter(Exists(Subject.objects.filter(**mine)), ~Exists(stays))


def _something_left(dataset: Dataset) -> Q:
    """Any of the fields that anonymising empties is not empty yet."""
    found = Q()
    names = [column.path.split("__")[0] for column in dataset.columns]
    link = [dataset.subject_path] if dataset.subject_path in _fields(dataset) else []
    for name in dict.fromkeys([*names, *dataset.ending.more, *link]):
        field: Any = _fields(dataset).get(name)
        if field is None or name in dataset.ending.figures or field.primary_key or field.unique:
            continue
        if field.null:
            found |= Q(**{f"{name}__isnull": False})
        elif isinstance(field, models.CharField | models.TextField | models.FileField):
            found |= ~Q(**{name: ""})
    return found


def _fields(dataset: Dataset) -> dict[str, Any]:
    return {field.name: field for field in dataset.model_class._meta.concrete_fields}


def _year_end() -> Any:
    return store.current().controller.accounting_year_end
