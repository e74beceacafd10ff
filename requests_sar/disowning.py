"""The notice to an old e-mail address that it was replaced, and the link in it that takes that back.

The same notice goes out whoever changed the address: the person on their page, or an officer who decided it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from uuid import UUID

from django.conf import settings

from requests_sar import address_mails, identity
from subjects import datamap
from subjects.formats import Shape
from subjects.identifiers import normalise_email
from subjects.models import AddressChange, DetailChange, Subject

TAKE_BACK_DAYS = identity.FRESH_ADDRESS.days


def digest(token: str) -> str:
    """What the database keeps of a link."""
    return hmac.new(settings.DIGEST_KEY, f"take-back:{token}".encode(), hashlib.sha256).hexdigest()


def tell_old(change: DetailChange, *, visit: UUID | None = None) -> None:
    """Tell the address that `change` replaced, took away or was put beside, and let it be taken back from there.

    Nothing happens for a change of anything but an e-mail address. `visit`: in which it was changed, if in one.
    """
    if datamap.get(change.dataset).column(change.column).shape is not Shape.EMAIL:
        return
    addresses = [change.before] if change.before else others(change.subject, change.after)
    if not addresses:
        return
    token = secrets.token_urlsafe(24)
    AddressChange.objects.create(
        subject=change.subject,
        dataset=change.dataset,
        record=change.record,
        column=change.column,
        old=change.before,
        new=change.after,
        asked_at=change.at,
        confirmed_at=change.at,
        visit=visit,
        take_back_digest=digest(token),
    )
    for address in addresses:
        address_mails.address_changed(to=address, token=token, days=TAKE_BACK_DAYS)


def others(subject: Subject, new: str) -> list[str]:
    """The addresses that a person had before one was added: they are told as the old one of a change is."""
    held = Subject.objects.filter(pk=subject.pk).values_list("email", "second_email")[0]
    return [address for address in held if address and normalise_email(address) != normalise_email(new)]
