"""How the clock of a case stands, as conditions: one name, one Q, used wherever cases are counted or listed.

Written against the sets of states (`OPEN`, `ENDED`), so that a further state needs no change here.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.lookups import Exact

from requests_sar import urgency
from requests_sar.models import ClockState, Question
from requests_sar.rights import Right
from requests_sar.workflow import ENDED, OPEN, State

SOON = 7  # days
STOPPED = (ClockState.PAUSED, ClockState.WAITING)


def is_open() -> Q:
    """We still owe an answer or the end of the work."""
    return Q(state__in=OPEN)


def ended(*states: State) -> Q:
    """Nothing is owed any more: all such cases, or those of some of these states.

    What the order of the queue begins with is said too, so that a page of them begins in its index where they begin.
    """
    return Q(state__in=states or ENDED) & Q(Exact(urgency.over, Value(urgency.OVER_AT)))


def unanswered() -> Q:
    """Open, and no answer has gone out: the statutory clock matters."""
    return Q(state__in=OPEN, answered_at=None)


def running() -> Q:
    """The statutory clock counts."""
    return unanswered() & Q(due_on__isnull=False)


def late(today: dt.date) -> Q:
    """Late from the day after the due date (rule R7)."""
    return running() & Q(due_on__lt=today)


def due_soon(today: dt.date) -> Q:
    """Due today or within the next seven days, and not late yet."""
    return running() & Q(due_on__gte=today, due_on__lte=today + dt.timedelta(days=SOON))


def stopped() -> Q:
    """The clock is paused or has not started: we asked the customer for something."""
    return unanswered() & Q(clock__in=STOPPED)


def waiting() -> Q:
    """Nothing happens until the customer does something."""
    return unanswered() & (Q(state=State.VERIFYING) | stopped())


def reviewed() -> Q:
    """A copy that has been reviewed and whose requester has been checked."""
    return Q(state=State.REVIEW, verified_at__isnull=False, reviewed_at__isnull=False)


def to_acknowledge() -> Q:
    """Complaints that we have not confirmed yet (Data Protection Act 2018 section 164A(3): within 30 days)."""
    unconfirmed = Q(complaint__isnull=False, complaint__acknowledged_at=None)
    return unanswered() & Q(right=Right.COMPLAINT) & unconfirmed


def acknowledged(*, in_time: bool) -> Q:
    """Complaints that we confirmed on or before their last day, or after it; by the day where the controller is."""
    when = "lte" if in_time else "gt"
    return Q(**{f"complaint__acknowledged_at__date__{when}": F("complaint__acknowledge_by")})


def paused_once() -> Q:
    """A question has stopped the clock at least once, whether it runs again or not."""
    return Q(Exists(Question.objects.filter(case=OuterRef("pk"), pauses=True)))
