"""A person's own details as they see them: each with where it came from and since when, and what was changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.register import store
from portal.templatetags.house import moment, short_day
from subjects import adding, datamap, items, restriction
from subjects import services as people
from subjects.datamap import Column, Dataset
from subjects.formats import Shape
from subjects.models import DetailChange, Subject
from subjects.restriction import Use

NEW = "new"  # in an address: a record that is not there yet
ALL = "all"  # in an address: the whole item, not one column
HISTORY = 50  # changes shown; all of them are in a copy
US, YOU = "We", "You"


@dataclass(frozen=True, slots=True)
class Detail:
    """One line of the page: a field, or an item of several (an address), and where it can be changed."""

    dataset: Dataset
    record: str
    label: str
    value: str
    origin: str
    columns: tuple[Column, ...] = ()  # those that can be changed; none: only on request
    paused: bool = False  # stored only, at the moment

    @property
    def slug(self) -> str:
        """The last part of the address of its page."""
        return ALL if self.dataset.item else self.columns[0].path

    @property
    def is_address(self) -> bool:
        """Whether a code has to confirm the change."""
        return any(column.shape is Shape.EMAIL for column in self.columns)


@dataclass(frozen=True, slots=True)
class Past:
    """One line of the history, as its person reads it."""

    label: str
    before: str
    after: str
    when: str
    who: str


def details(subject: Subject) -> list[Detail]:
    """What the person can change here, in the order of the data map."""
    found: list[Detail] = []
    for dataset, row in _rows(subject):
        columns = tuple(column for column in dataset.columns if column.correctable)
        groups = [columns] if dataset.item else [(column,) for column in columns]
        found += [_detail(subject, dataset, row, group) for group in groups if group]
    return found + _missing(subject, {detail.dataset.key for detail in found})


def _missing(subject: Subject, there: set[str]) -> list[Detail]:
    """What they have none of and may add: a postal address."""
    return [
        Detail(
            dataset,
            NEW,
            dataset.item,
            "",
            "",
            tuple(column for column in dataset.columns if column.correctable),
            bool(restriction.blocks(subject, Use.EDIT, kind=dataset.key)),
        )
        for dataset in datamap.datasets()
        if adding.may_add(dataset) and dataset.key not in there
    ]


def locked(subject: Subject) -> list[Detail]:
    """Other facts of the same kinds: shown, and corrected on request."""
    found: list[Detail] = []
    for dataset, row in _rows(subject):
        for column in dataset.columns:
            value = items.text_of(column, items.value_of(row, column.path))
            if value and column.provided and not column.correctable and not dataset.item:
                label = column.label
                found.append(Detail(dataset, str(row.pk), label, value, _source(dataset)))
    return found


def find(subject: Subject, dataset_key: str, record: str, slug: str) -> Detail | None:
    """The detail behind an address; None when it is made up, somebody else's, or cannot be changed here."""
    for detail in details(subject):
        if (detail.dataset.key, detail.record, detail.slug) == (dataset_key, record, slug):
            return detail
    return None


def also(subject: Subject, detail: Detail) -> list[str]:
    """Names of other items that hold the same, as an address used twice."""
    if detail.record == NEW:
        return []
    others = people.alike(subject=subject, dataset=detail.dataset.key, record=detail.record)
    return [items.name_of(detail.dataset, row) for row in others]


def history(subject: Subject) -> list[Past]:
    """What was changed, the newest first."""
    changes = DetailChange.objects.filter(subject=subject).order_by("-at", "-pk")[:HISTORY]
    return [
        Past(
            change.label,
            change.before,
            change.after,
            moment(change.at),
            YOU if change.side == DetailChange.Side.REQUESTER else US,
        )
        for change in changes
    ]


def values(detail: Detail, subject: Subject) -> dict[str, str]:
    """What stands in the fields now, for the form."""
    if detail.record == NEW:
        return {}
    row = items.row_of(detail.dataset, subject, detail.record)
    return {column.path: getattr(row, column.path) for column in detail.columns}


def _rows(subject: Subject) -> list[tuple[Dataset, Any]]:
    """The records without a date: facts that stand, not events that happened."""
    facts = [dataset for dataset in datamap.datasets() if not dataset.order]
    return [(dataset, row) for dataset in facts for row in dataset.of(subject.pk)]


def _detail(subject: Subject, dataset: Dataset, row: Any, columns: tuple[Column, ...]) -> Detail:
    texts = [items.text_of(column, items.value_of(row, column.path)) for column in columns]
    label = items.name_of(dataset, row, "" if dataset.item else columns[0].path)
    origin = _origin(subject, dataset, row, columns)
    value = "\n".join(text for text in texts if text)
    paused = bool(restriction.blocks(subject, Use.EDIT, kind=dataset.key, record=str(row.pk)))
    return Detail(dataset, str(row.pk), label, value, origin, columns, paused)


def _origin(subject: Subject, dataset: Dataset, row: Any, columns: tuple[Column, ...]) -> str:
    """Where it came from and since when: the last change, or the register's words and the day it began."""
    last = (
        DetailChange.objects.filter(
            subject=subject, dataset=dataset.key, record=str(row.pk), column__in=[c.path for c in columns]
        )
        .order_by("-at", "-pk")
        .first()
    )
    if last:
        who = "You changed it here" if last.side == DetailChange.Side.REQUESTER else "We changed it for you"
        return f"{who} at {moment(last.at)}."
    since = getattr(row, "since", None) or subject.signed_up_on or subject.created_at
    return f"{_source(dataset)} Since {short_day(since)}."


def _source(dataset: Dataset) -> str:
    return store.current().source_sentence(dataset.category)
