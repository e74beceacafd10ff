"""The sole writer of the consent ledger."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from consent.models import ConsentEvent
from portal.audit import trail
from portal.audit.trail import Verb
from subjects.models import Subject


def record(
    *,
    subject: Subject,
    purpose: str,
    channel: str,
    act: str,
    how: str,
    by: Any,
    wording: str = "",
    happened_at: dt.datetime | None = None,
) -> ConsentEvent:
    """Append one event. `happened_at` (aware) defaults to now. Raises ValueError for an unknown act or channel."""
    if act not in ConsentEvent.Act.values or channel not in ConsentEvent.Channel.values:
        raise ValueError(f"unknown act {act!r} or channel {channel!r}")
    now = timezone.now()
    with transaction.atomic():
        event = ConsentEvent.objects.create(
            subject=subject,
            purpose=purpose,
            channel=channel,
            act=act,
            how=how,
            wording=wording,
            happened_at=happened_at or now,
            recorded_at=now,
        )
        trail.record(
            Verb.CONSENT_RECORDED, by=by, target=f"subject:{subject.reference}", reason=f"{act} {channel}"
        )
    return event
