"""Reading what `deciding` needs: for one person, or for many addresses in a few queries however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from consent import suppression
from consent.deciding import Contact, Voice, decide
from consent.models import Channel, ConsentFlag
from portal.register import store
from portal.register.facts import Function
from portal.templatetags.house import short_day
from subjects import restriction
from subjects.identifiers import EMAIL, PHONE, normalise
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


def _voices(forms: set[str], function: Function, channel: str) -> dict[str, list[Voice]]:
    """What the people at each address said, by the address's normal form."""
    owners: dict[str, list[Any]] = defaultdict(list)
    people = Identifier.objects.filter(kind=KEY[Channel(channel)], value__in=forms)
    for form, pk in people.values_list("value", "subject_id"):
        owners[form].append(pk)
    known = {pk for found in owners.values() for pk in found}
    said: dict[Any, tuple[Any, Any]] = {}
    flags = ConsentFlag.objects.filter(purpose=function.key, channel=channel)
    for pk, act, at in flags.filter(subject__in=known).values_list("subject_id", "act", "happened_at"):
        said[pk] = (act, at)
    paused = _paused(known, function)
    voices: dict[str, list[Voice]] = defaultdict(list)
    for form, found in owners.items():
        for pk in found:
            voices[form].append(Voice(paused.get(pk, ""), *said.get(pk, ("", None))))
    alone = flags.filter(subject=None, address__in=forms)
    for form, act, at in alone.values_list("address", "act", "happened_at"):
        voices[form].append(Voice("", act, at))
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
