"""Placing, releasing and asking for holds.

DPA 2018 s 173 makes it an offence to alter or erase data in order to prevent their disclosure; so accepting a
request places a hold on the person's data, and ending the case releases it. A hold for a legal claim (UK GDPR
Article 17(3)(e)) may be for some kinds of data only.

Whoever places a hold locks the person's row, and so does every batch of a disposal: a hold is either there before a
batch looks, or waits for the end of that batch. None slips in between.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from retention.models import Hold
from subjects.models import Subject


class Incomplete(Exception):
    """A hold for a legal claim lacks something; the text is a sentence for the person."""


def place(*, subject: Subject, kind: Hold.Kind, reference: str, by: Any, **details: Any) -> Hold:
    """Place a hold; placing the same one twice gives the one that stands."""
    with transaction.atomic():
        Subject.objects.select_for_update().get(pk=subject.pk)
        hold, new = Hold.objects.get_or_create(
            subject=subject,
            kind=kind,
            reference=reference,
            released_at=None,
            defaults={"placed_at": timezone.now(), **details},
        )
        if new:
            trail.record(Verb.HOLD_PLACED, by=by, target=f"hold:{hold.pk}", reason=reference)
    return hold


def place_legal(
    *,
    subject: Subject,
    by: Any,
    reference: str,
    reason: str,
    owner: Any,
    review_on: dt.date | None,
    datasets: Sequence[str] = (),
) -> Hold:
    """Hold data for a legal claim. `datasets`: which kinds; none: everything. Raises Incomplete with what to add."""
    if not reason.strip() or not reference.strip():
        raise Incomplete("Say which claim or dispute it is, and why the data are needed for it.")
    if owner is None:
        raise Incomplete("Say who looks after this hold.")
    if review_on is None or review_on <= timezone.localdate():
        raise Incomplete("Give a day in the future on which somebody asks whether the hold is still needed.")
    return place(
        subject=subject,
        kind=Hold.Kind.LEGAL,
        reference=reference.strip()[:40],
        by=by,
        reason=reason.strip()[:400],
        owner=owner,
        review_on=review_on,
        datasets=list(datasets),
    )


def release(*, reference: str, by: Any) -> int:
    """Release every hold that stands for this reference; returns how many stood."""
    return _release(Hold.objects.filter(reference=reference, released_at=None), by)


def release_legal(*, hold: Hold, by: Any) -> int:
    """The claim is settled: what it held counts as due again from the next run on."""
    return _release(Hold.objects.filter(pk=hold.pk, kind=Hold.Kind.LEGAL, released_at=None), by)


def _release(holds: QuerySet[Hold], by: Any) -> int:
    with transaction.atomic():
        standing = list(holds.select_for_update())
        for hold in standing:
            hold.released_at = timezone.now()
            hold.save(update_fields=["released_at"])
        if standing:
            trail.record_many([(Verb.HOLD_RELEASED, f"hold:{h.pk}", h.reference) for h in standing], by=by)
    return len(standing)


def legal(subject: Subject, dataset: str) -> QuerySet[Hold]:
    """Holds for legal claims that stand against disposing of this kind of a person's data."""
    standing = Hold.objects.filter(subject=subject, kind=Hold.Kind.LEGAL, released_at=None)
    return standing.filter(Q(datasets=[]) | Q(datasets__contains=[dataset]))


def other_request(subject: Subject, reference: str) -> Hold | None:
    """A request other than `reference` that is still to be answered from the person's data."""
    standing = Hold.objects.filter(subject=subject, kind=Hold.Kind.REQUEST, released_at=None)
    return standing.exclude(reference=reference).order_by("placed_at").first()
