"""The indexes of a case: what its lists are found, counted and put in order by.

A partial index serves a query only if the query's condition implies the index's: `requests_sar.conditions` says how a
tab or a figure asks, and `make bench WHAT=queue` what it costs.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db.models import Index, Q

from requests_sar import urgency
from requests_sar.workflow import OPEN

CASE = [
    Index(fields=["state", "due_on"]),
    Index(fields=["due_on", "reference"]),
    Index(fields=["clock", "stopped_on"]),
    Index(fields=["requester_email", "received_at"]),
    Index(fields=["subject", "received_on"]),
    Index(fields=["received_on", "right"], name="case_received"),
    Index(fields=["answered_at"], condition=Q(answered_at__isnull=False), name="case_answered"),
    Index(
        fields=["customer_wrote_at"],
        condition=Q(customer_wrote_at__isnull=False),
        name="case_replied",
    ),
    Index(*urgency.ORDER, name="case_queue"),
    Index(
        fields=["due_on"],
        include=["state", "clock", "stopped_on"],
        condition=urgency.LIVE,
        name="case_live",
    ),
    # For the tabs that few requests are in. (What a condition of a query must imply, see `conditions`.)
    Index(
        fields=["stopped_on"],
        include=["state", "clock"],
        condition=urgency.LIVE & (Q(state="verifying") | Q(clock__in=["paused", "waiting"])),
        name="case_waits",
    ),
    Index(
        fields=["id"],
        include=["tasks_version"],
        condition=Q(state="review", verified_at__isnull=False, reviewed_at__isnull=False),
        name="case_reviewed",
    ),
    Index(
        fields=["id"],
        include=["state"],
        condition=urgency.LIVE & Q(right="complaint"),
        name="case_complaint",
    ),
    Index(
        fields=["received_on"],
        include=["state"],
        condition=Q(answered_at=None) & ~Q(state__in=sorted(str(state) for state in OPEN)),
        name="case_no_answer",
    ),
    # For the nightly run: requests, and all that hangs on them, count from the day they were closed.
    Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="case_due"),
    GinIndex(fields=["found_by"], opclasses=["gin_trgm_ops"], name="case_trigram"),
]
