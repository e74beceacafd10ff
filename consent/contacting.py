"""Reading what `deciding` needs: for one person, or for many addresses in a few queries however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from django.db import connection

from consent import suppression
from consent.deciding import Contact, Voice, decide
from consent.models import Channel, ConsentFlag
from portal.register import store
from portal.register.facts import Function
from portal.templatetags.house import short_day
from subjects import restriction
from subjects.identifiers import EMAIL, NUMBER, PHONE, normalise
from subjects.models import Identifier, Subject
from subjects.restriction import Use

CONTACT = "contact-details"  # the kind of data that writing or phoning uses
KEY = {
    Channel.EMAIL: EMAIL,
    Channel.PHONE: PHONE,
    Channel.TEXT: PHONE,
}  # what an address of a channel is found by


class Reachable(Protocol):
    """Somebody with addresses and numbers: a Subject, or what was read of one."""

    @property
    def email(self) -> str: ...
    @property
    def second_email(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def mobile(self) -> str: ...


def reached_at(subject: Reachable, channel: str) -> list[str]:
    """The addresses or numbers of a person that a channel may use; none for post and website."""
    given = {
        Channel.EMAIL: (subject.email, subject.second_email),
        Channel.PHONE: (subject.phone, subject.mobile),
        Channel.TEXT: (subject.mobile, subject.phone),
    }.get(Channel(channel), ())
    return [each for each in given if each]


def of_subject(subject: Subject, purpose: str, channel: str) -> Contact:
    """The answer for one person."""
    function = _checked(purpose, channel)
    flag = ConsentFlag.objects.filter(subject=subject, address="", purpose=purpose, channel=channel).first()
    voice = Voice(
        paused=restriction.blocks(subject, _use(function), kind=CONTACT, purpose=purpose),
        act=flag.act if flag else "",
        at=flag.happened_at if flag else None,
    )
    at = reached_at(subject, channel)
    on_list = bool(function.is_marketing and at and suppression.standing(at, channel, purpose))
    return decide(function, [voice], suppressed=on_list, day=short_day)


# One query for many addresses: going to the database for each table costs more than all else (bench/may_contact.py).
_MANY = """
SELECT wanted.place, key.subject_id, flag.act, flag.happened_at, alone.act, alone.happened_at,
       EXISTS (SELECT FROM subjects_restriction WHERE subject_id = key.subject_id AND lifted_at IS NULL),
       %(marketing)s AND EXISTS (
           SELECT FROM consent_suppression
           WHERE digest IN (wanted.code, wanted.tagged) AND channel = %(channel)s
             AND purpose IN (%(purpose)s, '') AND lifted_at IS NULL)
FROM unnest(%(forms)s::text[], %(codes)s::text[], %(tagged)s::text[])
     WITH ORDINALITY AS wanted (form, code, tagged, place)
LEFT JOIN subjects_identifier AS key ON key.kind = %(kind)s AND key.value = wanted.form AND wanted.form <> ''
LEFT JOIN consent_consentflag AS flag
       ON flag.subject_id = key.subject_id AND flag.purpose = %(purpose)s AND flag.channel = %(channel)s
LEFT JOIN consent_consentflag AS alone
       ON alone.subject_id IS NULL AND alone.address = wanted.form AND wanted.form <> ''
      AND alone.purpose = %(purpose)s AND alone.channel = %(channel)s
