"""Saying yes by e-mail without signing in: what is typed counts only when the link in the mailbox was followed.

Nothing is kept about somebody who never follows it: what they chose travels in the link itself, sealed, so that
neither the address bar nor a log shows whose it is. A link works for a week and once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from consent import contacting, ledger, suppression
from consent.models import Act, Channel, ConsentEvent, How, Wording
from portal.mail import outbound
from portal.mail.models import Message
from subjects import restriction
from subjects.identifiers import EMAIL, normalise_email
from subjects.models import Identifier, Subject
from subjects.restriction import Use

DAYS = 7
MAILS_AN_HOUR = 3  # to one address, whoever typed it
TEMPLATE = "consent/confirm"


class Stopped(Exception):
    """The link does not work: damaged, too old, or its words are not known any more."""


def ask(*, address: str, purpose: str, offered: Wording) -> Message | None:
    """Send the link, unless that address is not to be written to; the page says the same in every case.

    None: they are on the do-not-contact list, their data is paused, or they had their share of mails.
    Suppressed people are never asked again (Article 21(3)); whoever it is can turn it on by signing in.
    """
    to = normalise_email(address)
    if suppression.stands(to, Channel.EMAIL, purpose) or _paused(to, purpose) or _had_enough(to):
        return None
    token = _fernet().encrypt(json.dumps([to, purpose, offered.pk]).encode()).decode().rstrip("=")
    link = settings.SITE_URL + reverse("marketing_confirm", args=[token])
    context = {"link": link, "days": DAYS, "words": offered.text}
    return outbound.compose(TEMPLATE, to=to, context=context, secret=True)


def _had_enough(to: str) -> bool:
    since = timezone.now() - dt.timedelta(hours=1)
    return Message.objects.filter(to=to, template=TEMPLATE, created_at__gt=since).count() >= MAILS_AN_HOUR


def _paused(to: str, purpose: str) -> bool:
    person = _person(to)
    return person is not None and bool(
        restriction.blocks(person, Use.MARKETING, kind=contacting.CONTACT, purpose=purpose)
    )


def _person(address: str) -> Subject | None:
    """The one person with the address; none where several share it, since it is not said which of them it is."""
    owners = Identifier.objects.filter(kind=EMAIL, value=normalise_email(address)).values("subject")
    found = Subject.objects.filter(locked_at=None, pk__in=owners)[:2]
    return found[0] if len(found) == 1 else None


def _fernet() -> Fernet:
    return Fernet(settings.CONFIRM_KEY)


def read(token: str) -> tuple[str, str, Wording]:
    """Whose yes, to which purpose, in which words. Changes nothing. Raises Stopped."""
    padded = token + "=" * (-len(token) % 4)
    try:
        plain = _fernet().decrypt(padded.encode(), ttl=DAYS * 24 * 3600)
        address, purpose, key = json.loads(plain)
        words = Wording.objects.get(pk=key, purpose=purpose, channel=Channel.EMAIL)
    except (InvalidToken, ValueError, Wording.DoesNotExist):
        raise Stopped from None
    return address, purpose, words


def confirm(token: str) -> ConsentEvent:
    """Write the yes down; again, it gives the line that stands. Raises Stopped, also for whoever said no meanwhile."""
    address, purpose, words = read(token)
    key = f"confirm:{hashlib.sha256(token.encode()).hexdigest()}"
    if suppression.stands(address, Channel.EMAIL, purpose):
        raise Stopped
    if stands := ConsentEvent.objects.filter(key=key).first():
        return stands
    person = _person(address)
    whom = {"subject": person} if person else {"address": address}
    return ledger.record(
        **whom,
        purpose=purpose,
        channel=Channel.EMAIL,
        act=Act.GIVEN,
        how=How.CONFIRMED,
        wording=words,
        key=key,
        by="customer",
    )
