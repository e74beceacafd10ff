"""Reading what `deciding` needs: for one person, or for many addresses in a few queries however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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


def reached_at(subject: Subject, channel: str) -> list[str]:
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


def of_addresses(addresses: Sequence[str], purpose: str, channel: str) -> list[Contact]:
    """The answers for addresses (or numbers), in the same order. At most four queries.

    An address that nobody has, and one whose owner never said anything, get the same answer.
    Raises UnknownKey for a purpose that the register does not have, ValueError for a channel without addresses.
    """
    function = _checked(purpose, channel)
    if channel not in KEY:
        raise ValueError(f"nobody is found by their address for {channel!r}")
    wanted = [normalise(KEY[Channel(channel)], each) for each in addresses]
    on_list = suppression.standing(list(set(addresses)), channel, purpose) if function.is_marketing else set()
    voices = _voices(set(wanted) - {""}, function, channel)
    return [
        decide(function, voices.get(form, ()), suppressed=given in on_list, day=short_day)
        for given, form in zip(addresses, wanted, strict=True)
    ]


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


def _voices(forms: set[str], function: Function, channel: str) -> dict[str, list[Voice]]:
    """What the people at each address said, by the address's normal form.

    What was said of an address before we knew whose it is, is the word of its one owner: their later word counts.
    Where several have it nobody knows whose word it was, and it stands beside theirs.
    """
    owners = _owners(KEY[Channel(channel)], forms)
    known = {pk for found in owners.values() for pk in found}
    voices = _said_by(owners, known, function, channel)
    alone = ConsentFlag.objects.filter(purpose=function.key, channel=channel, subject=None, address__in=forms)
    for form, act, at in alone.values_list("address", "act", "happened_at"):
        mine = voices.setdefault(form, [])
        if len(mine) == 1:
            one = mine[0]
            later = one.at is None or at > one.at
            voices[form] = [Voice(one.paused, act, at)] if later else mine
        else:
            mine.append(Voice("", act, at))
    return voices


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
