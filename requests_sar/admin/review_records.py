"""Records as the pages of the review show them: as held, with others pointed out, and as the person gets them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from portal.templatetags.house import short_day
from requests_sar import cells, redacting, redactions, reviewing
from requests_sar.admin import pieces
from requests_sar.admin.pieces import Piece
from requests_sar.document import Column, Kind, Row, Value
from requests_sar.models import Case
from requests_sar.redacting import Plan
from requests_sar.suggesting import Hint, spots
from subjects import datamap

WIDE = 42  # characters that fit beside others in a list
MOST_BUTTONS = 60  # suggestions of one record that get a button


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell, as held and as the person gets it."""

    key: str
    label: str
    held: list[Piece]
    given: list[Piece]
    length: int  # characters of a long text, else 0
    wide: bool  # needs a line of its own
    more: int  # places that the list does not show
    is_file: bool
    can_go: bool  # it can be removed alone
    changed: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Words of a record that may be about somebody else."""

    words: str
    why: str
    count: int
    removable: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One record on a page of the review."""

    key: str
    handle: str
    cells: list[Shown]
    hints: int  # suggestions in it, our own staff apart
    numbers: list[int]  # R numbers of what was removed from it
    hidden: bool


class Showing:
    """Turns records of one kind into what the page shows."""

    def __init__(self, case: Case, dataset: datamap.Dataset, look: re.Pattern[str] | None = None) -> None:
        self._case, self.dataset, self._look = case, dataset, look
        self.known = reviewing.known(case)
        self._columns = redactions.columns_of(dataset)
        self._order = redactions.order_key(dataset)
        self._plan = redactions.plan_of(case) or Plan([])
        self._cleaner = redactions.cleaner(self._plan, dataset, case.subject_id)
        self._names = {column.key for column in dataset.columns if column.names}

    def record(self, key: str, row: Row, *, whole: bool = False) -> Record:
        """One record; `whole` shows all of its texts and its empty cells too."""
        given = self._cleaner.row(key, row)
        hidden = given is None
        shown = [
            self._cell(column, value, None if given is None else given[index], whole)
            for index, (column, value) in enumerate(zip(self._columns, row, strict=True))
            if whole or value not in (None, "")
        ]
        found = [
            spot
            for column, value in zip(self._columns, row, strict=True)
            for spot in self._spots(column, value)
        ]
        return Record(
            key=key,
            handle=self.handle(key, row),
            cells=shown,
            hints=sum(spot.hint is not Hint.STAFF for spot in found),
            numbers=sorted({each.number for each in self._met(key, row)}),
            hidden=hidden,
        )

    def handle(self, key: str, row: Row) -> str:
        """What the record is called: its date, or its number."""
        day = reviewing.day_of(self.dataset, row) if self.dataset.order else None
        return short_day(day) if day else f"Record {key[:8]}"

    def suggestions(self, row: Row) -> list[Suggestion]:
        """The words of a record that are pointed out, each once, in the order in which they stand."""
        found: dict[str, tuple[str, Hint, int]] = {}
        for column, value in zip(self._columns, row, strict=True):
            for spot in self._spots(column, value):
                words = spot.of(str(value))
                first, hint, count = found.get(words.casefold(), (words, spot.hint, 0))
                found[words.casefold()] = (first, hint, count + 1)
        return [
            Suggestion(words, hint.value, count, hint is not Hint.LEGAL)
            for words, hint, count in found.values()
        ][:MOST_BUTTONS]

    def _met(self, key: str, row: Row) -> list[Any]:
        own = self._plan.of(self.dataset.key, key)
        texts = [value for column, value in zip(self._columns, row, strict=True) if column.kind is Kind.TEXT]
        return own + [
            each
            for each in self._plan.everywhere
            if any(redacting.occurs(each.phrase, text) for text in texts)
        ]

    def _spots(self, column: Column, value: Value) -> list[Any]:
        if column.kind is not Kind.TEXT or not isinstance(value, str) or column.key in self._names:
            return []
        return spots(value, self.known)

    def _cell(self, column: Column, value: Value, given: Value, whole: bool) -> Shown:
        show = cells.shown(column.kind)
        text, clean = show(value), "" if given is None and value is not None else show(given)
        held = pieces.before(text, self._spots(column, value) if text == value else [], self._look)
        left = pieces.after(clean, self._look)
        more = 0
        if not whole:
            held, more = pieces.excerpt(held)
            left, _ = pieces.excerpt(left)
        return Shown(
            key=column.key,
            label=column.label,
            held=held,
            given=left,
            length=len(text) if len(text) > pieces.LONG else 0,
            wide=len(text) > WIDE or "\n" in text,
            more=more,
            is_file=column.kind is Kind.FILE,
            can_go=column.key != self._order
            and value not in (None, "")
            and not cells.REMOVED.fullmatch(str(given)),
            changed=given != value,
        )