"""


def of_addresses(addresses: Sequence[str], purpose: str, channel: str) -> list[Contact]:
    """The answers for addresses (or numbers), in the same order. At most two queries.

    An address that nobody has, and one whose owner never said anything, get the same answer. What was said of an
    address before we knew whose it is, is the word of its one owner: the later one counts. Where several have it
    nobody knows whose word it was, and it stands beside theirs.
    Raises UnknownKey for a purpose that the register does not have, ValueError for a channel without addresses.
    """
    function = _checked(purpose, channel)
    if channel not in KEY:
        raise ValueError(f"nobody is found by their address for {channel!r}")
    rows = _rows(addresses, function, channel)
    pauses = _paused({row[1] for row in rows if row[6]}, function)
    found: list[list[tuple[Any, ...]]] = [[] for _ in addresses]
    for row in rows:
        found[row[0] - 1].append(row)
    return [decide(function, _voices(mine, pauses), suppressed=mine[0][7], day=short_day) for mine in found]


def _rows(addresses: Sequence[str], function: Function, channel: str) -> list[tuple[Any, ...]]:
    """What is known of each address, a row for each person who has it; one row where nobody has."""
    forms, codes, tagged = [], [], []
    for each in addresses:
        forms.append(normalise(KEY[Channel(channel)], each))
        found = suppression.codes(each, channel) or [""]
        codes.append(found[0])
        tagged.append(found[-1])
    given = {"forms": forms, "codes": codes, "tagged": tagged, "kind": KEY[Channel(channel)]}
    about = {"purpose": function.key, "channel": str(channel), "marketing": function.is_marketing}
    with connection.cursor() as cursor:
        cursor.execute(_MANY, given | about)
        return cursor.fetchall()


def _voices(rows: Sequence[tuple[Any, ...]], pauses: Mapping[Any, str]) -> list[Voice]:
    alone, alone_at = rows[0][4], rows[0][5]
    people = [(pauses.get(pk, ""), act or "", at) for _, pk, act, at, *_ in rows if pk is not None]
    if alone and len(people) == 1:
        paused, _, at = people[0]
        if at is None or alone_at > at:
            return [Voice(paused, alone, alone_at)]
    elif alone:
        return [*(Voice(*each) for each in people), Voice("", alone, alone_at)]
    return [Voice(*each) for each in people]


def of_numbers(numbers: Sequence[str], purpose: str, channel: str) -> list[Contact]:
    """The answers for customer numbers, in the same order; also for post. At most five queries.

    A number that nobody has, and one whose owner never said anything, get the same answer.
    Raises UnknownKey and ValueError as `of_addresses` does.
    """
    function = _checked(purpose, channel)
    wanted = [normalise(NUMBER, each) for each in numbers]
    owners = _owners(NUMBER, set(wanted) - {""})
    known = {pk for found in owners.values() for pk in found}
    people = Subject.objects.filter(pk__in=known).only("email", "second_email", "phone", "mobile")
    return _of_owned(wanted, owners, people if function.is_marketing else (), function, channel)


def of_subjects(people: Sequence[Subject], purpose: str, channel: str) -> list[Contact]:
    """The answers for people, in the same order. At most three queries."""
    function = _checked(purpose, channel)
    owners = {str(each.pk): [each.pk] for each in people}
    return _of_owned([str(each.pk) for each in people], owners, people, function, channel)


def _of_owned(
    wanted: Sequence[str],
    owners: Mapping[str, list[Any]],
    people: Iterable[Subject],
    function: Function,
    channel: str,
) -> list[Contact]:
    stopped: set[Any] = set()
    if function.is_marketing:
        at = {each.pk: reached_at(each, channel) for each in people}
        reached = sorted({each for found in at.values() for each in found})
        listed = suppression.standing(reached, channel, function.key)
        stopped = {pk for pk, found in at.items() if listed.intersection(found)}
    known = {pk for found in owners.values() for pk in found}
    voices = _said_by(owners, known, function, channel)
    return [
        decide(
            function,
            voices.get(form, ()),
            suppressed=not stopped.isdisjoint(owners.get(form, ())),
            day=short_day,
        )
        for form in wanted
    ]


def _owners(kind: str, forms: set[str]) -> dict[str, list[Any]]:
    """The people who have each key."""
    owners: dict[str, list[Any]] = defaultdict(list)
    people = Identifier.objects.filter(kind=kind, value__in=forms)
    for form, pk in people.values_list("value", "subject_id"):
        owners[form].append(pk)
    return owners


def _said_by(
    owners: Mapping[str, list[Any]], known: set[Any], function: Function, channel: str
) -> dict[str, list[Voice]]:
    """What the people behind each key said."""
    said: dict[Any, tuple[Any, Any]] = {}
    flags = ConsentFlag.objects.filter(purpose=function.key, channel=channel, subject__in=known)
    for pk, act, at in flags.values_list("subject_id", "act", "happened_at"):
        said[pk] = (act, at)
    paused = _paused(known, function)
    nothing = ("", None)
    return {
        form: [Voice(paused.get(pk, ""), *said.get(pk, nothing)) for pk in found]
        for form, found in owners.items()
    }


def _paused(people: set[Any], function: Function) -> dict[Any, str]:
    if not people:
        return {}
    standing = restriction.standing(people)
    use = _use(function)
    return {
        pk: restriction.first_no(each, use, kind=CONTACT, purpose=function.key)
        for pk, each in standing.items()
    }


def _use(function: Function) -> Use:
    return Use.MARKETING if function.is_marketing else Use.CONTACT


def _checked(purpose: str, channel: str) -> Function:
    function = store.current().function(purpose)
    if channel not in Channel.values:
        raise ValueError(f"unknown channel {channel!r}")
    return function
