"""The sole writer of the consent ledger, and the one who says whether somebody may be contacted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from consent import suppression
from consent.models import ConsentEvent
from portal.audit import trail
from portal.audit.trail import Verb
from portal.register import store
from portal.register.facts import Basis, Function
from portal.templatetags.house import short_day
from subjects import restriction
from subjects.models import Subject
from subjects.restriction import Use

CONTACT = "contact-details"  # the kind of data that writing or phoning uses
NOT_A_CHOICE = frozenset({Basis.LEGAL_OBLIGATION, Basis.VITAL_INTERESTS})  # the law, or a life, makes us


def record(
    *,
    subject: Subject,
    purpose: str,
    channel: str,
    act: str,
    how: str,
    by: Any,
    wording: str = "",
    happened_at: dt.datetime | None = None,
) -> ConsentEvent:
    """Append one event. `happened_at` (aware) defaults to now. Raises ValueError for an unknown act or channel."""
    if act not in ConsentEvent.Act.values or channel not in ConsentEvent.Channel.values:
        raise ValueError(f"unknown act {act!r} or channel {channel!r}")
    now = timezone.now()
    with transaction.atomic():
        event = ConsentEvent.objects.create(
            subject=subject,
            purpose=purpose,
            channel=channel,
            act=act,
            how=how,
            wording=wording,
            happened_at=happened_at or now,
            recorded_at=now,
        )
        trail.record(
            Verb.CONSENT_RECORDED, by=by, target=f"subject:{subject.reference}", reason=f"{act} {channel}"
        )
    return event


@dataclass(frozen=True, slots=True)
class Contact:
    """Whether somebody may be contacted, and why, in a sentence."""

    allowed: bool
    because: str


def may_contact(subject: Subject, purpose: str, channel: str) -> Contact:
    """Whether we may contact a person for a business function of the register by a channel.

    In this order: what is paused or objected to (Articles 18 and 21), the do-not-contact list, then the last thing they
    told us about this purpose and channel: consent needs a yes (Article 7), any other basis only the absence of a no.
    Raises UnknownKey for a function that the register does not have, ValueError for an unknown channel.
    """
    function = store.current().function(purpose)
    if channel not in ConsentEvent.Channel.values:
        raise ValueError(f"unknown channel {channel!r}")
    if function.basis in NOT_A_CHOICE:
        return Contact(True, "The law makes us tell them.")
    use = Use.MARKETING if function.is_marketing else Use.CONTACT
    if paused := restriction.blocks(subject, use, kind=CONTACT, purpose=purpose):
        return Contact(False, paused)
    event = last_event(subject, purpose, channel)
    if function.is_marketing and channel == ConsentEvent.Channel.EMAIL and _suppressed(subject, event):
        return Contact(False, "Their address is on the do-not-contact list.")
    return _last_word(function, event)


def _suppressed(subject: Subject, event: ConsentEvent | None) -> bool:
    """Whether their address is on the do-not-contact list, and they have not agreed again since."""
    since = suppression.since(subject.email)
    again = event is not None and event.act == ConsentEvent.Act.GIVEN
    return since is not None and not (again and event is not None and event.happened_at > since)


def last_event(subject: Subject, purpose: str, channel: str) -> ConsentEvent | None:
    """What they told us last about this purpose and channel; of two at one moment the one written down later."""
    events = ConsentEvent.objects.filter(subject=subject, purpose=purpose, channel=channel)
    return events.order_by("-happened_at", "-pk").first()


def _last_word(function: Function, event: ConsentEvent | None) -> Contact:
    act = ConsentEvent.Act
    if event is not None and event.act != act.GIVEN:
        said = "They told us to stop" if event.act == act.OBJECTED else "They took their agreement back"
        return Contact(False, f"{said} on {short_day(event.happened_at)}.")
    if event is not None:
        return Contact(True, f"They agreed on {short_day(event.happened_at)}.")
    if function.is_marketing:
        return Contact(False, "They have not agreed to it.")
    return Contact(True, f"It rests on {function.basis.label.lower()}, and they have not objected.")
