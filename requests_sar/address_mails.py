"""The e-mails of a change of address: the code to the new one, the notice to the old one, the officer's alert.

None names a person or an address: who reads a mailbox learns nothing about anybody else's.
"""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from portal.accounts.visits import Sent
from portal.mail import outbound
from portal.mail.models import Message
from portal.register import store
from subjects.models import Subject


def new_address(sent: Sent) -> Message | None:
    """The code that proves the new address; the same words for every address, known to us or not."""
    if not sent.deliver:
        return None
    context = {"code": sent.code, "hours": settings.CODE_MINUTES // 60}
    return outbound.compose(
        "requests_sar/new_address", to=sent.challenge.address, context=context, secret=True
    )


def address_changed(*, to: str, token: str, days: int) -> Message:
    """To the old address: it was replaced, and how to take that back within so many days.

    The link can act, so the words leave the database with the message.
    """
    link = settings.SITE_URL + reverse("take_back_address", args=[token])
    context = {"link": link, "days": days}
    return outbound.compose("requests_sar/address_changed", to=to, context=context, secret=True)


def address_contested(subject: Subject) -> Message:
    """To the officers: the owner of an old address says that the change was not theirs."""
    link = settings.SITE_URL + reverse("admin:person", args=[subject.reference])
    context = {"subject_reference": subject.reference, "link": link}
    return outbound.compose(
        "requests_sar/address_contested", to=store.current().contacts.rights, context=context
    )
