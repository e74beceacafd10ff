"""What in a text may be about somebody else: suggestions for the person who reviews, never more. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from subjects.identifiers import normalise_email, normalise_phone

EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")
PHONE = re.compile(r"(?<![\w.,£$/-])(?:\+|\(?0)\d(?:[ ()-]{0,2}\d){8,13}(?![\w/-])")
# Signs that a text may be confidential between us and our lawyers (Data Protection Act 2018, Schedule 2, para 19).
LEGAL = (
    "solicitor",
    "solicitors",
    "barrister",
    "counsel",
    "our lawyer",
    "our lawyers",
    "legal advice",
    "legally privileged",
    "legal privilege",
    "without prejudice",
    "litigation",
)
SHORTEST_NAME = 4  # letters; shorter ones are ordinary words too often


class Hint(StrEnum):
    """Why a place is pointed out."""

    EMAIL = "another email address"
    PHONE = "another telephone number"
    PERSON = "another contact of the same account"
    STAFF = "one of our staff"
    LEGAL = "may be legal advice"


@dataclass(frozen=True, slots=True)
class Spot:
    """One place in a text."""

    start: int
    end: int
    hint: Hint

    def of(self, text: str) -> str:
        """The words there."""
        return text[self.start : self.end]


@dataclass(frozen=True)
class Known:
    """Who is who: the person's own keys, which are never pointed out, and the names of others."""

    own_emails: frozenset[str] = frozenset()
    own_phones: frozenset[str] = frozenset()
    own_name: str = ""
    people: frozenset[str] = frozenset()
    staff: frozenset[str] = frozenset()
    our_domains: frozenset[str] = frozenset()

    @cached_property
    def names(self) -> re.Pattern[str] | None:
        """Finds the names of others as whole words."""
        own = self.own_name.casefold()
        wanted = [n for n in self.people | self.staff if len(n) >= SHORTEST_NAME and n.casefold() != own]
        return _any_of(wanted)

    @cached_property
    def _people(self) -> frozenset[str]:
        return frozenset(" ".join(name.casefold().split()) for name in self.people)

    def is_contact(self, name: str) -> bool:
        """Whether this is a contact of the account rather than one of our staff."""
        return " ".join(name.casefold().split()) in self._people


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    parts = [r"\s+".join(map(re.escape, word.split())) for word in sorted(words, key=len, reverse=True)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE) if parts else None


_LEGAL = _any_of(LEGAL)


def spots(text: str, known: Known) -> list[Spot]:
    """The places of `text` that may be about somebody else, in order, none overlapping another."""
    found = [*_emails(text, known), *_phones(text, known), *_names(text, known)]
    if _LEGAL:
        found += [Spot(m.start(), m.end(), Hint.LEGAL) for m in _LEGAL.finditer(text)]
    found.sort(key=lambda spot: (spot.start, -spot.end))
    apart: list[Spot] = []
    for spot in found:
        if not apart or spot.start >= apart[-1].end:
            apart.append(spot)
    return apart


def _emails(text: str, known: Known) -> Iterable[Spot]:
    for match in EMAIL.finditer(text) if "@" in text else ():
        address = normalise_email(match[0])
        if address not in known.own_emails:
            ours = address.rpartition("@")[2] in known.our_domains
            yield Spot(match.start(), match.end(), Hint.STAFF if ours else Hint.EMAIL)


def _phones(text: str, known: Known) -> Iterable[Spot]:
    for match in PHONE.finditer(text):
        if normalise_phone(match[0]) not in known.own_phones:
            yield Spot(match.start(), match.end(), Hint.PHONE)


def _names(text: str, known: Known) -> Iterable[Spot]:
    for match in known.names.finditer(text) if known.names else ():
        yield Spot(match.start(), match.end(), Hint.PERSON if known.is_contact(match[0]) else Hint.STAFF)
