"""The words beside a choice: versions that are published and never edited, and words that were used elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from consent.models import Channel, Wording
from portal.audit import trail
from portal.audit.trail import Verb
from portal.register import store

LONGEST = 2_000  # characters
_BY = {
    Channel.EMAIL: "email you",
    Channel.PHONE: "phone you",
    Channel.TEXT: "send you text messages",
    Channel.POST: "write to you by post",
    Channel.WEB: "note how you use our website",
}


class Refused(Exception):
    """It cannot be published; the text is a sentence for the person."""


def current(purpose: str, channel: str) -> Wording:
    """The words that are shown beside this choice now; on first use those that follow from the register.

    Raises UnknownKey for a purpose that the register does not have.
    """
    found = _offered(purpose, channel).order_by("-version").first()
    return found or _publish(purpose, channel, shipped(purpose, channel), by=None, version=1)


def shipped(purpose: str, channel: str) -> str:
    """What the words are as long as nobody published others."""
    register = store.current()
    function, name = register.function(purpose), register.controller.name
    return (
        f"{name} may {_BY[Channel(channel)]} {function.why}. "
        "You can say no again at any time, and it is just as easy as saying yes."
    )


def versions(purpose: str, channel: str) -> Sequence[Wording]:
    """Every version that was offered, the newest first."""
    return list(_offered(purpose, channel).order_by("-version"))


def publish(*, purpose: str, channel: str, text: str, by: Any) -> Wording:
    """Offer other words from now on. The same words again are no new version. Raises Refused."""
    text = " ".join(text.split())
    if not text:
        raise Refused("Write the words that people agree to.")
    if len(text) > LONGEST:
        raise Refused(f"Use at most {LONGEST:,} characters. Nobody reads more beside a button.")
    now = current(purpose, channel)
    if now.text == text:
        return now
    return _publish(purpose, channel, text, by=by, version=now.version + 1)


def _publish(purpose: str, channel: str, text: str, *, by: Any, version: int) -> Wording:
    """A version; where another process published the same number first, theirs."""
    try:
        with transaction.atomic():
            made = Wording.objects.create(
                purpose=purpose,
                channel=channel,
                kind=Wording.Kind.OFFERED,
                version=version,
                text=text,
                digest=_digest(text),
                published_at=timezone.now(),
                published_by=by if getattr(by, "is_staff", False) else None,
            )
            trail.record(
                Verb.WORDING_PUBLISHED,
                by=by,
                target=f"wording:{made.pk}",
                reason=f"{purpose} {channel} {version}",
            )
    except IntegrityError:
        return _offered(purpose, channel).get(version=version)
    return made


def said(purpose: str, channel: str, text: str) -> Wording | None:
    """Words used elsewhere than beside our choices: kept once however often they were used; None for no words."""
    text = text.strip()[:LONGEST]
    if not text:
        return None
    rows = Wording.objects.filter(purpose=purpose, channel=channel, kind=Wording.Kind.SAID)
    code = _digest(text)
    if found := rows.filter(digest=code).first():
        return found
    try:
        with transaction.atomic():
            last = rows.order_by("-version").values_list("version", flat=True).first() or 0
            return Wording.objects.create(
                purpose=purpose,
                channel=channel,
                kind=Wording.Kind.SAID,
                version=last + 1,
                text=text,
                digest=code,
                published_at=timezone.now(),
            )
    except IntegrityError:  # somebody wrote other words, or these, in the same moment
        return said(purpose, channel, text)


def _offered(purpose: str, channel: str) -> Any:
    return Wording.objects.filter(purpose=purpose, channel=channel, kind=Wording.Kind.OFFERED)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
