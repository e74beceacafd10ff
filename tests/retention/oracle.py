"""What has to be due on a day, record by record, in plain Python: slow, and without a line of the engine's queries.

It knows the register, `keep_until`, one person's relationship and the rows themselves. See law.md 4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from portal.register import store
from portal.register.facts import Standing, Trigger, WhenAsked
from retention import schedule
from retention.models import Hold
from subjects import datamap, relationship
from subjects.datamap import LONDON, Dataset
from subjects.models import Account, Restriction, Subject


def expected(as_of: dt.date) -> dict[tuple[str, str], str]:
    """(dataset, key) -> "over", or the reason why it stays although its time is over."""
    found = {}
    for dataset in datamap.datasets():
        for row in dataset.model_class._default_manager.all():
            people = owners(dataset, row)
            if people and all(over(dataset, row, person, as_of) for person in people):
                found[dataset.key, str(row.pk)] = held(dataset, row, people) or "over"
    return found


def owners(dataset: Dataset, row: Any) -> list[Subject]:
    if dataset.subject_path == "pk":
        return [row] if row.full_name or row.email else []
    if isinstance(row, Account):
        return list(row.subjects.all())
    for part in dataset.subject_path.split("__"):
        row = getattr(row, part)
        if row is None:
            return []
    return [row]


def over(dataset: Dataset, row: Any, person: Subject, as_of: dt.date) -> bool:
    relation = relationship.of(person)
    standing = Standing.CUSTOMER if relation.has_bought else Standing.ENQUIRER
    rule = store.current().retention_for(dataset.category, standing=standing)
    if rule.after in {Trigger.RELATIONSHIP_END, Trigger.LAST_CONTACT}:
        until = kept(relation.ended_on, rule)
        staying = [
            record
            for other in datamap.datasets()
            if other.category in rule.not_before
            for record in other.of(person.pk)
            if not over(other, record, person, as_of) or held(other, record, [person])
        ]
        return until is not None and until < as_of and not staying
    if rule.after is Trigger.CONSENT_END:
        return agreements_over(person, rule, as_of)
    dates = [day for path in (dataset.trigger, *dataset.ending.later) if (day := date_of(row, path))]
    until = kept(max(dates), rule) if date_of(row, dataset.trigger) else None
    return until is not None and until < as_of


def agreements_over(person: Subject, rule: Any, as_of: dt.date) -> bool:
    last: dict[tuple[str, str], Any] = {}
    for event in person.consent_events.order_by("happened_at", "pk"):
        last[event.purpose, event.channel] = event
    if any(event.act == "given" for event in last.values()):
        return False
    until = kept(max(event.happened_at.astimezone(LONDON).date() for event in last.values()), rule)
    return until is not None and until < as_of


def kept(day: dt.date | None, rule: Any) -> dt.date | None:
    return schedule.keep_until(day, rule, accounting_year_end=store.current().controller.accounting_year_end)


def date_of(row: Any, path: str) -> dt.date | None:
    for part in path.split("__"):
        row = getattr(row, part)
        if row is None:
            return None
    return row.astimezone(LONDON).date() if isinstance(row, dt.datetime) else row


def held(dataset: Dataset, row: Any, people: list[Subject]) -> str:
    return next(iter(reasons(dataset, row, people)), "")


def reasons(dataset: Dataset, row: Any, people: list[Subject]) -> Iterator[str]:
    """In the order of weight."""
    holds = Hold.objects.filter(subject__in=people, released_at=None)
    if any(not hold.datasets or dataset.key in hold.datasets for hold in holds.filter(kind="legal")):
        yield "held"
    for pause in Restriction.objects.filter(subject__in=people, lifted_at=None).exclude(scope="purpose"):
        reached = pause.scope == "everything" or dataset.key in pause.kinds
        if reached and (pause.scope != "record" or pause.record == str(row.pk)):
            yield "paused"
    for kind in ("request", "complaint"):
        if holds.filter(kind=kind).exists():
            yield kind
    rule = store.current().retention_for(dataset.category, standing=Standing.CUSTOMER)
    needed = (dataset.ending.when_asked or rule.when_asked) is not WhenAsked.GOES
    if needed and any(person.account and person.account.balance > 0 for person in people):
        yield "owed"
