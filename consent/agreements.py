"""The agreements of a person as a whole: which stand, when the last one ended, and taking all of them back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Max
from django.utils import timezone

from consent import ledger
from consent.models import Act, ConsentEvent, ConsentFlag
from subjects.models import Subject


def running(subject: Subject) -> list[ConsentFlag]:
    """The agreements that stand: each purpose and channel where the last word is a yes."""
    return list(ConsentFlag.objects.filter(subject=subject, act=Act.GIVEN).order_by("purpose", "channel"))


def ended_on(subject: Subject) -> dt.date | None:
    """The UK day on which the last agreement ended; None while one stands, or where there never was anything."""
    if running(subject):
        return None
    last = ConsentEvent.objects.filter(subject=subject).aggregate(last=Max("happened_at"))["last"]
    return timezone.localdate(last) if last else None


def withdraw_all(*, subject: Subject, how: str, by: Any, at: dt.datetime | None = None) -> int:
    """Take back every agreement that stands; returns how many. Again, it changes nothing. at: when (default: now)."""
    standing = running(subject)
    for flag in standing:
        ledger.record(
            subject=subject,
            purpose=flag.purpose,
            channel=flag.channel,
            act=Act.WITHDRAWN,
            how=how,
            by=by,
            happened_at=at,
        )
    return len(standing)
