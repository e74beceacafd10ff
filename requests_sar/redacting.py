"""Taking things out of the rows of a copy, before any of them is written down. Pure: no Django, no files.

A removal names a record, a cell, or words. Whatever it reaches is replaced by its mark ("[Removed R1: another
person's details]") while the rows are collected, so neither the spool nor a writer ever sees what was there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from requests_sar.document import Column, Kind, Removed, Row, Value

LONGEST = 500  # characters of words to be removed


class Reach(StrEnum):
    """How much a removal takes."""

    HIDDEN = "hidden"  # the whole record, and that there is one
    RECORD = "record"  # everything in the record but its date
    CELL = "cell"
    PHRASE = "phrase"  # words, in one cell or in each text of one record
    EVERYWHERE = "everywhere"  # words, wherever they occur in the copy


@dataclass(frozen=True, slots=True)
class Removal:
    """One decision to remove something. Removals for one reason share their number."""

    id: int
    number: int
    what: str  # "another person's details"
    why: str
    law: str
    reach: Reach
    dataset: str = ""
    record: str = ""
    column: str = ""
    phrase: str = ""

    @property
    def mark(self) -> str:
        """What stands in its place."""
        return f"[Removed R{self.number}: {self.what}]"


def _folded(letter: str) -> str:
    """A letter without its case and in pieces: "É" and "é" typed as one or as two are the same, "ß" is "ss"."""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold())


_IN_WORD = r"[\w\u0300-\u036f]"  # accents that stand alone belong to the letter before them


def _all_folded(text: str) -> str:
    """The whole text at once: quick, but places in it are not places in `text`."""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())


@lru_cache(maxsize=1_024)
def _sign(phrase: str) -> str:
    """The longest run of plain letters and digits of `phrase`: a text without it need not be looked at closely."""
    runs = re.findall(r"[a-z0-9]+", "".join(map(_folded, phrase)))
    return max(runs, key=len, default="")


@lru_cache(maxsize=1_024)
def _pattern(phrase: str) -> re.Pattern[str]:
    words = "".join(map(_folded, phrase)).split()
    if not words:
        raise ValueError("There are no words to look for.")
    inside = r"\s+".join(map(re.escape, words))
    start = rf"(?<!{_IN_WORD})" if re.match(r"\w", words[0]) else ""
    end = rf"(?!{_IN_WORD})" if re.search(rf"{_IN_WORD}\Z", words[-1]) else ""
    return re.compile(f"{start}{inside}{end}", re.IGNORECASE)


def places(phrase: str, text: str) -> Iterator[tuple[int, int]]:
    """Where `phrase` stands in `text`: in any case and spelling of accents, with any blanks between its words, but not
    as a part of a longer word.

    Raises ValueError when there is nothing to look for.
    """
    look = _pattern(phrase)
    plain = text.isascii()
    if _sign(phrase) not in (text.lower() if plain else _all_folded(text)):
        return
    if plain:
        yield from (match.span() for match in look.finditer(text))
        return
    pieces = [_folded(letter) for letter in text]
    origin = [index for index, piece in enumerate(pieces) for _ in piece]
    for match in look.finditer("".join(pieces)):
        yield origin[match.start()], origin[match.end() - 1] + 1


def occurs(phrase: str, text: Value) -> bool:
    """Whether `phrase` stands in `text`."""
    return isinstance(text, str) and next(places(phrase, text), None) is not None


def cut(text: str, removals: Iterable[Removal]) -> tuple[str, list[Removal]]:
    """`text` without the words of `removals`, and which of them stood in it.

    Places are looked for in the text as it was, so no removal finds its words in the mark of another. Where two
    overlap, all of it goes and each leaves its mark.
    """
    found = sorted(
        ((*place, each) for each in removals for place in places(each.phrase, text)),
        key=lambda place: (place[0], place[1], place[2].number),
    )
    parts, upto, index = [], 0, 0
    while index < len(found):
        start, end, first = found[index]
        marks = {first.number: first.mark}
        index += 1
        while index < len(found) and found[index][0] < end:
            end = max(end, found[index][1])
            marks[found[index][2].number] = found[index][2].mark
            index += 1
        parts += [text[upto:start], *(marks[number] for number in sorted(marks))]
        upto = end
    return "".join([*parts, text[upto:]]), [each for _, _, each in found]


class Plan:
    """All removals of one copy, and what came of them."""

    def __init__(self, removals: Sequence[Removal]) -> None:
        self.removals = tuple(removals)
        self.everywhere = [each for each in removals if each.reach is Reach.EVERYWHERE]
        self.found: set[int] = set()  # ids of removals that met what they remove
        self.left_out: dict[str, int] = {}  # the law -> records that are not even listed
        self._kinds: set[str] = set()
        self._places: dict[int, dict[str, None]] = {}  # number -> titles where its mark stands, in order
        self._of: dict[tuple[str, str], list[Removal]] = {}
        for each in removals:
            if each.reach is not Reach.EVERYWHERE:
                self._of.setdefault((each.dataset, each.record), []).append(each)
                self._kinds.add(each.dataset)

    def touches(self, dataset: str) -> bool:
        """Whether anything in this kind could be removed."""
        return bool(self.everywhere) or dataset in self._kinds

    def of(self, dataset: str, record: str) -> list[Removal]:
        """The removals made for one record."""
        return self._of.get((dataset, record), [])

    def records(self, dataset: str) -> list[str]:
        """The records of this kind that removals were made for."""
        return [record for kind, record in self._of if kind == dataset]

    def marked(self, removal: Removal, title: str) -> str:
        """Note that the mark of `removal` stands under `title`, and return it."""
        self._places.setdefault(removal.number, {})[title] = None
        return removal.mark

    def plain(self, text: str, title: str) -> str:
        """A text beside the records without the words that are removed wherever they occur."""
        clean, met = cut(text, self.everywhere)
        for each in met:
            self.found.add(each.id)
            self.marked(each, title)
        return clean

    def missed(self, collected: Iterable[str]) -> list[int]:
        """Ids of removals that found nothing to remove although their kind was collected: the data have changed."""
        kinds = set(collected)
        return [
            each.id
            for each in self.removals
            if each.id not in self.found and (each.reach is Reach.EVERYWHERE or each.dataset in kinds)
        ]

    def listed(self) -> tuple[Removed, ...]:
        """The rows of "What is removed": one for each number whose mark stands somewhere, no others."""
        by_number = {each.number: each for each in self.removals}
        return tuple(
            Removed(
                number,
                ", ".join(self._places[number]),
                by_number[number].what[:1].upper() + by_number[number].what[1:],
                by_number[number].why,
                by_number[number].law,
                by_number[number].mark,
            )
            for number in sorted(self._places)
        )

    def notes(self) -> list[str]:
        """Sentences about records that are not even listed; where they were is not said."""
        return [
            f"We left {count:,} record{'' if count == 1 else 's'} out altogether, because even listing "
            f"{'it' if count == 1 else 'them'} would give away what the law lets us keep back ({law})."
            for law, count in sorted(self.left_out.items())
        ]


class Cleaner:
    """Cleans the rows of one kind. `order` is the key of the date that a removed record keeps."""

    def __init__(
        self, plan: Plan, dataset: str, title: str, columns: Sequence[Column], order: str = ""
    ) -> None:
        self._plan, self._dataset, self._title = plan, dataset, title
        self._columns, self._order = columns, order
        self.withheld: Mapping[
            Value, Removal
        ] = {}  # files withheld in one record are withheld in every record

    def row(self, record: str, row: Row) -> list[Value] | None:
        """The row as the person gets it; None when it is not even listed. Notes what was found."""
        removals = self._plan.of(self._dataset, record)
        reached = {each.id for each in removals if each.reach in (Reach.HIDDEN, Reach.RECORD)}
        self._plan.found |= reached
        hidden = next((each for each in removals if each.reach is Reach.HIDDEN), None)
        if hidden is None:
            return [self.value(column, value, removals) for column, value in self._pairs(row)]
        for column, value in self._pairs(row):
            self._plan.found.update(each.id for each in self._words(column, value, removals)[1])
        self._plan.found.update(each.id for each in removals)
        self._plan.left_out[hidden.law] = self._plan.left_out.get(hidden.law, 0) + 1
        return None

    def value(self, column: Column, value: Value, removals: Sequence[Removal]) -> Value:
        """One value without what `removals` take out of it."""
        if value is None or value == "":
            return value
        text, met = self._words(column, value, removals)
        whole = [each for each in removals if self._takes(each, column)]
        if column.kind is Kind.FILE and value in self.withheld:
            whole.append(self.withheld[value])
        self._plan.found.update(each.id for each in (*met, *whole))
        if whole:
            return self._plan.marked(min(whole, key=lambda each: each.number), self._title)
        for each in met:
            self._plan.marked(each, self._title)
        return text

    def _pairs(self, row: Row) -> Iterable[tuple[Column, Value]]:
        return zip(self._columns, row, strict=True)

    def _takes(self, removal: Removal, column: Column) -> bool:
        if removal.reach is Reach.RECORD:
            return column.key != self._order
        return removal.reach is Reach.CELL and removal.column == column.key

    def _words(
        self, column: Column, value: Value, removals: Sequence[Removal]
    ) -> tuple[Value, list[Removal]]:
        if column.kind is not Kind.TEXT or not isinstance(value, str):
            return value, []
        here = [each for each in removals if each.reach is Reach.PHRASE and each.column in ("", column.key)]
        phrases = [*self._plan.everywhere, *here]
        return cut(value, phrases) if phrases else (value, [])
