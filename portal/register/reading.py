"""From the tables of a register file to facts: each checked against its dataclass, every fault collected.

Pure. Nothing stops at the first fault: whoever writes a register sees the whole list, each entry with the
place in the file and a sentence that says what to do.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field
from enum import Enum
from typing import Any, TypeVar

from . import periods
from .facts import Clause, Email, Key, Url

LONGEST_TEXT = 2_000  # characters in one value
LONGEST_LIST = 500  # entries in one list
LARGEST_NUMBER = 1_000

Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: where it is, what is wrong, what to do."""

    file: str
    key: str
    what: str
    remedy: str

    def __str__(self) -> str:
        """One line for a terminal: "register.toml: retention (orders).period: ... ..."."""
        return f"{self.file}: {self.key}: {self.what} {self.remedy}"


class BadValue(ValueError):
    """A value of the wrong form; carries the fault and the remedy as two sentences."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what, self.remedy = what, remedy


@dataclass
class Reader:
    """Reads tables into facts and gathers problems on the way.

    `declared` holds the keys the file gives in each list of tables, those of faulty entries included, and
    `partial` the lists that have faulty entries: so that one fault is not reported again as a missing name.
    """

    file: str
    problems: list[Problem] = field(default_factory=list)
    declared: dict[str, set[str]] = field(default_factory=dict)
    partial: set[str] = field(default_factory=set)

    def fault(self, key: str, what: str, remedy: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(self.file, key, what, remedy))

    def one(self, document: Mapping[str, Any], name: str, shape: type[Fact]) -> Fact | None:
        """The single table `[name]` as a fact; None, with problems noted, if it is missing or wrong."""
        if name not in document:
            self.fault(name, "This table is missing.", f"Add [{name}] with {_listed(required(shape))}.")
            return None
        return self._table(document[name], f"[{name}]", shape)

    def many(
        self, document: Mapping[str, Any], name: str, shape: type[Fact], *, needed: bool = True
    ) -> tuple[Fact, ...]:
        """All tables `[[name]]` as facts, the wrong ones left out with problems noted. `needed`: at least one."""
        tables = document.get(name, [])
        self.declared[name] = set()
        if not isinstance(tables, list):
            self.partial.add(name)
            self.fault(name, "This is one table, but several are expected.", f"Use two brackets: [[{name}]].")
            return ()
        if not tables and needed:
            self.partial.add(name)
            self.fault(
                name, "There is none.", f"Add at least one [[{name}]] with {_listed(required(shape))}."
            )
        if len(tables) > LONGEST_LIST:
            self.partial.add(name)
            self.fault(name, f"There are {len(tables)} of them.", f"Keep to at most {LONGEST_LIST}.")
            return ()
        found = [
            self._table(table, _place(name, number, table), shape) for number, table in enumerate(tables, 1)
        ]
        self.declared[name] = {str(each.get("key")) for each in tables if isinstance(each, Mapping)}
        if None in found:
            self.partial.add(name)
        return tuple(fact for fact in found if fact is not None)

    def _table(self, table: Any, place: str, shape: type[Fact]) -> Fact | None:
        if not isinstance(table, Mapping):
            self.fault(place, "This is not a table.", "Write its name in square brackets on its own line.")
            return None
        before = len(self.problems)
        hints = typing.get_type_hints(shape)
        self._unknown(table, place, hints)
        values: dict[str, Any] = {}
        for name in hints:
            if name in table:
                self._value(values, name, table[name], hints[name], place)
            elif name in required(shape):
                example = _example(hints[name])
                self.fault(f"{place}.{name}", "This line is missing.", f"Add a line: {name} = {example}")
        return shape(**values) if len(self.problems) == before else None

    def _unknown(self, table: Mapping[str, Any], place: str, known: Iterable[str]) -> None:
        for name in table:
            if name not in known:
                remedy = did_you_mean(name, known)
                self.fault(f"{place}.{name}", "There is no such key, probably a slip of the pen.", remedy)

    def _value(self, values: dict[str, Any], name: str, raw: Any, hint: Any, place: str) -> None:
        try:
            values[name] = _convert(raw, hint)
        except (BadValue, periods.BadPeriod) as bad:
            self.fault(f"{place}.{name}", bad.what, bad.remedy)


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """A remedy for a name that does not exist: the nearest one that does, or the list of them."""
    names = sorted(known)
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{near[0]}"?'
    return f"Use one of {_listed(names)}." if names else "Take it out."


def _place(name: str, number: int, table: Any) -> str:
    """How to find an entry of a list: by its key where it has one, by its number otherwise."""
    if isinstance(table, Mapping):
        for handle in ("key", "category", "where", "recipient"):
            if isinstance(table.get(handle), str):
                return f"[[{name}]] {table[handle][:60]}"
    return f"[[{name}]] number {number}"


def required(shape: type) -> list[str]:
    """The fields of a shape that must be in the file."""
    fields = dataclasses.fields(shape)
    return [one.name for one in fields if one.default is MISSING and one.default_factory is MISSING]


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def read_line(shape: type, name: str, raw: Any) -> Any:
    """One line of a table as its fact, for a form that says at once what is wrong. Raises BadValue or BadPeriod."""
    return _convert(raw, typing.get_type_hints(shape)[name])


def _convert(raw: Any, hint: Any) -> Any:
    """`raw` as TOML gave it, turned into the type `hint`. Raises BadValue or BadPeriod."""
    if typing.get_origin(hint) is tuple:
        return _list(raw, typing.get_args(hint)[0])
    if typing.get_origin(hint) is types.UnionType:  # "Floor | None": the file has it or leaves it out
        hint = next(each for each in typing.get_args(hint) if each is not types.NoneType)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _word(raw, hint)
    return _READERS[hint](raw)


def _list(raw: Any, hint: Any) -> tuple[Any, ...]:
    if not isinstance(raw, list):
        raise BadValue("This is not a list.", 'Put square brackets around it: ["...", "..."].')
    if len(raw) > LONGEST_LIST:
        raise BadValue(f"This list has {len(raw)} entries.", f"Keep to at most {LONGEST_LIST}.")
    entries = tuple(_convert(each, hint) for each in raw)
    twice = sorted({str(each) for each in entries if entries.count(each) > 1})
    if twice:
        raise BadValue(f'"{twice[0]}" stands there twice.', "Take one of them out.")
    return entries


def _word(raw: Any, words: type[Enum]) -> Enum:
    text = _text(raw)
    allowed = [str(each.value) for each in words]
    if text not in allowed:
        raise BadValue(f'"{text}" is not one of the words allowed here.', did_you_mean(text, allowed))
    return words(text)


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise BadValue("This is not text.", 'Put quotation marks around it: "...".')
    text = " ".join(raw.split())
    if not text:
        raise BadValue("This is empty.", "Write something, or take the line out if it is not required.")
    if len(text) > LONGEST_TEXT:
        raise BadValue(f"This has {len(text)} characters.", f"Keep to at most {LONGEST_TEXT}.")
    return text


def _key(raw: Any) -> str:
    text = _text(raw)
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", text) or len(text) > 60:
        raise BadValue(
            f'"{text[:60]}" cannot be a key.',
            'Use small letters, digits and single hyphens, at most 60 characters, like "call-recordings".',
        )
    return text


def _email(raw: Any) -> str:
    text = _text(raw)
    if not re.fullmatch(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\".]+", text):
        raise BadValue(f'"{text[:80]}" is not an e-mail address.', 'Write it like "rights@example.org".')
    return text


def _url(raw: Any) -> str:
    text = _text(raw)
    if not re.fullmatch(r"https://[^\s<>\"]+", text):
        raise BadValue(
            f'"{text[:80]}" is not a web address.', 'Write it in full, like "https://example.org/".'
        )
    return text


def _clause(raw: Any) -> str:
    text = _text(raw)
    if text.endswith((".", "!", "?")):
        raise BadValue(
            "This ends like a sentence, but becomes part of one.", "Take the full stop off the end."
        )
    if text.lower().startswith("because "):
        raise BadValue('The word "because" is put in front of this.', 'Take "because" out.')
    return text


def _boolean(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise BadValue("This is neither true nor false.", "Write true or false, without quotation marks.")
    return raw


def _count(raw: Any) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or not 1 <= raw <= LARGEST_NUMBER:
        raise BadValue(
            f"This is not a whole number from 1 to {LARGEST_NUMBER:,}.",
            "Write it without quotation marks, like 7.",
        )
    return raw


def _date(raw: Any) -> dt.date:
    if not isinstance(raw, dt.date) or isinstance(raw, dt.datetime):
        raise BadValue("This is not a date.", "Write it without quotation marks, like 2026-11-23.")
    return raw


# By type of the field: what reads it, and what a right value looks like.
_READERS: dict[Any, Callable[[Any], Any]] = {
    str: _text,
    bool: _boolean,
    int: _count,
    dt.date: _date,
    Key: _key,
    Email: _email,
    Url: _url,
    Clause: _clause,
    periods.Period: lambda raw: periods.parse_period(_text(raw)),
    periods.DayOfYear: lambda raw: periods.parse_day_of_year(_text(raw)),
    periods.Floor: lambda raw: periods.parse_floor(_text(raw)),
}
_EXAMPLES: dict[Any, str] = {
    bool: "true",
    int: "7",
    dt.date: "2026-11-23",
    Key: '"contact-details"',
    Email: '"rights@example.org"',
    Url: '"https://example.org/"',
    Clause: '"to supply what you ordered"',
    periods.Period: '"7 years"',
}


def _example(hint: Any) -> str:
    if typing.get_origin(hint) is tuple:
        return f"[{_example(typing.get_args(hint)[0])}]"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return " or ".join(f'"{each.value}"' for each in hint)
    return _EXAMPLES.get(hint, '"..."')
