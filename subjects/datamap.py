"""The data map: every kind of personal data we hold, declared once.

Apps declare (`register`); engines read (`datasets`, `get`). Collection walks the map outwards (exports), disposal
downwards (retention, erasure). A model field that is neither declared nor excused fails a system check.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import models
from django.db.models import Max, Min, Q, QuerySet

from portal.register.facts import WhenAsked
from subjects.formats import Shape

LONDON = ZoneInfo("Europe/London")


class Kind(StrEnum):
    """What a column holds; the carried form of each is written in `requests_sar.document.Kind`."""

    TEXT = "text"
    INTEGER = "integer"
    MONEY = "money"
    DATE = "date"
    MOMENT = "moment"
    DURATION = "duration"
    BOOLEAN = "boolean"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Ending:
    """How records of a kind end, and what is left of one that has to stay although its person asked for erasure.

    Names are fields of the model. What is emptied: the fields behind the columns and those in `more`, less those that
    stay. When and why a record ends, the register says.
    """

    figures: tuple[str, ...] = ()  # stay when a record stops pointing to anybody; none: the record is deleted
    kept: tuple[str, ...] | None = None  # stay while the law makes us keep the record; None: all of it
    kept_rows: Mapping[str, str] = field(default_factory=dict)  # the law is about these rows alone
    more: tuple[str, ...] = ()  # fields in no column that point to the person all the same
    when_asked: WhenAsked | None = None  # where it differs from the register's word for the whole category
    later: tuple[str, ...] = ()  # further dates: the period counts from the latest of these and `trigger`
    shared_with: str = ""  # lookup to everybody whose record it is; with others, it is left to them


@dataclass(frozen=True, slots=True)
class Column:
    """One column in plain words. `path` is a field of the model, or of a related one ("account__number")."""

    path: str
    label: str
    meaning: str
    kind: Kind = Kind.TEXT
    provided: bool = True  # given by the person or made by their use: in scope of portability (Article 20)
    correctable: bool = False  # the person may correct it themselves
    shape: Shape = Shape.TEXT  # how its values are written
    corrected_by_note: bool = False  # evidence: never overwritten, a note beside it corrects it
    copy_of: str = ""  # "dataset.path" whose value it repeats: a correction there is made here as well
    names: bool = False  # holds the name of somebody else, such as the member of staff who helped

    @property
    def key(self) -> str:
        """Stable machine name: in JSON, in datapackage.json, in the bundle."""
        return self.path.replace("__", "_")


@dataclass(frozen=True, slots=True)
class Dataset:
    """One kind of personal data."""

    key: str
    category: str  # key in the register: purpose, basis, recipients and period come from there
    title: str  # the sheet's name
    what: str  # one plain sentence
    system: str  # where it lives, for "How we searched"
    model: str  # "subjects.SupportCall"
    subject_path: str  # lookup from the model to Subject.pk
    order: str  # the date that orders the rows: DATE or MOMENT; "" for facts without a date
    columns: tuple[Column, ...]
    trigger: str = (
        ""  # path of the date the retention period starts from; "" = the trigger named in the register
    )
    ending: Ending = Ending()
    excused: Mapping[str, str] = field(default_factory=dict)  # field -> why it is in no column
    third_parties: str = ""  # who else may appear in these records
    words: Mapping[str, str] = field(default_factory=dict)  # codes that occur in it -> meaning
    file: str = ""  # FileField whose content belongs to the data
    only: Mapping[str, str] = field(default_factory=dict)  # field -> value: the rows that `of` gives
    provided_rows: Mapping[str, str] = field(
        default_factory=dict
    )  # of these rows alone the person is the source: portability takes no others
    item: str = ""  # "Address": its columns that can be corrected make one thing, changed on one page
    corrected_by_note: bool = False  # every column is evidence, as of an issued invoice or a sent letter

    def column(self, path: str) -> Column:
        """One column. Raises KeyError."""
        for column in self.columns:
            if column.path == path:
                return column
        raise KeyError(path)

    def is_evidence(self, path: str = "") -> bool:
        """Whether a field (or, without a path, the record) is corrected by a note and never overwritten."""
        return self.corrected_by_note or bool(path and self.column(path).corrected_by_note)

    @property
    def model_class(self) -> type[models.Model]:
        """The Django model."""
        return apps.get_model(self.model)

    def of(
        self, subject_id: Any, *, since: dt.date | None = None, until: dt.date | None = None
    ) -> QuerySet[Any]:
        """The records of one data subject, oldest first; `since` and `until` are UK days, both included."""
        rows = self.model_class._default_manager.filter(**{self.subject_path: subject_id}, **self.only)
        if self.order:
            rows = rows.filter(self._between(since, until)).order_by(self.order, "pk")
        else:
            rows = rows.order_by("pk")
        return rows

    def _between(self, since: dt.date | None, until: dt.date | None) -> Q:
        condition = Q()
        moment = self.order_kind is Kind.MOMENT
        if since:
            condition &= Q(**{f"{self.order}__gte": _midnight(since) if moment else since})
        if until:
            after = until + dt.timedelta(days=1)
            condition &= Q(**{f"{self.order}__lt": _midnight(after) if moment else after})
        return condition

    @property
    def order_kind(self) -> Kind:
        """DATE or MOMENT, as the ordering column says."""
        return next(column.kind for column in self.columns if column.path == self.order)

    def is_moment(self, path: str) -> bool:
        """Whether the date at this path (of the model or a related one) has a time of day. Raises TypeError."""
        model: Any = self.model_class
        *related, last = path.split("__")
        for part in related:
            model = model._meta.get_field(part).related_model
        field = model._meta.get_field(last)
        if not isinstance(field, models.DateField):
            raise TypeError(f"{self.key}: the trigger {path!r} is no date.")
        return isinstance(field, models.DateTimeField)

    def extent(self, rows: QuerySet[Any]) -> tuple[dt.date | None, dt.date | None]:
        """Earliest and latest UK date among the rows."""
        if not self.order:
            return None, None
        ends = rows.order_by().aggregate(first=Min(self.order), last=Max(self.order))
        return _as_date(ends["first"]), _as_date(ends["last"])

    def wire_rows(self, rows: QuerySet[Any], *, chunk: int = 500, few: bool = False) -> Iterator[list[Any]]:
        """The rows as values that JSON holds exactly (see `requests_sar.document.Kind`), streamed.

        `few`: the caller knows that they are; they are fetched at once, which spares a cursor on the server.
        """
        converters = [(index, _WIRE[c.kind]) for index, c in enumerate(self.columns) if c.kind in _WIRE]
        wanted = rows.values_list(*(c.path for c in self.columns))
        for values in wanted if few else wanted.iterator(chunk_size=chunk):
            row = list(values)
            for index, convert in converters:
                value = row[index]
                if value is not None:
                    row[index] = convert(value)
            yield row

    def keyed_rows(self, rows: QuerySet[Any], *, chunk: int = 500) -> Iterator[tuple[str, list[Any]]]:
        """Each row with its record's key as text, for whoever has to know one record from another (review)."""
        converters = [_WIRE.get(c.kind) for c in self.columns]
        for key, *values in rows.values_list("pk", *(c.path for c in self.columns)).iterator(
            chunk_size=chunk
        ):
            yield (
                str(key),
                [
                    convert(value) if convert and value is not None else value
                    for convert, value in zip(converters, values, strict=True)
                ],
            )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), LONDON)


def _as_date(value: dt.date | dt.datetime | None) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.astimezone(LONDON).date()
    return value


_WIRE: dict[Kind, Callable[[Any], Any]] = {
    Kind.DATE: dt.date.isoformat,
    Kind.MOMENT: dt.datetime.isoformat,
    Kind.MONEY: str,
    Kind.FILE: str,
}

_DATASETS: dict[str, Dataset] = {}
_EXCUSED: dict[str, str] = {}


def register(*datasets: Dataset) -> None:
    """Declare kinds of personal data. Raises ValueError for a key declared twice."""
    for dataset in datasets:
        if dataset.key in _DATASETS:
            raise ValueError(f"The dataset {dataset.key!r} is declared twice.")
        _DATASETS[dataset.key] = dataset


def excuse(model: str, reason: str) -> None:
    """Say why a whole model is in no dataset."""
    _EXCUSED[model] = reason


def datasets() -> tuple[Dataset, ...]:
    """All datasets, in the order in which they are declared."""
    return tuple(_DATASETS.values())


def get(key: str) -> Dataset:
    """One dataset. Raises KeyError."""
    return _DATASETS[key]


def excused() -> Mapping[str, str]:
    """Models that hold no dataset, with the reason."""
    return dict(_EXCUSED)
