"""Holds for legal claims and disputes (UK GDPR Article 17(3)(e)): placed, looked at again, released, each by somebody
with a reason. Unlike a request's hold, one may be about an account or about everybody, and about some records only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from retention import holds
from retention.models import Hold
from subjects.models import Account, Subject

REASON_LIMIT = 400


class Incomplete(Exception):
    """Something is lacking or cannot be; the text is a sentence for the person."""


def place(
    *,
    by: Any,
    reference: str,
    reason: str,
    owner: Any,
    review_on: dt.date | None,
    subject: Subject | None = None,
    account: Account | None = None,
    datasets: Sequence[str] = (),
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> Hold:
    """Hold data for a claim: of a person, of everybody of an account, or (neither given) of everybody.

    `datasets`: keys of the data map; none: every kind, which a hold on everybody must not be. `since`, `until`: UK
    days, both included, of the date that a record's period counts from. Placing the same hold twice gives the one that
    stands. Raises Incomplete with what to add.
    """
    _complete(reference, reason, owner, review_on)
    _possible(subject, account, datasets, since, until)
    with transaction.atomic():
        if subject is not None:
            Subject.objects.select_for_update().get(pk=subject.pk)
        hold, new = Hold.objects.get_or_create(
            subject=subject,
            account=account,
            kind=Hold.Kind.LEGAL,
            reference=" ".join(reference.split())[:40],
            datasets=sorted(set(datasets)),
            since=since,
            until=until,
            released_at=None,
            defaults={
                "reason": reason.strip()[:REASON_LIMIT],
                "owner": owner,
                "review_on": review_on,
                "placed_at": timezone.now(),
                "placed_by": trail.actor(by),
            },
        )
        if new:
            trail.record(Verb.HOLD_PLACED, by=by, target=f"hold:{hold.pk}", reason=f"legal {scope(hold)}")
    return hold


def _complete(reference: str, reason: str, owner: Any, review_on: dt.date | None) -> None:
    if not reason.strip() or not reference.strip():
        raise Incomplete("Say which claim or dispute it is, and why the data are needed for it.")
    if owner is None:
        raise Incomplete("Say who looks after this hold.")
    _in_future(review_on)


def _in_future(review_on: dt.date | None) -> None:
    if review_on is None or review_on <= timezone.localdate():
        raise Incomplete("Give a day in the future on which somebody asks whether the hold is still needed.")


def _possible(
    subject: Subject | None,
    account: Account | None,
    datasets: Sequence[str],
    since: dt.date | None,
    until: dt.date | None,
) -> None:
    if subject is not None and account is not None:
        raise Incomplete("Hold the data of one person or of an account, not of both at once.")
    if subject is None and account is None and not datasets:
        raise Incomplete("Name the kinds of data. A hold on everything of everybody would stop all deleting.")
    if since and until and until < since:
        raise Incomplete("The last day of the records comes before the first. Change one of them.")


def scope(hold: Hold) -> str:
    """What a hold is about, as a code for the trail: "person", "account 2020-01-01 to 2021-12-31"."""
    what = "person" if hold.subject_id else "account" if hold.account_id else "everybody"
    if not hold.since and not hold.until:
        return what
    return f"{what} {hold.since or ''} to {hold.until or ''}"


def look_again(*, hold: Hold, by: Any, review_on: dt.date | None) -> Hold:
    """It is still needed: the next day on which somebody asks. Raises Incomplete without one, or when it has ended."""
    _in_future(review_on)
    with transaction.atomic():
        found = Hold.objects.select_for_update().get(pk=hold.pk)
        if found.kind != Hold.Kind.LEGAL or found.released_at is not None:
            raise Incomplete("This hold has ended already.")
        found.review_on = review_on
        found.save(update_fields=["review_on"])
        trail.record(Verb.HOLD_REVIEWED, by=by, target=f"hold:{found.pk}", reason=str(review_on))
    return found


def release(*, hold: Hold, by: Any, why: str) -> int:
    """The claim is settled: what it held and is overdue goes with the next run. Returns 0 if it had ended already.

    Raises Incomplete without a reason.
    """
    if not why.strip():
        raise Incomplete("Say why the data are not needed any more.")
    return holds.end(
        Hold.objects.filter(pk=hold.pk, kind=Hold.Kind.LEGAL), by, why=why.strip()[:REASON_LIMIT]
    )


def to_review(today: dt.date) -> QuerySet[Hold]:
    """Standing holds whose day has come, the oldest first. `today`: a UK date."""
    due = Hold.objects.filter(kind=Hold.Kind.LEGAL, released_at=None, review_on__lte=today)
    return due.select_related("owner").order_by("review_on", "placed_at")
