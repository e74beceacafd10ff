"""The link of a marketing message that stops it: short, signed, for ever, and without an address in it.

A token is base64url of (number of the addressee, 6 bytes | number of the campaign, 4 bytes | the first 16 bytes of
HMAC-SHA256 over both): 35 characters, so that the whole address fits one line of a message (RFC 8058; a mail library
that folds longer ones breaks them). It never expires: an old message must still work. It names a person by a number of
ours and not by their address, so it still works when they have another one.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings

from consent import contacting, fresh
from consent.models import Addressee, Campaign
from portal.register import store
from subjects.identifiers import normalise_email, normalise_phone
from subjects.models import Subject

LENGTH = 35  # characters of a token
_PERSON, _CAMPAIGN, _MARK = 6, 4, 16  # bytes
_PURPOSE = b"unsubscribe link, first form"

# One query, because a mailbox provider may ask for everybody of a mailing within a minute.
_READ = """
SELECT asked.place, found.* FROM unnest(%s::bigint[], %s::integer[]) WITH ORDINALITY AS asked (person, about, place),
       consent_target(asked.person, asked.about) AS found
"""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a link is for, and what it stops."""

    addressee_id: int
    subject_id: Any  # the key of a Subject; None for an address alone
    address: str  # where they are reached now; "" when a person has no address any more
    campaign: Campaign
    act: str  # their last word about the campaign's purpose and channel; "" when they never said anything
    event_id: int  # where that is written down; 0 for nothing
    reference: str | None  # of the person
    reached: tuple[str, ...]  # every address or number that the campaign's channel could use

    @property
    def subject(self) -> Subject | None:
        """The person. One query; raises Subject.DoesNotExist when they were deleted in this moment."""
        return Subject.objects.get(pk=self.subject_id) if self.subject_id else None


class _Reached(NamedTuple):
    """What `contacting.reached_at` asks of a person; to make a whole Subject took longer than to read the row."""

    email: str
    second_email: str
    phone: str
    mobile: str


@functools.lru_cache(maxsize=64)  # what a campaign is about never changes
def _campaign(pk: int, key: str, purpose: str, channel: str, name: str) -> Campaign:
    return Campaign(pk=pk, key=key, purpose=purpose, channel=channel, name=name)


def campaign(*, key: str, purpose: str, channel: str, name: str) -> Campaign:
    """The campaign of this key, made when it is new. Raises UnknownKey for a purpose that the register does not have,
    ValueError when the key stands for another purpose or channel: links that people have must not change meaning.
    """
    store.current().function(purpose)
    found, _ = Campaign.objects.get_or_create(
        key=key, defaults={"purpose": purpose, "channel": channel, "name": name[:80]}
    )
    if (found.purpose, found.channel) != (purpose, channel):
        raise ValueError(
            f"the campaign {key!r} is about {found.purpose} by {found.channel}: choose another key"
        )
    return found


def addressee(*, subject: Subject | None = None, address: str = "") -> Addressee:
    """The number of a person, or of an address alone; made when it is first needed. Raises ValueError for nobody."""
    if (subject is None) == (not address):
        raise ValueError("say whom it is for: a person, or an address alone")
    if subject is not None:
        return many(subjects=[subject])[subject.pk]
    return many(addresses=[address])[address]


def many(*, subjects: Iterable[Subject] = (), addresses: Iterable[str] = ()) -> dict[Any, Addressee]:
    """The addressees of people (by their key) and of addresses (as they were given). At most six queries.

    Raises ValueError for something that is no address.
    """
    people = {each.pk for each in subjects}
    forms = {each: _form(each) for each in addresses}
    if "" in forms.values():
        raise ValueError("an empty address belongs to nobody")
    found: dict[Any, Addressee] = {}
    if people:
        known = _known("subject_id", people, lambda key: Addressee(subject_id=key))
        found |= {key: known[key] for key in people}
    if forms:
        known = _known("address", set(forms.values()), lambda form: Addressee(address=form))
        found |= {given: known[form] for given, form in forms.items()}
    return found


def _known(field: str, wanted: set[Any], make: Any) -> dict[Any, Addressee]:
    """The rows by a column, the missing ones made; two who make the same one at once get the same row."""

    def rows() -> dict[Any, Addressee]:
        alone = {"subject": None} if field == "address" else {}
        return {
            getattr(row, field): row for row in Addressee.objects.filter(**{f"{field}__in": wanted}, **alone)
        }

    there = rows()
    missing = wanted - there.keys()
    if not missing:
        return there
    # in one order, so that two lists that are made at once wait for each other and do not lock each other
    Addressee.objects.bulk_create(map(make, sorted(missing, key=str)), ignore_conflicts=True)
    return rows()


def _form(address: str) -> str:
    return normalise_email(address) if "@" in address else normalise_phone(address)


def tokens(addressees: Sequence[Addressee], campaign: Campaign) -> list[str]:
    """The tokens of addressees for a campaign, in the same order. No query."""
    tail = int(campaign.pk).to_bytes(_CAMPAIGN, "big")
    return [_token(int(each.pk).to_bytes(_PERSON, "big") + tail) for each in addressees]


def url(token: str) -> str:
    """The address that shows the page to a person, and that acts when a mail program posts to it."""
    return f"{settings.SITE_URL}/u/{token}"


def read(token: str) -> Target | None:
    """Whom and what a token stands for; None when it is damaged, not ours, or of somebody who was erased. One query."""
    numbers = opened(token)
    return behind([numbers])[0] if numbers else None


def behind(numbers: Sequence[tuple[int, int]]) -> list[Target | None]:
    """Whom and what the numbers of tokens stand for, in the same order. One query."""
    people, campaigns = zip(*numbers, strict=True)
    found = {row[0] - 1: row[1:] for row in fresh.rows(_READ, [list(people), list(campaigns)])}
    return [
        _target(person, number, found[place]) if place in found else None
        for place, (person, number) in enumerate(numbers)
    ]


def _target(person: int, number: int, row: Sequence[Any]) -> Target:
    pk, alone, reference, email, second, phone, mobile, key, purpose, channel, name, act, event = row
    about = _campaign(number, key, purpose, channel, name)
    if pk is None:
        reached = (alone,)
    else:
        given = _Reached(email, second, phone, mobile)
        reached = tuple(contacting.reached_at(given, channel))
    return Target(person, pk, reached[0] if reached else "", about, act, event, reference, reached)


def is_ours(token: str) -> bool:
    """Whether we signed it, even where nobody stands behind it any more. No query."""
    return opened(token) is not None


def opened(token: str) -> tuple[int, int] | None:
    """The numbers of the addressee and the campaign in a token that we signed, in the one way it can be written."""
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(token + "=")
    except (binascii.Error, ValueError):
        return None
    said = raw[: _PERSON + _CAMPAIGN]
    if not hmac.compare_digest(_token(said).encode(), token.encode()):
        return None
    return int.from_bytes(said[:_PERSON], "big"), int.from_bytes(said[_PERSON:], "big")


def _token(said: bytes) -> str:
    mark = hmac.digest(_key(settings.DIGEST_KEY), said, "sha256")[:_MARK]
    return base64.urlsafe_b64encode(said + mark).rstrip(b"=").decode()


@functools.lru_cache(maxsize=4)
def _key(secret: bytes) -> bytes:
    """A key of its own: no other digest of ours is a link."""
    return hmac.digest(secret, _PURPOSE, "sha256")
