"""Whose records are due and stay because something holds them: who, which record, and what holds it.

Asked of the records as they are now, so it says what a run would skip, and after one what is still skipped. Nothing
of it is kept. It has names: for officers. What is printed or logged has references alone.
"""

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from retention import due, holds
from retention.models import Hold, Reason
from subjects import datamap, restriction
from subjects.datamap import LONDON, Dataset
from subjects.models import Account, Restriction, Subject


@dataclass(frozen=True, slots=True)
class Held:
    """One record that is due and held, and whose it is. What is owed on an account has no hold, pause or case."""

    dataset: Dataset
    key: str
    people: tuple[Subject, ...]  # one, or all of an account
    reason: Reason
    hold: Hold | None = None
    pause: Restriction | None = None
    case: str = ""  # reference of the request or complaint

    @property
    def by(self) -> str:
        """What holds it, without the words that somebody gave it."""
        return (
            self.case
            or (self.pause.reference if self.pause else "")
            or str(self.hold.pk if self.hold else "")
        )


def rows(dataset: Dataset, as_of: dt.date) -> QuerySet[Any]:
    """The records of a kind that are due on a UK day and held, in the order of their keys; to be sliced for `named`."""
    found = dataset.model_class._default_manager.order_by("pk")
    ways = [
        each.rows.filter(way).values("pk")
        for each in due.of(dataset, as_of)
        for against in holds.standing(dataset)
        for way in against.ways
    ]
    if not ways:
        return found.annotate(held_why=holds.why(dataset)).none()
    held = functools.reduce(operator.or_, (Q(pk__in=way) for way in ways))
    return found.filter(held).annotate(held_why=holds.why(dataset)).exclude(held_why="")


def named(dataset: Dataset, part: QuerySet[Any]) -> list[Held]:
    """A slice of `rows` with the people, and what holds each: a constant number of queries."""
    paths = [dataset.trigger, *dataset.ending.later] if dataset.trigger else []
    whose = {} if _of_account(dataset) else {"held_whose": F(dataset.subject_path)}
    own = ["account_id"] if hasattr(dataset.model_class, "account_id") else []
    found = list(part.annotate(**whose).values("pk", "held_why", *whose, *own, *paths))
    people = _people(dataset, found)
    world = _World.of([each for mine in people.values() for each in mine], dataset)
    return [world.held(each, people[each["pk"]], [each[path] for path in paths]) for each in found]


def lines(as_of: dt.date, kinds: Collection[str] = (), *, most: int) -> Iterator[str]:
    """What is held, to be printed: reference, kind, key, reason and what holds it; no name. `most`: of the lines."""
    left = most
    for dataset in datamap.datasets():
        if kinds and dataset.key not in kinds:
            continue
        for each in named(dataset, rows(dataset, as_of)[: left + 1]):
            if not left:
                yield "More is held; the page of a run lists all of it."
                return
            left -= 1
            whose = ", ".join(person.reference for person in each.people)
            by = f" ({each.by})" if each.by else ""
            yield f"Held: {whose}: {dataset.title} {each.key}: {each.reason.label.lower()}{by}"


def _of_account(dataset: Dataset) -> bool:
    return dataset.model_class is Account


def _people(dataset: Dataset, found: Sequence[Mapping[str, Any]]) -> dict[Any, tuple[Subject, ...]]:
    """Whose each record is, by its key."""
    if _of_account(dataset):
        of_accounts: dict[Any, list[Subject]] = {each["pk"]: [] for each in found}
        for person in Subject.objects.filter(account__in=of_accounts).order_by("reference"):
            of_accounts[person.account_id].append(person)
        return {key: tuple(people) for key, people in of_accounts.items()}
    people = Subject.objects.in_bulk([each["held_whose"] for each in found])
    return {each["pk"]: tuple(filter(None, [people.get(each["held_whose"])])) for each in found}


@dataclass(frozen=True, slots=True)
class _World:
    """What stands against these people's records of a kind. `holds.standing` has decided that something does; this
    says which one to show, by the same rules."""

    dataset: Dataset
    claims: list[Hold]
    pauses: Mapping[Any, list[Restriction]]
    cases: list[Hold]

    @classmethod
    def of(cls, people: Collection[Subject], dataset: Dataset) -> _World:
        keys = {each.pk for each in people}
        standing = Hold.objects.filter(released_at=None).order_by("placed_at")
        claims = standing.filter(Q(datasets=[]) | Q(datasets__contains=[dataset.key]), kind=Hold.Kind.LEGAL)
        return cls(
            dataset,
            list(claims.filter(Q(subject__in=keys) | Q(subject=None))),
            restriction.standing(keys),
            list(standing.filter(kind__in=holds.OF_CASES, subject__in=keys)),
        )

    def held(self, row: Mapping[str, Any], people: tuple[Subject, ...], dates: Sequence[Any]) -> Held:
        reason, key = Reason(row["held_why"]), str(row["pk"])
        whose = {each.pk for each in people}
        accounts = {each.account_id for each in people} | {row.get("account_id")} - {None}
        found: dict[str, Any] = {}
        if reason == Reason.HELD:
            days = [_uk_day(each) for each in dates if each is not None]
            reach = (each for each in self.claims if _reaches(each, whose, accounts, days))
            found = {"hold": next(reach, None)}
        elif reason == Reason.PAUSED:
            pauses = (each for person in whose for each in self.pauses.get(person, []))
            stops = restriction.Use.DISPOSAL
            reach = (
                each for each in pauses if restriction.reaches(each, stops, kind=self.dataset.key, record=key)
            )
            found = {"pause": next(reach, None)}
        elif reason in (Reason.REQUEST, Reason.COMPLAINT):
            kind = Hold.Kind.REQUEST if reason == Reason.REQUEST else Hold.Kind.COMPLAINT
            reach = (each for each in self.cases if each.kind == kind and each.subject_id in whose)
            case = next(reach, None)
            found = {"case": case.reference if case else ""}
        return Held(self.dataset, key, people, reason, **found)


def _reaches(hold: Hold, whose: Collection[Any], accounts: Collection[Any], days: Sequence[dt.date]) -> bool:
    """Whether a claim is about one of these people or accounts, or everybody, and about one of these days."""
    if hold.subject_id and hold.subject_id not in whose:
        return False
    if hold.account_id and hold.account_id not in accounts:
        return False
    since, until = hold.since or dt.date.min, hold.until or dt.date.max
    return not days or any(since <= day <= until for day in days)


def _uk_day(value: dt.date | dt.datetime) -> dt.date:
    return value.astimezone(LONDON).date() if isinstance(value, dt.datetime) else value
