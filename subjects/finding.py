"""Find a person: one text in, the people it may mean out, each with the reasons.

Three steps, and as many queries for one person as for a million: the database proposes people by its
indexes (equal keys, beginnings and endings, words alike by trigrams), their keys are fetched, and
`identifiers.match_score` says how well each fits. Nobody is listed for an empty text, and the trail gets a
note of every search: how many were found, never the text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from portal.accounts.powers import Power, may, require
from portal.audit.trail import Verb, record
from subjects import identifiers
from subjects.identifiers import ACCOUNT, EMAIL, NAME, NUMBER, PHONE
from subjects.models import Identifier, Subject
from subjects.models.subject import ALPHABET

LONGEST = 200  # characters of a search text that are read
MOST = 50  # people shown
PROPOSED = 100  # people that one branch of the query may propose
REFERENCE = "reference"
_MOST_WORDS = 6
_LEAST_SCORE = {NAME: 0.72, EMAIL: 0.7, PHONE: 0.8, NUMBER: 0.8, ACCOUNT: 0.8}
_SAME = {
    NAME: "same name",
    EMAIL: "same e-mail address",
    PHONE: "same telephone number",
    ACCOUNT: "same account number",
    NUMBER: "same customer number",
    REFERENCE: "same reference",
}
_ENDS = {
    PHONE: "telephone number ends with these digits",
    ACCOUNT: "account number ends with these digits",
    NUMBER: "customer number ends with these digits",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a further finder (see `register_finder`) knows: whom, why in words, how surely (0 to 1)."""

    subject_id: UUID
    reason: str
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Match:
    """One person the text may mean."""

    subject: Subject  # with its account
    reasons: tuple[str, ...]  # in words, the surest first
    score: float  # 1.0: something is exactly the same


class Matches(list[Match]):
    """The people found, best first, at most `MOST` of them; `more`: there are others."""

    more: bool = False


Reading = tuple[str, str]  # kind of key, normalised value
Finder = Callable[[str], Iterable[Found]]
_FINDERS: list[Finder] = []


def register_finder(finder: Finder) -> Finder:
    """Let an upper floor find people by keys of its own (the reference of a request).

    It is given the stripped text; it must answer with few, indexed queries, and with nothing when the text is
    none of its keys.
    """
    if finder not in _FINDERS:
        _FINDERS.append(finder)
    return finder


def find(text: str, *, by: Any) -> Matches:
    """The people that `text` may mean, by name, e-mail address, telephone, account or customer number,
    reference, or several of these together. Nobody for an empty text.

    `by` is a member of staff, or None when the portal itself looks. Raises PermissionDenied, with the
    reason, for staff who may not find people. Each search is noted in the trail.
    """
    if by is not None:
        require(by, Power.FIND_PEOPLE)
    text = " ".join(text.replace("\x00", " ").split())[:LONGEST]
    if not text:
        return Matches()
    with transaction.atomic():
        readings = readings_of(text)
        reasons = _reasons(text, readings)
        matches = _best(reasons, locked=may(by, Power.SEE_LOCKED))
        kinds = ",".join(sorted({kind for kind, _ in readings}))
        record(Verb.PERSON_SEARCHED, by=by, target=f"people:{len(matches)}", reason=kinds)
    return matches


# --- what the text may mean -----------------------------------------------------------------------

_ADDRESS = re.compile(r"[^\s<>,;:]+@[^\s<>,;:]*")
_REFERENCE = re.compile(rf"\bP[-‐–— ]?([{ALPHABET}]{{4}})[-‐–— ]?([{ALPHABET}]{{4}})\b", re.IGNORECASE)
_CODE = re.compile(r"(?<!\S)(?=\S*\d)(?=\S*[^\W\d_])\S+")  # letters and digits in one word: "A-001001"
_DIGITS = re.compile(r"(?<!\w)\+?[(]?\d[\d\s().+/-]*")


def readings_of(text: str) -> list[Reading]:
    """What a text may mean, each part of it by itself: "Alice Okafor 07700 900123" is a name and a number."""
    found: list[Reading] = []
    rest = text
    for pattern in (_ADDRESS, _CODE, _DIGITS):
        for part in pattern.findall(rest):
            found += identifiers.readings(part.strip(" .,;:<>\"'"))
        rest = pattern.sub(" ", rest)
    found += identifiers.readings(rest)
    references = {f"P-{a}-{b}".upper() for a, b in _REFERENCE.findall(text)}
    found += [(REFERENCE, reference) for reference in sorted(references)]
    return list(dict.fromkeys(found))[:12]


