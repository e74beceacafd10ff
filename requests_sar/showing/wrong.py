"""Own records to pick a wrong detail from. Not the copy: what might name other people, and our own notes, are listed by
name only, since nobody has reviewed them here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator

from subjects import datamap, items
from subjects.datamap import Column, Dataset, Kind
from subjects.models import Subject

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind of data with how many records of it there are, or one record, to choose next."""

    key: str
    name: str
    more: str = ""


def kinds(subject: Subject) -> list[Choice]:
    """The kinds of data that hold anything about this person."""
    found = []
    for dataset in datamap.datasets():
        count = dataset.of(subject.pk).count()
        if count:
            found.append(Choice(dataset.key, dataset.title, f"{count:,} record{'' if count == 1 else 's'}"))
    return found


def records(subject: Subject, dataset: Dataset, number: str | None) -> tuple[Page[Any], list[Choice]]:
    """A page of the records of one kind, the newest first."""
    page = Paginator(dataset.of(subject.pk).reverse(), PER_PAGE).get_page(number)
    return page, [Choice(str(row.pk), items.name_of(dataset, row), _about(dataset, row)) for row in page]


def fields(dataset: Dataset, row: Any) -> list[tuple[str, str, str]]:
    """(path, label, what stands there) of what may be wrong in a record; "" where the value is not shown."""
    return [
        (column.path, column.label, held(dataset, column, row))
        for column in dataset.columns
        if column.kind is not Kind.FILE and (items.value_of(row, column.path) not in (None, ""))
    ]


def held(dataset: Dataset, column: Column, row: Any) -> str:
    """The value, if it can be shown without a review."""
    if dataset.third_parties or not column.provided:
        return ""
    return items.text_of(column, items.value_of(row, column.path))


def _about(dataset: Dataset, row: Any) -> str:
    """A few words that tell one record from the next."""
    words = [held(dataset, column, row) for column in dataset.columns if column.path != dataset.order]
    return next((word for word in words if word), "")[:120]
