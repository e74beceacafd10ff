"""What of a register may be edited in the browser: the words and rules of its entries, never which entries there are.

Pure. Works on the tables of a document (as TOML gives them), so that a draft is read by the same reader as the file.
Not editable: keys and which kinds of data there are (the portal's data map refers to them), lawful bases, the floor of
tax law, and the periods of what the portal itself makes and destroys (settings do that, and a check compares them).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .completing import Document, handle
from .facts import WhenAsked
from .model import shape_of
from .periods import BadPeriod
from .reading import BadValue, Problem, read_line, required

EDITABLE: dict[str, tuple[str, ...]] = {
    "retention": ("period", "after", "action", "when_asked", "not_before", "because", "note"),
    "short_lived": ("what", "after", "note"),
    "category": ("name", "what", "source", "examples"),
    "function": ("name", "why", "interest"),
    "recipient": ("name", "why", "where"),
    "notify": ("recipient", "way", "address", "secret"),
    "storage": ("what",),
    "right": ("name", "line", "how"),
    "notice": ("time_limit", "cost", "identity", "marketing", "cookies"),
    "controller": ("phone", "contact", "address", "hours"),
    "complaints": ("to_us", "to_regulator", "to_court"),
    "transfers": ("sentence", "safeguards"),
    "automated_decisions": ("sentence",),
    "processor": ("sentence", "requests"),
    "security": ("measures",),
    "cookie": ("purpose", "lasts"),
    "accessibility": ("other_formats", "known_problems"),
}
TITLES = {
    "retention": "How long we keep it",
    "short_lived": "What this portal makes",
    "category": "Kinds of data",
    "function": "What we use data for",
    "recipient": "Whom we share with",
    "notify": "Who is told by itself",
    "storage": "Where we keep it",
    "right": "Rights",
    "notice": "General words of the notice",
    "controller": "How to reach us",
    "complaints": "If people are not happy",
    "transfers": "Outside the United Kingdom",
    "automated_decisions": "Decisions made by computer",
    "processor": "Data we hold for others",
    "security": "How we keep it safe",
    "cookie": "Cookies",
    "accessibility": "Access to this portal",
}

# Tables to which entries may be added and from which they may be taken: nothing else in the portal refers to these.
FREE = ("notify",)


class NoEntry(LookupError):
    """There is no such entry in the register, or it cannot be edited."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One table that can be edited. `handle` is empty for a table that there is once."""

    table: str
    handle: str
    title: str
    values: Mapping[str, Any]


def entries(document: Mapping[str, Any]) -> Iterator[Entry]:
    """All that can be edited, in the order of EDITABLE and of the document."""
    for table in EDITABLE:
        found = document.get(table, [])
        if isinstance(found, Mapping):
            yield Entry(table, "", TITLES[table], found)
            continue
        for each in found:
            yield Entry(table, handle(each), _title(document, table, each), each)


def entry(document: Mapping[str, Any], table: str, wanted: str) -> Entry:
    """One of them. Raises NoEntry."""
    for each in entries(document):
        if (each.table, each.handle) == (table, wanted):
            return each
    raise NoEntry(f"There is nothing to edit at {table} {wanted}.")


def _title(document: Mapping[str, Any], table: str, values: Mapping[str, Any]) -> str:
    if table != "retention":
        return str(values.get("name") or values.get("what") or values.get("recipient") or handle(values))
    names = {each.get("key"): each.get("name") for each in document.get("category", [])}
    whom = {"enquirer": ", of people who never bought", "customer": ", of customers"}
    kind = values.get("category")
    return f"{names.get(kind, kind)}{whom.get(str(values.get('applies_to', '')), '')}"


def fault(table: str, name: str, value: Any) -> str:
    """What is wrong with a value for this line and what to do, as sentences; "" when it can stand there."""
    if name not in EDITABLE[table]:
        raise NoEntry(f"{name} of {table} cannot be edited.")
    if value in ("", [], None):
        return "Write something." if name in required(shape_of(table)) else ""
    try:
        read_line(shape_of(table), name, value)
    except (BadValue, BadPeriod) as bad:
        return f"{bad.what} {bad.remedy}"
    return ""


def changed(document: Mapping[str, Any], table: str, wanted: str, values: Mapping[str, Any]) -> Document:
    """The document with these lines of one entry; an empty value takes the line out. Raises NoEntry.

    Values have to be without `fault`; whether the entries agree, only the reader can say.
    """
    entry(document, table, wanted)
    whole: Document = dict(document)
    found = document[table]
    if isinstance(found, Mapping):
        whole[table] = _with(found, table, values)
    else:
        whole[table] = [_with(each, table, values) if handle(each) == wanted else each for each in found]
    return whole


def added(document: Mapping[str, Any], table: str, values: Mapping[str, Any]) -> Document:
    """The document with one entry more. Raises NoEntry for a table whose entries are fixed."""
    if table not in FREE:
        raise NoEntry(f"Nothing can be added to {table}.")
    return {**document, table: [*document.get(table, []), _with({}, table, values)]}


def removed(document: Mapping[str, Any], table: str, wanted: str) -> Document:
    """The document without one entry. Raises NoEntry."""
    if table not in FREE:
        raise NoEntry(f"Nothing can be taken out of {table}.")
    entry(document, table, wanted)
    whole: Document = dict(document)
    whole[table] = [each for each in document[table] if handle(each) != wanted]
    return whole


def _with(lines: Mapping[str, Any], table: str, values: Mapping[str, Any]) -> Document:
    unknown = set(values) - set(EDITABLE[table])
    if unknown:
        raise NoEntry(f"{sorted(unknown)[0]} of {table} cannot be edited.")
    kept = {**lines, **values}
    return {name: value for name, value in kept.items() if value not in ("", [], None) or name not in values}


def of_entry(problems: tuple[Problem, ...], each: Entry) -> dict[str, list[str]]:
    """The problems of one entry by line ("" for the entry as a whole), as sentences.

    A place in a list names the kind of data or the key, so two rules of one kind show each other's.
    """
    place = f"[{each.table}]" if not each.handle else f"[[{each.table}]] {_short(each)}"
    found: dict[str, list[str]] = {}
    for problem in problems:
        if problem.key == place or problem.key.startswith(f"{place}."):
            found.setdefault(problem.key[len(place) + 1 :], []).append(f"{problem.what} {problem.remedy}")
    return found


def _short(each: Entry) -> str:
    named = {"retention": "category", "notify": "recipient"}.get(each.table, "")
    return str(each.values.get(named) or each.handle)[:60]


WHEN_ASKED = {
    WhenAsked.GOES: "It goes at once",
    WhenAsked.GOES_AFTER_CONTRACT: "It goes, unless we still work for them or something is owed",
    WhenAsked.STAYS: "It stays through its period, because the law or a claim may need it",
    WhenAsked.FOLLOWS: "It stays only as long as the kinds of data named below",
}
