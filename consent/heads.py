"""The headers that a mailing tool puts into its messages, so that a mail program's own button stops them (RFC 8058)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from consent import contacting, links, marketing
from consent.deciding import Contact
from consent.models import Addressee, Campaign
from subjects.identifiers import EMAIL, normalise_email
from subjects.models import Identifier, Subject


def of(addresses: Sequence[str], campaign: Campaign) -> list[tuple[Contact, dict[str, str]]]:
    """For each address whether it may be written to now, and then its headers; none where not. At most nine queries.

    The link is that of the one person who has the address, so that it goes on working when they have another; where
    several have it, or nobody, it is that of the address. Nothing is kept of an address that may not be written to.
    """
    answers = contacting.of_addresses(addresses, campaign.purpose, campaign.channel)
    allowed = {
        each: normalise_email(each) for each, found in zip(addresses, answers, strict=True) if found.allowed
    }
    numbers = _numbers(allowed)
    return [
        (found, marketing.headers(numbers[each], campaign) if found.allowed else {})
        for each, found in zip(addresses, answers, strict=True)
    ]


def _numbers(forms: dict[str, str]) -> dict[str, Addressee]:
    """The addressee of each address, by the address as it was given."""
    owners: dict[str, list[Any]] = defaultdict(list)
    rows = Identifier.objects.filter(kind=EMAIL, value__in=set(forms.values()))
    for form, pk in rows.values_list("value", "subject_id"):
        owners[form].append(pk)
    sole = {given: owners[form][0] for given, form in forms.items() if len(owners[form]) == 1}
    found = links.many(
        subjects=[Subject(pk=pk) for pk in set(sole.values())],
        addresses=[given for given in forms if given not in sole],
    )
    return {given: found[sole.get(given, given)] for given in forms}