# --- who may be meant -----------------------------------------------------------------------------


def _reasons(text: str, readings: list[Reading]) -> dict[UUID, dict[str, float]]:
    """For each person the reasons to think of them, with the score of each."""
    reasons: dict[UUID, dict[str, float]] = defaultdict(dict)
    wanted = [reading for reading in readings if reading[0] != REFERENCE]
    for subject_id, keys in _keys(_proposed(wanted)).items():
        for kind, asked in wanted:
            found = _fit(kind, asked, keys[kind])
            if found:
                reasons[subject_id][found[0]] = found[1]
    references = [value for kind, value in readings if kind == REFERENCE]
    for subject_id in Subject.objects.filter(reference__in=references).values_list("pk", flat=True):
        reasons[subject_id][_SAME[REFERENCE]] = 1.0
    for finder in _FINDERS:
        for found_by in finder(text):
            reasons[found_by.subject_id][found_by.reason] = found_by.score
    return reasons


def _best(reasons: dict[UUID, dict[str, float]], *, locked: bool) -> Matches:
    """The people with the surest reasons first; several reasons weigh more than one.

    `locked`: also those of whom only what the law makes us keep is left.
    """
    ranks = {pk: max(why.values()) + 0.01 * (len(why) - 1) for pk, why in reasons.items()}
    first = sorted(ranks, key=lambda pk: (-ranks[pk], str(pk)))[: MOST + 1]
    visible = Subject.objects.all() if locked else Subject.objects.filter(locked_at=None)
    people = visible.select_related("account").in_bulk(first[:MOST])
    matches = Matches(
        Match(people[pk], tuple(sorted(reasons[pk], key=lambda why: -reasons[pk][why])), ranks[pk])
        for pk in first
        if pk in people
    )
    matches.sort(key=lambda match: (-match.score, match.subject.full_name, match.subject.reference))
    matches.more = len(first) > MOST
    return matches


def _keys(subject_ids: Iterable[UUID]) -> dict[UUID, dict[str, list[str]]]:
    keys: dict[UUID, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    rows = Identifier.objects.filter(subject__in=list(subject_ids)).values_list("subject_id", "kind", "value")
    for subject_id, kind, value in rows:
        keys[subject_id][kind].append(value)
    return keys


def _fit(kind: str, asked: str, held: list[str]) -> tuple[str, float] | None:
    """The best reason among the keys of one kind, or None when none fits well enough."""
    if kind == NAME:  # the name as a whole is its longest key; the others are its words
        held = sorted(held, key=len)[-1:]
    fits = [fit for value in held if (fit := _one_fit(kind, asked, value))]
    return max(fits, key=lambda fit: fit[1], default=None)


def _one_fit(kind: str, asked: str, held: str) -> tuple[str, float] | None:
    if asked == held:
        return _SAME[kind], 1.0
    if kind == NAME and set(asked.split()) <= set(held.split()):
        return ("name has these words" if " " in asked else "name has this word"), 0.97
    if kind == NAME and any(word.startswith(asked) for word in (held, *held.split())):
        return "name begins like this", 0.85
    if kind == EMAIL and held.startswith(asked):
        return "e-mail address begins like this", 0.9
    if kind in (ACCOUNT, NUMBER) and asked.lstrip("0") == held.lstrip("0"):
        return f"{_SAME[kind]} but for zeros in front", 0.95
    score = identifiers.match_score(kind, asked, held)
    if score >= _LEAST_SCORE[kind]:
        return _ENDS.get(kind, f"{'name' if kind == NAME else 'e-mail address'} is nearly the same"), score
    if (
        kind == EMAIL
        and len(asked.partition("@")[0]) > 2
        and asked.partition("@")[0] == held.partition("@")[0]
    ):
        return "e-mail address is the same before the @", 0.6
    return None


# --- what the database proposes ---------------------------------------------------------------------

_ROWS = "SELECT subject_id, value FROM subjects_identifier WHERE kind = %s AND"
_EQUAL = f"{_ROWS} value = ANY(%s) LIMIT {PROPOSED}"
_LIKE = f"{_ROWS} value LIKE %s LIMIT {PROPOSED}"
_ALL_WORDS = (
    "SELECT subject_id FROM subjects_identifier "  # noqa: S608 - our own constants
    f"WHERE kind = %s AND value = ANY(%s) GROUP BY subject_id HAVING count(*) = %s LIMIT {PROPOSED}"
)
_ALIKE = f"{_ROWS} value %% %s ORDER BY similarity(value, %s) DESC LIMIT {PROPOSED}"
# A beginning that very many share is not read to its end: then only a narrower text helps.
_LIKE_AND_ALIKE = (
    f"SELECT subject_id FROM ({_ROWS} value LIKE %s LIMIT 5000) AS near "  # noqa: S608 - our own constants
    f"ORDER BY similarity(value, %s) DESC LIMIT {PROPOSED}"
)
Branch = tuple[str, tuple[Any, ...]]


def _proposed(readings: list[Reading]) -> set[UUID]:
    """People whose keys may fit: those with an equal key, and where that is not enough those like it.

    Every branch of the two queries has an index and a limit.
    """
    equal = _ask([branch for kind, value in readings for branch in _equal(kind, value)])
    near: list[Branch] = []
    for number, (kind, value) in enumerate(readings):
        hits = sum(1 for which, _ in equal if which == number)
        # A number or an address that is somebody's is that somebody's; a name may be misspelt all the same.
        if hits < (MOST if kind == NAME else 1):
            near += _near(kind, value)
    return {subject_id for _, subject_id in equal + _ask(near)}


def _ask(branches: list[Branch]) -> list[tuple[int, UUID]]:
    """The number of the branch and the person, for all branches in one query."""
    if not branches:
        return []
    sql = " UNION ".join(
        f"(SELECT {number} AS branch, subject_id FROM ({statement}) AS b{number})"  # noqa: S608 - our own statements
        for number, (statement, _) in enumerate(branches)
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _, values in branches for value in values])
        return [(branch, subject_id) for branch, subject_id in cursor.fetchall()]


