"""The sole writer of the consent ledger, and the one who says whether somebody may be contacted."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from consent import contacting, purposes, suppression, wordings
from consent.deciding import Contact
from consent.models import Act, Channel, ConsentEvent, ConsentFlag, How, Wording
from consent.models.events import OWN
from portal.audit import trail
from portal.audit.trail import Verb
from subjects.identifiers import normalise
from subjects.models import Subject

__all__ = ["Contact", "Said", "last_event", "last_word", "may_contact", "record", "record_many"]


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


@dataclass(frozen=True, slots=True)
class Said:
    """One event for `record_many`; the fields are those of `record`."""

    purpose: str
    channel: str
    act: str
    how: str
    happened_at: dt.datetime
    subject: Subject | None = None
    address: str = ""
    wording: Wording | str | None = None
    evidence: str = ""
    key: str | None = None


def record_many(said: Sequence[Said], *, by: Any, reference: str) -> int:
    """Append many events as `record` would one by one, in a number of statements that does not grow with them.

    Returns how many were new: those whose key stands already add nothing. `reference` names the lot in the trail,
    where one line counts them. A thousand at once is a good size. Raises ValueError as `record` does.
    """
    for each in said:
        _check(each.subject, each.address, each.channel, each.act, each.how)
    now, words = timezone.now(), _words_of(said)
    with transaction.atomic():
        with connection.cursor() as cursor:  # so that two of the same lot do not meet in the middle
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('consent.record_many'))")
        keys = [each.key for each in said if each.key]
        seen: set[str | None] = set(
            ConsentEvent.objects.filter(key__in=keys).values_list("key", flat=True) if keys else ()
        )
        fresh = []
        for each in said:
            if each.key is None or each.key not in seen:
                seen.add(each.key)
                fresh.append((each, _event(each, words, now)))
        ConsentEvent.objects.bulk_create([event for _, event in fresh])
        if fresh:
            trail.record(
                Verb.CONSENT_RECORDED, by=by, target=reference, reason=f"{len(fresh)} choices at once"
            )
            _suppress_many(fresh, by, reference)
    return len(fresh)


def _words_of(said: Sequence[Said]) -> dict[tuple[str, str, str], Wording | None]:
    """The versions of words that were given as text: each text once."""
    texts = {(one.purpose, one.channel, one.wording) for one in said if isinstance(one.wording, str)}
    return {text: wordings.said(*text) for text in sorted(texts)}


def _event(said: Said, words: dict[tuple[str, str, str], Wording | None], now: dt.datetime) -> ConsentEvent:
    text = said.wording
    return ConsentEvent(
        subject=said.subject,
        address="" if said.subject else normalise(contacting.KEY[Channel(said.channel)], said.address),
        purpose=said.purpose,
        channel=said.channel,
        act=said.act,
        how=said.how,
        wording=words[said.purpose, said.channel, text] if isinstance(text, str) else text,
        evidence=said.evidence[:80],
        key=said.key,
        happened_at=said.happened_at,
        recorded_at=now,
    )


def _suppress_many(added: Sequence[tuple[Said, ConsentEvent]], by: Any, reference: str) -> None:
    """As `_suppress`, by purpose and channel."""
    pks = [event.pk for _, event in added]
    latest = set(ConsentFlag.objects.filter(event_id__in=pks).values_list("event_id", flat=True))
    noes: dict[tuple[str, str], list[tuple[str, dt.datetime]]] = defaultdict(list)
    yeses: dict[tuple[str, str], list[tuple[str, dt.datetime]]] = defaultdict(list)
    marketing = {each.key for each in purposes.marketing()}
    for said, event in added:
        if event.pk not in latest or said.purpose not in marketing:
            continue
        at = contacting.reached_at(said.subject, said.channel) if said.subject else [said.address]
        if said.act != Act.GIVEN:
            noes[said.purpose, said.channel] += [(each, said.happened_at) for each in at]
        elif said.how in OWN:
            yeses[said.purpose, said.channel] += [(each, said.happened_at) for each in at]
    for (purpose, channel), found in noes.items():
        suppression.add_each(found, by=by, channel=channel, purpose=purpose, reference=reference)
    for (purpose, channel), found in yeses.items():
        listed = suppression.standing([each for each, _ in found], channel, purpose)
        for address, when in found:
            if address in listed:  # few: most who agree were never on the list
                suppression.lift([address], channel=channel, purpose=purpose, before=when, by=by)


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
    if not purposes.is_marketing(event.purpose):
        return
    latest = last_word(event.subject, event.address, event.purpose, event.channel)
    if latest is None or latest.event_id != event.pk:
        return
    at = contacting.reached_at(event.subject, event.channel) if event.subject else [address]
    what = {"channel": event.channel, "purpose": event.purpose, "by": by}
    if event.act != Act.GIVEN:
        suppression.add(at, reference=f"consent:{event.pk}", at=event.happened_at, said=True, **what)
    elif event.how in OWN:
        suppression.lift(at, before=event.happened_at, **what)


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
