"""What should have left the portal and has not: notices to recipients, and the journal of disposals."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils import timezone

from portal.templatetags.house import short_day
from requests_sar import telling
from requests_sar.models import RecipientNotice
from retention.models import JournalEntry

LATE = dt.timedelta(hours=1)  # the journal is written every minute


def not_reached(most: int) -> list[tuple[str, str]]:
    """Recipients who could not be told by themselves, in words with where to go, the oldest first."""
    failed = RecipientNotice.objects.filter(sending=RecipientNotice.Sending.FAILED, outcome="")
    return [
        (
            f"{notice.recipient} could not be told. {telling.why(notice)}",
            reverse("admin:recipient", args=[notice.pk]),
        )
        for notice in failed[:most]
    ]


def journal_behind() -> list[tuple[str, str]]:
    """Whether disposals wait for the journal outside the database, which a restore would need."""
    oldest = JournalEntry.objects.order_by("at").values_list("at", flat=True).first()
    if oldest is None or oldest > timezone.now() - LATE:
        return []
    words = (
        f"What was deleted since {short_day(oldest)} is not in the journal yet, so a backup could bring it back. "
        "Ask the administrator to look for “journal” in the log of the workers."
    )
    return [(words, reverse("admin:audit_entry_changelist"))]
