"""Placing and releasing holds.

DPA 2018 s 173 makes it an offence to alter or erase data in order to prevent their disclosure; so accepting a
request places a hold on the person's data, and ending the case releases it.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from retention.models import Hold
from subjects.models import Subject


def place(*, subject: Subject, kind: Hold.Kind, reference: str, by: Any) -> Hold:
    """Place a hold; placing the same one twice gives the one that stands."""
    with transaction.atomic():
        hold, new = Hold.objects.get_or_create(
            subject=subject,
            kind=kind,
            reference=reference,
            released_at=None,
            defaults={"placed_at": timezone.now()},
        )
        if new:
            trail.record(Verb.HOLD_PLACED, by=by, target=f"hold:{hold.pk}", reason=reference)
    return hold


def release(*, reference: str, by: Any) -> int:
    """Release every hold that stands for this reference; returns how many stood."""
    with transaction.atomic():
        standing = list(Hold.objects.select_for_update().filter(reference=reference, released_at=None))
        for hold in standing:
            hold.released_at = timezone.now()
            hold.save(update_fields=["released_at"])
        if standing:
            trail.record_many([(Verb.HOLD_RELEASED, f"hold:{h.pk}", reference) for h in standing], by=by)
    return len(standing)
