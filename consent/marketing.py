"""Marketing messages: only to who may get them, asked when they are written and again when they leave.

Every one carries what a mail program needs for its own unsubscribe button (RFC 2369, RFC 8058), and a link for people.
"""

from __future__ import annotations

import re

from django.conf import settings

from consent import contacting, emails, ledger, links
from consent.models import Addressee, Campaign, Channel
from portal.mail import outbound
from portal.mail.models import Message
from portal.register import store
from subjects.models import Subject

TEMPLATE = "consent/news"
_TOKEN = re.compile(r"/u/([A-Za-z0-9_-]+)>")


class NotAllowed(Exception):
    """They may not be written to; the text is a sentence that says why."""


def headers(addressee: Addressee, campaign: Campaign) -> dict[str, str]:
    """The three headers of a message of a campaign to somebody. No query.

    `List-Unsubscribe` has the two addresses of RFC 2369, each whole and without white space; a mail library may fold
    only between them. A signature of the domain (DKIM) must cover it and `List-Unsubscribe-Post`: tell your relay.
    """
    token = links.tokens([addressee], campaign)[0]
    mailbox = store.current().contacts.opt_out
    return {
        "List-Unsubscribe": f"<mailto:{mailbox}?subject=u-{token}>, <{links.url(token)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<{campaign.purpose}.{settings.SITE_HOST}>",
    }


def send(*, whom: Subject | str, campaign: Campaign) -> Message:
    """Write a small marketing message to a person or an address. Raises NotAllowed, or ValueError
    for a campaign that is not sent by e-mail."""
    if campaign.channel != Channel.EMAIL:
        raise ValueError(f"the campaign {campaign.key!r} is not sent by e-mail")
    answer = ledger.may_contact(whom, campaign.purpose, Channel.EMAIL)
    if not answer.allowed:
        raise NotAllowed(answer.because)
    reached = contacting.reached_at(whom, Channel.EMAIL) if isinstance(whom, Subject) else [whom]
    if not reached:
        raise NotAllowed("We have no email address of theirs.")
    addressee = links.addressee(subject=whom) if isinstance(whom, Subject) else links.addressee(address=whom)
    found = headers(addressee, campaign)
    return emails.news(to=reached[0], campaign=campaign, link=link_in(found), headers=found)


def link_in(headers: dict[str, str]) -> str:
    """The address for people, which is the one for mail programs too."""
    token = _TOKEN.search(headers.get("List-Unsubscribe", ""))
    return links.url(token[1]) if token else ""


def still_wanted(message: Message) -> bool:
    """Whether a message that waited may leave: whoever said no in the meantime gets nothing (S62)."""
    token = _TOKEN.search(message.headers.get("List-Unsubscribe", ""))
    target = links.read(token[1]) if token else None
    if target is None:
        return False  # erased in the meantime
    whom = target.subject or target.address
    return (
        ledger.may_contact(whom, target.campaign.purpose, Channel.EMAIL).allowed
        and ledger.may_contact(message.to, target.campaign.purpose, Channel.EMAIL).allowed
    )


outbound.ask_before_sending(TEMPLATE, still_wanted)
