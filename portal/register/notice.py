"""The public privacy notice as the page shows it, and what changed between two of them, sentence by sentence. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from .model import Register

_SENTENCE = re.compile(r"(?<=[.!?]) +(?=[A-ZÀ-Þ“‘(])")
_BLOCKS = {"h1", "h2", "h3", "p", "li", "dt", "dd", "td", "th", "caption", "address"}


def context(register: Register) -> dict[str, Any]:
    """What the template of the notice needs besides the register itself."""
    return {
        "kinds": [_kind(register, category.key) for category in register.categories],
        "short_lived": register.short_lived,
        "bases": register.bases_used,
    }


def _kind(register: Register, key: str) -> dict[str, Any]:
    return {
        "category": register.category(key),
        "functions": register.functions_for(key),
        "recipients": [each for each in register.recipients_for(key) if not each.by_law],
        "rules": [
            (rule, [register.category(other) for other in rule.not_before])
            for rule in register.retention_rules_for(key)
        ],
    }


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the notice, and where it stands: "How long we keep it: Payment history"."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """Sentences beside each other: what stood there and what will; either may be empty."""

    where: str
    before: str
    after: str


class _Reader(HTMLParser):
    """Collects the text of the blocks inside <main>, with the headings that they stand under."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self._inside = False
        self._heading, self._row = "", ""
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "main":
            self._inside = True
        if tag in _BLOCKS:
            self._end("")
        if tag == "tr":
            self._row = ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end(tag)
        if tag in {"table", "dl", "ul"}:
            self._row = ""
        if tag == "main":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self._text.append(data)

    def _end(self, tag: str) -> None:
        text = " ".join("".join(self._text).split())
        self._text = []
        if not text:
            return
        if tag in {"h1", "h2"}:
            self._heading, self._row = text, ""
        elif tag == "h3" or tag in {"th", "dt"}:
            self._row = text
        where = f"{self._heading}: {self._row}" if self._row and self._row != text else self._heading
        self.lines += [Line(where, sentence) for sentence in _SENTENCE.split(text)]


def lines(page: str) -> list[Line]:
    """The sentences of a page's main part, in order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.lines


def changes(before: Sequence[Line], after: Sequence[Line]) -> list[Change]:
    """What differs, in the order of the page; neighbours that belong to each other stand beside each other."""
    old, new = [each.text for each in before], [each.text for each in after]
    found: list[Change] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found += _beside(before[a:b], after[c:d])
    return found


def _beside(gone: Sequence[Line], come: Sequence[Line]) -> list[Change]:
    """One for one where there are as many; otherwise by where they stand."""
    if len(gone) == len(come):
        return [Change(new.where, old.text, new.text) for old, new in zip(gone, come, strict=True)]
    places = list(dict.fromkeys(each.where for each in (*gone, *come)))
    return [
        Change(
            where,
            " ".join(each.text for each in gone if each.where == where),
            " ".join(each.text for each in come if each.where == where),
        )
        for where in places
    ]
