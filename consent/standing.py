"""Changes that nobody said: pauses placed and lifted, erasures, addresses put on the do-not-contact list.

Other systems hear of them in the stream of `consent.changes`. Pauses and erasures are noted by triggers, so that no way
to place, lift or erase can forget them; here is what is noted by hand, what is told, and what is forgotten again.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from consent import contacting, purposes
from consent.models import Channel, StandingChange
from portal.register import periods, store
from portal.register.model import UnknownKey
from subjects import restriction
from subjects.identifiers import normalise
from subjects.models import Identifier, Restriction, Subject
from subjects.restriction import Use

Kind = StandingChange.Kind
NUMBERS = (
    "erased-numbers"  # in the register: how long the number of somebody erased is kept for other systems
)
_GONE = "x-"  # what the number of somebody erased begins with


@dataclass(frozen=True, slots=True)
class Told:
    """What a reader of the stream hears. `allowed` is None where only a new question can tell."""

    change: StandingChange
    number: str
    allowed: bool | None
    because: str


_ASK = "Ask “may-contact” before you use their data again."


def note_suppressed(addresses: Iterable[str], channel: str, purpose: str) -> None:
    """These went onto the do-not-contact list without a word of theirs: a change for each person who has one of them,
    or one of nobody's. The addresses themselves are not kept."""
    kind = contacting.KEY.get(Channel(channel))
    forms = {normalise(kind, each) for each in addresses} - {""} if kind else set()
    owners = set(Identifier.objects.filter(kind=kind, value__in=forms).values_list("subject_id", flat=True))
    StandingChange.objects.bulk_create(
        StandingChange(kind=Kind.SUPPRESSED, person=person, channel=channel, purpose=purpose)
        for person in sorted(owners, key=str) or [None]
    )


def told(changes: Sequence[StandingChange]) -> list[Told]:
    """What is said of each now, whatever came later. A few queries, however many there are."""
    people = Subject.objects.in_bulk({each.person for each in changes if each.person})
    present = {pk: each for pk, each in people.items() if not each.source_key.startswith(_GONE)}
    pauses = restriction.standing(set(present))
    stopped = _stopped(changes, present)
    found = []
    for each in changes:
        subject = present.get(each.person)
        number = subject.source_key if subject else each.number
        found.append(Told(each, number, *_answer(each, subject, pauses, stopped)))
    return found


def _answer(
    change: StandingChange,
    subject: Subject | None,
    pauses: Mapping[Any, Sequence[Restriction]],
    stopped: set[int],
) -> tuple[bool | None, str]:
    if change.kind == Kind.ERASED:
        return False, "We have deleted them, or keep them for the law alone. Delete them too."
    if subject is None and change.person:
        return False, "They are deleted."
    if change.kind == Kind.SUPPRESSED:
        if change.pk in stopped:
            return False, "They are on the do-not-contact list."
        whom = "" if subject else "It is the address of nobody on file. "
        return None, whom + _ASK
    standing = pauses.get(change.person, [])
    no = restriction.first_no(standing, Use.MARKETING, kind=contacting.CONTACT)
    return (False, no) if no else (None, _ASK)


def _stopped(changes: Sequence[StandingChange], people: Mapping[Any, Subject]) -> set[int]:
    """Those put on the list who may not be contacted for any marketing that it is about."""
    lots: dict[tuple[str, str], list[StandingChange]] = defaultdict(list)
    for each in changes:
        if each.kind == Kind.SUPPRESSED and each.person in people:
            lots[each.channel, each.purpose].append(each)
    found: set[int] = set()
    for (channel, purpose), lot in lots.items():
        allowed = [_allowed([people[each.person] for each in lot], key, channel) for key in _about(purpose)]
        found |= {each.pk for place, each in enumerate(lot) if not any(answer[place] for answer in allowed)}
    return found


def _about(purpose: str) -> list[str]:
    return [purpose] if purpose else [each.key for each in purposes.marketing()]


def _allowed(people: Sequence[Subject], purpose: str, channel: str) -> list[bool]:
    try:
        return [each.allowed for each in contacting.of_subjects(people, purpose, channel)]
    except UnknownKey:
        return [False] * len(people)


def forget_numbers() -> int:
    """Empty the numbers of people who were erased long enough ago for every system to have heard; returns how many."""
    now = timezone.now()
    try:
        period = store.current().short_lived_thing(NUMBERS).period
    except UnknownKey:
        period = periods.Period(30, periods.Unit.DAY)
    numbered = StandingChange.objects.exclude(number="")
    old = [pk for pk, at in numbered.values_list("pk", "at") if _over(period, at, now)]
    return StandingChange.objects.filter(pk__in=old).update(number="")


def _over(period: periods.Period, at: dt.datetime, now: dt.datetime) -> bool:
    return period.after(timezone.localdate(at)) < timezone.localdate(now)
