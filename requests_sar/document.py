"""What a copy of somebody's data is made of: plain values that every writer (workbook, bundle, page, letter) reads.

Nothing here knows Django. The collection room fills these in; the writers turn them into files.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO


class Kind(StrEnum):
    """How a column's values are carried ("wire" form) and shown.

    Wire values are what JSON can hold exactly, because rows are spooled as JSON lines:
    TEXT str; INTEGER int; MONEY decimal string "12.50" (pounds); DATE "YYYY-MM-DD";
    MOMENT RFC 3339 UTC "2026-11-23T10:00:00+00:00"; DURATION int seconds; BOOLEAN bool; FILE str
    (path inside the bundle, "files/..."). None = nothing recorded.
    """

    TEXT = "text"
    INTEGER = "integer"
    MONEY = "money"
    DATE = "date"
    MOMENT = "moment"
    DURATION = "duration"
    BOOLEAN = "boolean"
    FILE = "file"


Value = str | int | bool | None
Row = Sequence[Value]


@dataclass(frozen=True, slots=True)
class Column:
    key: str  # machine name, stable: used in JSON, CSV headers map and datapackage.json
    label: str  # the words of the header: "What we did"
    meaning: str  # one sentence for datapackage.json and Words explained
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Sheet:
    """One kind of data about the person."""

    key: str  # "support-calls"
    title: str  # "Support calls": sheet name, made safe by the writer
    what: str  # one plain sentence: what this kind of data is
    columns: tuple[Column, ...]
    count: int  # rows that `rows` will yield, known beforehand; writers raise RowCountMismatch otherwise
    rows: Callable[[], Iterator[Row]]  # may be called many times; newest last; streams
    first: dt.date | None = None  # earliest and latest date among the rows, UK dates
    last: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """The Article 15(1) facts for one kind of data, as sentences."""

    title: str  # title of the sheet it explains
    purpose: str
    legal_reason: str
    source: str
    shared_with: str
    kept_for: str  # "7 years after the record's date, because ..."
    deleted_on: str  # "From 4 March 2027 (oldest) to 21 November 2033 (newest)" or "Nothing held"
    leaves_uk: str
    computer_decisions: str


@dataclass(frozen=True, slots=True)
class Right:
    name: str
    line: str
    link: str  # absolute URL, shown in full as text


@dataclass(frozen=True, slots=True)
class Searched:
    """One system searched: the reasonable-and-proportionate search of Article 15(1A), written down."""

    system: str
    holds: str
    looked_for: str
    when: dt.datetime
    found: str  # "214 records" / "Nothing found" / "Could not be searched: <reason>"


@dataclass(frozen=True, slots=True)
class Removed:
    """One reason for removal, R1, R2, ...; cells carry the text "[Removed R1: another person's name]"."""

    number: int
    where: str
    what: str
    why: str
    law: str
    mark: str = ""  # as it stands in the cells


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to the data (a call recording): goes into files/ of the bundle."""

    path: str  # "files/recordings/0001.wav": no personal data in it
    open: Callable[[], BinaryIO]
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Document:
    """Everything the four files are written from."""

    reference: str  # "DP-7K4M-29QX"
    organisation: str
    made_for: str  # the person's name, as held
    asked_for: str  # the request in the person's words
    asked_on: dt.date | None  # None for a copy made by staff without a request
    made_at: dt.datetime  # aware
    sheets: tuple[Sheet, ...]
    why: tuple[Why, ...]
    rights: tuple[Right, ...]
    words: Mapping[
        str, str
    ]  # every code, acronym and status that may occur -> its meaning; writers print only those used
    searched: tuple[Searched, ...]
    removed: tuple[Removed, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    portable: bool = False  # not everything: what Article 20 covers (`notes` say what is left out, and why)
    notes: tuple[
        str, ...
    ] = ()  # sentences that must stand on the first sheet, e.g. a source that was waived and why
    contact: str = ""  # "Data Protection Officer, gdpr@..., 0330 ..."
    complain_to_us: str = ""
    complain_to_regulator: str = ""  # name, link, phone
    complain_to_court: str = ""
    portal_url: str = ""
    transfers: str = ""  # the Article 15(2) sentence
    schema_version: str = "1"
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Records in the whole copy."""
        return sum(sheet.count for sheet in self.sheets)


class RowCountMismatch(Exception):
    """A sheet yielded another number of rows than it announced: the file must not be used."""


Progress = Callable[
    [int], None
]  # called with the number of rows written since the last call (every 1,000 rows or so)


class AttachmentMismatch(Exception):
    """A file has another size than announced: the bundle must not be used."""


def no_progress(rows: int) -> None:
    """For callers who do not watch."""
