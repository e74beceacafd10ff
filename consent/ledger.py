"""The sole writer of the consent ledger, and the one who says whether somebody may be contacted."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from consent import contacting, suppression, wordings
from consent.deciding import Contact
from consent.models import Act, Channel, ConsentEvent, ConsentFlag, How, Wording
from consent.models.events import OWN
from portal.audit import trail
from portal.audit.trail import Verb
from portal.register import store
from subjects.identifiers import normalise
from subjects.models import Subject

__all__ = ["Contact", "last_event", "last_word", "may_contact", "record"]


def record(
    *,
    subject: Subject | None = None,
    address: str = "",
    purpose: str,
    channel: str,
    act: str,
    how: str,
    by: Any,
    wording: Wording | str | None = None,
    evidence: str = "",
    key: str | None = None,
    happened_at: dt.datetime | None = None,
) -> ConsentEvent:
    """Append one event, and put on or take off the do-not-contact list what follows from it, in one transaction.

    Exactly one of `subject` and `address` (of a channel that has addresses) says whom it is about. `wording`: the
    version that was shown, or the words themselves. `evidence`: a reference without personal data. `key`: a repeat
    with the same one adds nothing and gives the event that stands. `happened_at` (aware) defaults to now.
    A no to marketing suppresses (Article 21(3)); a yes lifts that only when it is the person's own act (`OWN`).
    Raises ValueError for unknown words or for nobody.
    """
    _check(subject, address, channel, act, how)
    if key and (stands := ConsentEvent.objects.filter(key=key).first()):
        return stands
    now = timezone.now()
    words = wordings.said(purpose, channel, wording) if isinstance(wording, str) else wording
    try:
        with transaction.atomic():
            event = ConsentEvent.objects.create(
                subject=subject,
                address="" if subject else normalise(contacting.KEY[Channel(channel)], address),
                purpose=purpose,
                channel=channel,
                act=act,
                how=how,
                wording=words,
                evidence=evidence[:80],
                key=key,
                happened_at=happened_at or now,
                recorded_at=now,
            )
            target = f"subject:{subject.reference}" if subject else f"consent:{event.pk}"
            trail.record(Verb.CONSENT_RECORDED, by=by, target=target, reason=f"{act} {channel}")
            _suppress(event, address, by)
    except IntegrityError:
        if key is None:
            raise
        return ConsentEvent.objects.get(key=key)  # written by somebody else in the same moment
    return event


def _check(subject: Subject | None, address: str, channel: str, act: str, how: str) -> None:
    for value, words in ((act, Act.values), (channel, Channel.values), (how, How.values)):
        if value not in words:
            raise ValueError(f"unknown word {value!r}")
    if (subject is None) == (not address):
        raise ValueError("say whom it is about: a person, or an address alone")
    if subject is None and (channel not in contacting.KEY or not suppression.normal(address, channel)):
        raise ValueError(f"nobody is reached at this address by {channel}")


def _suppress(event: ConsentEvent, address: str, by: Any) -> None:
    """Follow the last word: a late note of an older act changes nothing."""
    if not is_marketing(event.purpose):
        return
    latest = last_word(event.subject, event.address, event.purpose, event.channel)
    if latest is None or latest.event_id != event.pk:
        return
    at = contacting.reached_at(event.subject, event.channel) if event.subject else [address]
    what = {"channel": event.channel, "purpose": event.purpose, "by": by}
    if event.act != Act.GIVEN:
        suppression.add(at, reference=f"consent:{event.pk}", at=event.happened_at, **what)
    elif event.how in OWN:
        suppression.lift(at, before=event.happened_at, **what)


def is_marketing(purpose: str) -> bool:
    """Whether a no to this purpose is absolute. False for one that the register does not have any more."""
    return any(each.is_marketing for each in store.current().functions if each.key == purpose)


def may_contact(whom: Subject | str, purpose: str, channel: str) -> Contact:
    """Whether we may contact a person, or whoever has an address, for a business function of the register by a channel.

    See `deciding.decide` for the order. For many addresses at once: `contacting.of_addresses`.
    Raises UnknownKey for a function that the register does not have, ValueError for an unknown channel.
    """
    if isinstance(whom, Subject):
        return contacting.of_subject(whom, purpose, channel)
    return contacting.of_addresses([whom], purpose, channel)[0]


def last_word(subject: Subject | None, address: str, purpose: str, channel: str) -> ConsentFlag | None:
    """The state of somebody's choice; None while they never made it."""
    flags = ConsentFlag.objects.filter(subject=subject, address="" if subject else address)
    return flags.filter(purpose=purpose, channel=channel).first()


def last_event(subject: Subject, purpose: str, channel: str) -> ConsentEvent | None:
    """What they told us last about this purpose and channel; of two at one moment the one written down later."""
    events = ConsentEvent.objects.filter(subject=subject, purpose=purpose, channel=channel)
    return events.order_by("-happened_at", "-pk").first()
