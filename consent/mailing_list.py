"""The list for one mailing: only people who may be contacted now, each with the link that stops it.

Everybody is asked about again at the moment their line is written, a thousand at a time, so that somebody who said no
while the list was being made is not in it. An address stands in it once, and not at all when one of those who have it
said no. The list is out of date as soon as somebody says no: it is for use at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from consent import contacting, links
from consent.deciding import Contact
from consent.models import Act, Campaign, Channel, ConsentFlag
from portal.audit import trail
from portal.audit.trail import Verb
from portal.register import store
from portal.templatetags.house import short_day
from subjects.identifiers import normalise
from subjects.models import Address, Subject

HEAD = ("Customer number", "Name", "Address", "Agreed on", "Link to stop it")
AT_ONCE = 1_000
REASONS = {
    "newsletter": "A newsletter",
    "offers": "Offers and news of products",
    "survey": "A survey",
    "event": "An invitation",
    "check": "To check the list",
}


class Refused(Exception):
    """No list can be made; the text is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    flag: ConsentFlag
    at: str  # where they are reached, as it is written
    form: str  # the same, as it is compared; "" for post


def prepare(*, purpose: str, channel: str, key: str, name: str, reason: str, by: Any) -> Campaign:
    """The mailing that the list is for, and a line in the trail. Raises Refused, UnknownKey for a purpose unknown."""
    if reason not in REASONS:
        raise Refused("Say what the list is for.")
    if not store.current().function(purpose).is_marketing:
        raise Refused("A list is made of people who agreed, so choose a purpose that rests on their choice.")
    try:
        campaign = links.campaign(key=key, purpose=purpose, channel=channel, name=name)
    except ValueError:
        raise Refused(
            "There is a mailing of this name for another purpose or channel, and people have its links. "
            "Choose another name."
        ) from None
    _note(campaign, f"{purpose} {channel} {reason}: begun", by)
    return campaign


def _note(campaign: Campaign, words: str, by: Any) -> None:
    trail.record(Verb.LIST_EXPORTED, by=by, target=f"campaign:{campaign.pk}", reason=words)


def lines(campaign: Campaign, *, reason: str, by: Any) -> Iterator[list[str]]:
    """The lines of the list, the heads first, in constant memory. How many there were goes into the trail at the end,
    also when the reader goes away in the middle.
    """
    count = 0
    yield list(HEAD)
    try:
        for flags in _flags(campaign):
            for line in _lines(flags, campaign):
                yield line
                count += 1
    finally:
        _note(campaign, f"{campaign.purpose} {campaign.channel} {reason}: {count} people", by)


def _flags(campaign: Campaign) -> Iterator[list[ConsentFlag]]:
    """Those whose last word is yes, in parts."""
    rows = ConsentFlag.objects.filter(purpose=campaign.purpose, channel=campaign.channel, act=Act.GIVEN)
    rows, last = rows.select_related("subject").order_by("pk"), 0
    while part := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        yield part
        last = part[-1].pk


def _lines(flags: Sequence[ConsentFlag], campaign: Campaign) -> list[list[str]]:
    """A number of queries that does not grow with the people."""
    purpose, channel = campaign.purpose, campaign.channel
    found = _once(_candidates(flags, channel), purpose, channel)
    people = [each.flag.subject for each in found if each.flag.subject is not None]
    theirs = dict(
        zip((each.pk for each in people), contacting.of_subjects(people, purpose, channel), strict=True)
    )
    yes = Contact(True, "")
    at = [yes] * len(found)
    if channel in contacting.KEY:
        at = contacting.of_addresses([each.at for each in found], purpose, channel)
    kept = [
        each
        for each, reached in zip(found, at, strict=True)
        if reached.allowed and theirs.get(each.flag.subject_id, yes).allowed
    ]
    numbers = links.many(
        subjects=[each.flag.subject for each in kept if each.flag.subject is not None],
        addresses=[each.at for each in kept if each.flag.subject is None],
    )
    tokens = links.tokens([numbers[each.flag.subject_id or each.at] for each in kept], campaign)
    return [_line(each, links.url(token)) for each, token in zip(kept, tokens, strict=True)]


def _line(found: _Candidate, link: str) -> list[str]:
    subject = found.flag.subject
    number, name = (subject.source_key, subject.full_name) if subject else ("", "")
    return [number, name, found.at, short_day(found.flag.happened_at), link]


def _candidates(flags: Sequence[ConsentFlag], channel: str) -> list[_Candidate]:
    """Those who have an address that the channel reaches."""
    post = _postal(flags) if channel == Channel.POST else {}
    at = [
        post.get(flag.subject_id, "")
        if channel == Channel.POST
        else (contacting.reached_at(flag.subject, channel)[:1] or [""])[0]
        if flag.subject
        else flag.address
        for flag in flags
    ]
    return [
        _Candidate(flag, where, _form(where, channel)) for flag, where in zip(flags, at, strict=True) if where
    ]


def _form(at: str, channel: str) -> str:
    return normalise(contacting.KEY[Channel(channel)], at) if channel in contacting.KEY else ""


def _postal(flags: Sequence[ConsentFlag]) -> dict[Any, str]:
    """The postal address of each person on one line: of several the newest."""
    people = [flag.subject_id for flag in flags if flag.subject_id]
    found: dict[Any, str] = {}
    rows = Address.objects.filter(subject__in=people)
    for row in rows.order_by("pk"):
        parts = [*row.lines.splitlines(), row.town, row.postcode, row.country]
        found[row.subject_id] = ", ".join(each.strip() for each in parts if each.strip())
    return found


def _once(found: Sequence[_Candidate], purpose: str, channel: str) -> list[_Candidate]:
    """Without those whose address another line has: a person's before an address alone, then the first."""
    forms = {each.form for each in found if each.form}
    if not forms:
        return list(found)
    kind = contacting.KEY[Channel(channel)]
    rows = ConsentFlag.objects.filter(
        Q(subject__identifiers__kind=kind, subject__identifiers__value__in=forms),
        purpose=purpose,
        channel=channel,
        act=Act.GIVEN,
    )
    first: dict[str, int] = defaultdict(int)
    for flag in rows.select_related("subject").distinct():
        subject: Subject | None = flag.subject
        for at in contacting.reached_at(subject, channel)[:1] if subject else ():
            form = _form(at, channel)
            first[form] = min(flag.pk, first[form] or flag.pk)
    return [each for each in found if first.get(each.form, each.flag.pk) == each.flag.pk]


def made_on() -> str:
    """The day for the name of a file."""
    return f"{timezone.localdate():%Y-%m-%d}"
