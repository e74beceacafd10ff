"""Whose time is over, of everybody: for each kind of data the records that the register's rules let go on a day.

Set by set: one condition on the kind's table, by the date that its period counts from; `schedule.last_due` turns a
rule into one comparison. Holds are another question (`retention.holds.free`). Rules come from `store.current()`, so
`store.using(draft)` asks what a draft would do.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from consent.models import Act, ConsentEvent, ConsentFlag
from portal.register import store
from portal.register.facts import Retention, Standing, Trigger
from retention import schedule
from subjects import datamap, relationship
from subjects.datamap import LONDON, Dataset
from subjects.models import Account, Subject

_OF_PERSON = {Trigger.RELATIONSHIP_END, Trigger.LAST_CONTACT}


def rows(dataset: Dataset, *, as_of: dt.date) -> QuerySet[Any]:
    """The records of everybody whose time is over on `as_of`, a UK day: kept through the day before, or longer ago.

    Records that point to nobody any more are not among them.
    """
    over = _over(dataset, as_of)
    everybodys = dataset.model_class._default_manager.filter(_of_somebody(dataset), **dataset.only)
    return everybodys.filter(over) if over else everybodys.none()


def _over(dataset: Dataset, as_of: dt.date) -> Q:
    """The condition of all rules of a kind; an empty one where none of its records can be over."""
    found = Q()
    for rule in store.current().retention_rules_for(dataset.category):
        condition = _by_rule(dataset, rule, as_of)
        if condition is not None:
            found |= condition
    return found


def _of_somebody(dataset: Dataset) -> Q:
    if dataset.subject_path == "pk":
        return ~Q(full_name="", email="")  # not emptied yet
    if dataset.model_class is Account:
        return Q(Exists(Subject.objects.filter(account=OuterRef("pk"))))
    return Q(**{f"{dataset.subject_path}__isnull": False})


def _by_rule(dataset: Dataset, rule: Retention, as_of: dt.date) -> Q | None:
    """The condition of one rule; None where none of its records can be over."""
    cutoff = schedule.last_due(
        as_of, rule, accounting_year_end=store.current().controller.accounting_year_end
    )
    if cutoff is None:
        return None
    if rule.after in _OF_PERSON:
        return _of_people(dataset, _ended(rule, cutoff, as_of))
    if rule.after is Trigger.CONSENT_END:
        return _of_people(dataset, _consent_over(cutoff))
    if not dataset.trigger:
        return None
    dated = Q(**{f"{dataset.trigger}__lt": _after(dataset, dataset.trigger, cutoff)})
    for path in dataset.ending.later:
        dated &= Q(**{f"{path}__isnull": True}) | Q(**{f"{path}__lt": _after(dataset, path, cutoff)})
    if rule.applies_to is Standing.EVERYONE:
        return dated
    return dated & _of_people(dataset, _of_standing(rule.applies_to, as_of))


def _after(dataset: Dataset, path: str, cutoff: dt.date) -> Any:
    """The first moment, or day, that is not over."""
    day = cutoff + dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(), LONDON) if dataset.is_moment(path) else day


def _of_people(dataset: Dataset, people: QuerySet[Subject]) -> Q:
    """Records of these people; what belongs to several only when all of them are among these."""
    if dataset.model_class is Account:
        others = Subject.objects.filter(account=OuterRef("pk")).exclude(pk__in=people.values("pk"))
        return Q(pk__in=people.values("account")) & ~Q(Exists(others))
    return Q(**{f"{dataset.subject_path}__in": people.values("pk")})


def _of_standing(standing: Standing, as_of: dt.date) -> QuerySet[Subject]:
    terms = relationship.expressions(today=as_of)
    return Subject.objects.alias(has_bought=terms["has_bought"]).filter(
        has_bought=standing is Standing.CUSTOMER
    )


def _ended(rule: Retention, cutoff: dt.date, as_of: dt.date) -> QuerySet[Subject]:
    """People whose relationship ended in time, of whom nothing stays that has to name them."""
    people = Subject.objects.alias(**relationship.expressions(today=as_of)).filter(ended_on__lte=cutoff)
    if rule.applies_to is not Standing.EVERYONE:
        people = people.filter(has_bought=rule.applies_to is Standing.CUSTOMER)
    for category in rule.not_before:
        for dataset in datamap.datasets():
            if dataset.category == category:
                mine = dataset.model_class._default_manager.filter(**{dataset.subject_path: OuterRef("pk")})
                over = _over(dataset, as_of)
                people = people.filter(~Exists(mine.exclude(over) if over else mine))
    return people


def _consent_over(cutoff: dt.date) -> QuerySet[Subject]:
    """People none of whose agreements stands, and whose last act about them is long enough ago."""
    mine = ConsentEvent.objects.filter(subject=OuterRef("pk"))
    running = ConsentFlag.objects.filter(subject=OuterRef("pk"), act=Act.GIVEN)
    after = dt.datetime.combine(cutoff + dt.timedelta(days=1), dt.time(), LONDON)
    recent = mine.filter(happened_at__gte=after)
    return Subject.objects.filter(Exists(mine), ~Exists(running), ~Exists(recent))
