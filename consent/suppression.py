"""The do-not-contact list: keyed codes of addresses, so that nobody is written to again by mistake.

A code does not show the address; only somebody who has the address (and our key) can ask whether it is on the list.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils import timezone

from consent.models import Suppression
from portal.audit import trail
from portal.audit.trail import Verb
from subjects.identifiers import normalise_email


def digest(address: str) -> str:
    """The code of an address, whatever its spelling. Raises ValueError for none."""
    normal = normalise_email(address)
    if not normal:
        raise ValueError("an empty address has no code")
    return hmac.new(settings.DIGEST_KEY, f"suppression:{normal}".encode(), hashlib.sha256).hexdigest()


def add(addresses: Iterable[str], *, by: Any, reference: str = "") -> int:
    """Put addresses on the list; returns how many were not on it. Again, it changes nothing."""
    codes = {digest(address) for address in addresses if normalise_email(address)}
    new = codes - set(Suppression.objects.filter(digest__in=codes).values_list("digest", flat=True))
    now = timezone.now()
    Suppression.objects.bulk_create(
        [Suppression(digest=code, created_at=now) for code in sorted(new)], ignore_conflicts=True
    )
    if new:
        trail.record(Verb.SUPPRESSED, by=by, target=f"suppression:{len(new)}", reason=reference)
    return len(new)


def stands(address: str) -> bool:
    """Whether nobody may write to this address for marketing."""
    return since(address) is not None


def since(address: str) -> dt.datetime | None:
    """Since when nobody may write to this address for marketing; None when it is not on the list."""
    if not normalise_email(address):
        return None
    return Suppression.objects.filter(digest=digest(address)).values_list("created_at", flat=True).first()
