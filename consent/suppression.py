"""The do-not-contact list: keyed codes of addresses and numbers, so that nobody is contacted again by mistake.

A code does not show the address; only somebody who has the address (and our key) can ask whether it is on the list.
Only an opt-in of the person themselves takes an address off again (`lift`); the row stays as history.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone

from consent import purposes
from consent.models import Channel, Suppression
from portal.audit import trail
from portal.audit.trail import Verb
from subjects.identifiers import normalise_email, normalise_phone

EVERYTHING = ""  # the purpose of a row that stands for all marketing


def normal(address: str, channel: str = Channel.EMAIL) -> str:
    """The form in which an address or number is compared; "" when the channel has none (post, website).

    The tag of a sub-address ("alice+shop@example.com", RFC 5233) is left out: it reaches the same person.
    """
    if channel == Channel.EMAIL:
        return _untagged(normalise_email(address))
    if channel in {Channel.PHONE, Channel.TEXT}:
        return normalise_phone(address)
    return ""


def _untagged(address: str) -> str:
    if "+" not in address:
        return address
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def digest(address: str, channel: str = Channel.EMAIL) -> str:
    """The code of an address or number, whatever its spelling. Raises ValueError for none."""
    form = normal(address, channel)
    if not form:
        raise ValueError("an empty address has no code")
    return _code(form)


def codes(address: str, channel: str = Channel.EMAIL) -> list[str]:
    """The codes under which it may stand on the list: its own, and the one with its tag, as codes once were made."""
    if channel != Channel.EMAIL:
        form = normal(address, channel)
        return [_code(form)] if form else []
    tagged = normalise_email(address)
    form = _untagged(tagged)
    return [_code(each) for each in dict.fromkeys((form, tagged)) if each]


def _code(form: str) -> str:
    return hmac.digest(settings.DIGEST_KEY, f"suppression:{form}".encode(), "sha256").hex()


def add(
    addresses: Iterable[str],
    *,
    by: Any,
    channel: str = Channel.EMAIL,
    purpose: str = EVERYTHING,
    reference: str = "",
    at: dt.datetime | None = None,
    said: bool = False,
) -> int:
    """Put addresses or numbers on the list; returns how many were not on it. Again, it changes nothing.

    said: an event of the ledger says the same, so that the systems which follow it need not be told.
    """
    when, addresses = at or timezone.now(), list(addresses)
    what = {"channel": channel, "purpose": purpose}
    added = add_each([(each, when) for each in addresses], by=by, reference=reference, **what)
    if added and not said:
        from consent import standing  # it asks contacting, which asks here

        standing.note_suppressed(addresses, **what)
    return added


def add_each(
    addresses: Iterable[tuple[str, dt.datetime]], *, by: Any, channel: str, purpose: str, reference: str = ""
) -> int:
    """As `add`, each with the moment of its own no; of two for one address the later counts. Three queries."""
    wanted: dict[str, dt.datetime] = {}
    for address, at in addresses:
        if normal(address, channel):
            code = digest(address, channel)
            wanted[code] = max(at, wanted.get(code, at))
    standing = Suppression.objects.filter(
        digest__in=sorted(wanted), channel=channel, purpose=purpose, lifted_at=None
    ).values_list("digest", flat=True)
    new = sorted(wanted.keys() - set(standing))
    if not new:
        return 0
    Suppression.objects.bulk_create(
        [Suppression(digest=code, channel=channel, purpose=purpose, created_at=wanted[code]) for code in new],
        ignore_conflicts=True,
    )
    trail.record(Verb.SUPPRESSED, by=by, target=f"suppression:{len(new)}", reason=reference)
    return len(new)


def lift(addresses: Iterable[str], *, channel: str, purpose: str, before: dt.datetime, by: Any) -> int:
    """Take addresses off the list for one purpose: the person said yes at `before`, after they were put on it.

    Where they stood on it for all marketing, the other kinds of marketing stay on it. Returns how many rows ended.
    """
    wanted = {code for each in addresses for code in codes(each, channel)}
    rows = list(
        Suppression.objects.select_for_update()
        .filter(
            digest__in=wanted,
            channel=channel,
            purpose__in=[purpose, EVERYTHING],
            lifted_at=None,
            created_at__lte=before,
        )
        .order_by("pk")
    )
    if not rows:
        return 0
    Suppression.objects.filter(pk__in=[row.pk for row in rows]).update(lifted_at=timezone.now())
    others = [each.key for each in purposes.marketing() if each.key != purpose]
    Suppression.objects.bulk_create(
        [
            Suppression(digest=row.digest, channel=channel, purpose=other, created_at=row.created_at)
            for row in rows
            if row.purpose == EVERYTHING
            for other in others
        ],
        ignore_conflicts=True,
    )
    trail.record(Verb.SUPPRESSION_LIFTED, by=by, target=f"suppression:{len(rows)}", reason=channel)
    return len(rows)


def stands(address: str, channel: str = Channel.EMAIL, purpose: str | None = None) -> bool:
    """Whether nobody may use this address for marketing; `purpose`: for this kind of it, None: for any kind."""
    return bool(standing([address], channel, purpose))


def standing(addresses: Sequence[str], channel: str, purpose: str | None = None) -> set[str]:
    """Those of the addresses, as they were given, that are on the list. One query."""
    mine = {each: codes(each, channel) for each in addresses}
    rows = Suppression.objects.filter(
        digest__in=[code for found in mine.values() for code in found], channel=channel, lifted_at=None
    )
    if purpose is not None:
        rows = rows.filter(purpose__in=[purpose, EVERYTHING])
    there = set(rows.values_list("digest", flat=True))
    return {each for each, found in mine.items() if there.intersection(found)}
