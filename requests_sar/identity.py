"""Who is asking: from a proved address to the data subject on file, and never the other way round.

A code goes to the address a person typed, known or not. Once it is proved: if exactly one data subject on file
has that address, the request is theirs; otherwise the DPO decides, and nothing has been revealed.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.utils import timezone

from requests_sar.models import Case, Proof
from subjects.identifiers import normalise_email
from subjects.models import AddressChange, Identifier, Subject

FRESH_ADDRESS = dt.timedelta(days=30)  # an address changed this recently does not prove a person by itself
UNUSED = dt.timedelta(days=2)  # a change of address whose code was never entered is forgotten


def subject_at(address: str) -> Subject | None:
    """The one data subject with this address on file; None when there is none or more than one."""
    found = Subject.objects.filter(
        locked_at=None,  # who was erased and comes back is somebody new
        pk__in=Identifier.objects.filter(kind=Identifier.Kind.EMAIL, value=normalise_email(address)).values(
            "subject"
        ),
    )[:2]
    return found[0] if len(found) == 1 else None


def is_on_file(address: str) -> bool:
    """Whether anybody on file has this address. Never tell it to somebody who did not prove the address."""
    return Identifier.objects.filter(kind=Identifier.Kind.EMAIL, value=normalise_email(address)).exists()


def proves(subject: Subject) -> bool:
    """Whether the address on file is old enough to prove this person."""
    changed = subject.email_changed_at
    return changed is None or changed < timezone.now() - FRESH_ADDRESS


def fields_for(case: Case, *, address: str, proof: Proof) -> dict[str, object]:
    """What a proved address means for a case: fields to set, empty when the DPO has to decide."""
    if case.on_behalf_of:
        return {}
    subject = subject_at(address)
    if subject is None or not proves(subject):
        return {}
    return {"subject": subject, "proof": proof, "verified_at": timezone.now()}


def forget_address_changes() -> int:
    """Delete changes that were never confirmed, and those that cannot be taken back any more; returns how many."""
    now = timezone.now()
    unused = Q(confirmed_at=None, asked_at__lt=now - UNUSED)
    over = Q(confirmed_at__lt=now - FRESH_ADDRESS)
    return AddressChange.objects.filter(unused | over).delete()[0]
