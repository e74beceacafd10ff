"""The order of the queue, worked out from a case's own columns.

The index `case_queue` is made of these very expressions, so a page of the queue is read off the index: its cost is
that of its rows, not of all cases. A state that is neither ended nor released is open, whatever it is called.
"""

from __future__ import annotations

from django.db.models import Case as Choose
from django.db.models import F, Q, SmallIntegerField, Value, When
from django.db.models.expressions import OrderBy

from requests_sar.workflow import ENDED, State

OVER = sorted(str(state) for state in ENDED)  # in one order: the index and the query must be the same text
OVER_AT = 2  # where they stand in the order
RELEASED = str(State.RELEASED)
LIVE = ~Q(state__in=[*OVER, RELEASED]) & Q(answered_at__isnull=True)  # an answer is owed

# Open ones by due date (so the latest ones come first), then those that wait for the customer (the longest first),
# then answered ones, then ended ones, newest first.
over = Choose(
    When(state__in=OVER, then=Value(OVER_AT)),
    When(state=RELEASED, then=Value(1)),
    default=Value(0),
    output_field=SmallIntegerField(),
)
counting = Choose(When(LIVE, then=F("due_on")), default=None)
waited = Choose(When(LIVE & ~Q(clock="running"), then=F("stopped_on")), default=None)

ORDER: tuple[OrderBy, ...] = (
    over.asc(),
    counting.asc(),  # PostgreSQL puts what has no date last
    waited.asc(),
    F("closed_at").desc(nulls_last=True),
    F("received_on").desc(),
    F("reference").asc(),
)