def _equal(kind: str, value: str) -> list[Branch]:
    """One branch a reading: keys that are the same, also where one of two numbers lost its leading zeros."""
    values = [value]
    if kind in (ACCOUNT, NUMBER) and value.isdecimal():
        bare = value.lstrip("0") or "0"
        values += [bare.zfill(width) for width in range(len(bare), max(13, len(bare) + 1))]
    return [(_EQUAL, (kind, values))]


def _near(kind: str, value: str) -> list[Branch]:
    if kind == NAME:
        return _near_names(value)
    if kind == EMAIL:
        return _near_addresses(value)
    if len(value) >= 6 and value.isdecimal():  # "+44..." is a whole number: there is nothing in front of it
        return [(_LIKE, (kind, f"%{value}"))]
    return []


def _near_names(value: str) -> list[Branch]:
    words = list(dict.fromkeys(value.split()))[:_MOST_WORDS]
    branches: list[Branch] = []
    if len(words) > 1:
        branches.append((_ALL_WORDS, (NAME, words, len(words))))
    if len(value) > 2 or not value.isascii():
        branches.append((_LIKE, (NAME, _literally(value) + "%")))
    if value.isascii():
        return [*branches, (_ALIKE, (NAME, value, value))]
    # Trigrams know other scripts only where the database's locale does; beginnings are found everywhere.
    return branches + [(_LIKE, (NAME, _literally(word[: max(1, len(word) // 2)]) + "%")) for word in words]


def _near_addresses(value: str) -> list[Branch]:
    """With the same beginning; with one of the two halves of the part before the @ (a typo spoils only one)."""
    local, at, domain = value.partition("@")
    if not domain:
        return [(_LIKE_AND_ALIKE, (EMAIL, f"{_literally(local)}{at}%", value))]
    branches: list[Branch] = [(_LIKE_AND_ALIKE, (EMAIL, f"{_literally(local)}@%", value))]
    half = len(local) // 2
    if half >= 2:
        branches.append((_LIKE_AND_ALIKE, (EMAIL, f"{_literally(local[:half])}%", value)))
        branches.append((_LIKE_AND_ALIKE, (EMAIL, f"%{_literally(local[half:])}@%", value)))
    return branches


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
