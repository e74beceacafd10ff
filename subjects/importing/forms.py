"""The row form of a kind of record: one declaration, the rest comes from the model.

A form has one part for each table that one row of a file fills (a customer's row: account, person, address).
A part names its rows by a key of their own; a link names a row of another table by that table's key. Values
of links are therefore keys, not ids, everywhere except in the statement that writes them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

from subjects.importing import values

if TYPE_CHECKING:
    from subjects.importing.parsing import FileRow
    from subjects.models import ImportBatch

_LINES_FROM = 400  # text columns as wide as this may hold several lines
Parser = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A column that names a row of another table: `column` in the file, `attr` on the model."""

    column: str
    attr: str
    to: str  # "subjects.Subject"
    key: str = "source_key"
    label: str = ""
    needed: bool = False
    inside: bool = False  # the row it names is another part of the same file row
    remedy: str = ""  # what to do when there is no such row

    @property
    def target(self) -> type[models.Model]:
        """The model it names rows of."""
        return apps.get_model(self.to)


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the form."""

    column: str  # its name in a file
    attr: str  # its field on the model
    label: str  # in words
    parse: Parser
    empty: Any  # what an empty cell means
    needed: bool  # a new row cannot be without it
    link: Link | None = None


@dataclass(frozen=True)
class Part:
    """One table that a row of the file fills."""

    model: str
    key: str = "source_key"
    key_column: str = "source_key"
    key_label: str = ""
    prefix: str = ""  # of its columns in the file
    links: tuple[Link, ...] = ()
    leave: frozenset[str] = frozenset()  # fields that no file fills
    labels: Mapping[str, str] = field(default_factory=dict)
    parsers: Mapping[str, Parser] = field(default_factory=dict)
    # Turns the values read from a row into those to store (adds what follows from them); raises Bad.
    complete: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    # Further values to write when these of a stored row change: (before, changes, now) -> values.
    touch: Callable[[dict[str, Any], dict[str, Any], dt.datetime], dict[str, Any]] | None = None
    key_of: Callable[[str], str] | None = None  # the part's key from its key column, when it is derived
    # Attribute -> column of the form that stands in for it when a new row says nothing else.
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    shared: bool = False  # several rows of a file may name it; they must agree

    @cached_property
    def table(self) -> type[models.Model]:
        """Its Django model."""
        return apps.get_model(self.model)

    @cached_property
    def model_fields(self) -> dict[str, Any]:
        """The model's own fields by name."""
        return {each.name: each for each in self.table._meta.concrete_fields}

    @cached_property
    def inserted(self) -> dict[str, str]:
        """What a new row is made of: field name -> attribute; without an id that the database gives."""
        made = (each for each in self.model_fields.values() if not isinstance(each, models.AutoField))
        return {each.name: each.attname for each in made}

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The columns besides the key, links first."""
        found = [self._link_field(link) for link in self.links]
        linked = {link.attr for link in self.links}
        skip = linked | self.leave | {self.key}
        for each in self.table._meta.concrete_fields:
            if each.primary_key or each.name in skip or not each.editable:
                continue
            found.append(self._field(each))
        return tuple(found)

    @cached_property
    def stored(self) -> dict[str, str]:
        """What makes up the state of a row: attribute -> the path that reads it (a link's key)."""
        paths = {link.attr: f"{link.attr}__{link.key}" for link in self.links}
        state: dict[str, str] = {}
        for each in self.table._meta.concrete_fields:
            if not each.primary_key and each.name != self.key and each.editable and each.name != "created_at":
                state[each.name] = paths.get(each.name, each.attname)
        return state

    def _link_field(self, link: Link) -> Field:
        longest = link.target._meta.get_field(link.key).max_length
        parse = partial(values.key, longest=longest)
        return Field(link.column, link.attr, link.label, parse, None, link.needed, link)

    def _field(self, each: models.Field[Any, Any]) -> Field:
        label = self.labels.get(each.name) or str(each.verbose_name)
        return Field(
            column=self.prefix + each.name,
            attr=each.name,
            label=label[:1].upper() + label[1:],
            parse=self.parsers.get(each.name) or parser_for(each),
            empty=default_of(each),
            needed=not (each.blank or each.null or each.has_default()),
        )


def default_of(each: models.Field[Any, Any]) -> Any:
    """What the model gives a new row, exactly as it comes back from the database."""
    value = each.get_default()
    if isinstance(each, models.DecimalField) and value is not None:
        return Decimal(value).quantize(Decimal(1).scaleb(-(each.decimal_places or 0)))
    return value


def parser_for(each: models.Field[Any, Any]) -> Parser:
    """How a cell becomes a value of this model field. Raises TypeError for a type no file can fill."""
    if each.choices:
        return partial(values.choice, choices=[(str(code), str(word)) for code, word in each.flatchoices])
    if each.name == "ip":
        return values.ip
    if each.name.endswith("email"):
        return values.email
    if isinstance(each, models.DateTimeField):
        return values.moment
    if isinstance(each, models.DateField):
        return values.date
    if isinstance(each, models.DecimalField):
        return partial(values.money, digits=each.max_digits, places=each.decimal_places)
    if isinstance(each, models.IntegerField):
        most = 32_767 if isinstance(each, models.PositiveSmallIntegerField) else 2_147_483_647
        return partial(values.duration if each.name.endswith("_s") else values.whole, most=most)
    if isinstance(each, models.TextField):
        return partial(values.text, longest=each.max_length or 1_000_000, lines=True)
    if isinstance(each, models.CharField):
        return partial(values.text, longest=each.max_length, lines=(each.max_length or 0) >= _LINES_FROM)
    raise TypeError(f"{each} needs a parser of its own in the import form")


@dataclass(frozen=True)
class Extra:
    """A column that is no field but helps to make one."""

    column: str
    label: str
    after: str  # the column it is shown behind


@dataclass(frozen=True)
class Form:
    """A kind of record that can be imported."""

    key: str
    title: str
    about: str
    parts: tuple[Part, ...]
    main: int = 0  # the part the row is about
    extras: tuple[Extra, ...] = ()
    # Makes values from the extras: gets and changes {column: cell}.
    prepare: Callable[[dict[str, Any]], None] | None = None

    @property
    def subject_part(self) -> Part:
        """The part the row is about."""
        return self.parts[self.main]

    @cached_property
    def columns(self) -> dict[str, str]:
        """Every column of the form with its words, the row's own number first."""
        first = self.subject_part
        found = {
            first.key_column: first.key_label or str(first.table._meta.get_field(first.key).verbose_name)
        }
        order = [first, *(part for part in self.parts if part is not first)]
        for part in order:
            if not (part.key_of or part is first):
                found.setdefault(part.key_column, part.key_label)
            for each in part.fields:
                if not (each.link and each.link.inside):
                    found.setdefault(each.column, each.label)
        shown: dict[str, str] = {}
        for column, label in found.items():
            shown[column] = label
            shown.update({extra.column: extra.label for extra in self.extras if extra.after == column})
        return {column: label[:1].upper() + label[1:] for column, label in shown.items()}

    @cached_property
    def essential(self) -> frozenset[str]:
        """Columns without which no row can be told whose it is."""
        first = self.subject_part
        return frozenset(
            {first.key_column, *(link.column for link in first.links if link.needed and not link.inside)}
        )

    @cached_property
    def needed(self) -> frozenset[str]:
        """Columns that a new row must have."""
        first = self.subject_part
        return self.essential | {each.column for each in first.fields if each.needed}


@dataclass(frozen=True)
class Appended:
    """A kind whose rows are added to a ledger: nothing that stands is changed, and nothing can be undone."""

    key: str
    title: str
    about: str
    columns: Mapping[str, str]  # with their words
    essential: frozenset[str]
    # Says of each row of a chunk what it would come to: its outcome or its problems, and what to write.
    # The cells of a row come by our columns.
    judge: Callable[[Sequence[tuple[FileRow, Mapping[str, Any]]]], None]
    write: Callable[[ImportBatch, Sequence[FileRow]], None]

    @property
    def needed(self) -> frozenset[str]:
        """Columns that every row must have."""
        return self.essential


AnyForm = Form | Appended
_FORMS: dict[str, AnyForm] = {}


def register(*forms: AnyForm) -> None:
    """Make kinds of record importable; floors above add theirs here. Raises ValueError for a key twice."""
    for form in forms:
        if form.key in _FORMS:
            raise ValueError(f"The kind {form.key!r} is declared twice.")
        _FORMS[form.key] = form


def all_forms() -> tuple[Form, ...]:
    """All kinds of record that fill tables, in the order in which they should be imported."""
    return tuple(form for form in _FORMS.values() if isinstance(form, Form))


def all_kinds() -> tuple[AnyForm, ...]:
    """All that can be imported, in the order in which it should be."""
    return tuple(_FORMS.values())


def get(key: str) -> AnyForm:
    """One kind. Raises KeyError."""
    return _FORMS[key]


def plain(value: Any) -> Any:
    """A stored value as JSON holds it, the same for the same value wherever it comes from."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)
