"""What somebody has to look at again though its request has ended: pauses that may end, and erasures that kept a part.

Counted in the officers' list of the day and named on the first page; both lead to the request where it is done.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from requests_sar.models import Case, Erasure
from requests_sar.workflow import ENDED, State
from subjects.models import Restriction


def pauses() -> QuerySet[Restriction]:
    """Pauses of which somebody has to decide, the oldest first.

    Those whose person has been told that they end (Article 18(3)) and that still stand; and those for as long as we
    check whether data are right (Article 18(1)(a)), once the request they came with has ended.
    """
    over = Case.objects.filter(state__in=ENDED).values("reference")
    checking = Q(ground=Restriction.Ground.ACCURACY, reference__in=over)
    standing = Restriction.objects.filter(lifted_at=None)
    return standing.filter(Q(told_lifting_at__isnull=False) | checking).order_by("placed_at", "pk")


def erasures(today: dt.date) -> QuerySet[Erasure]:
    """Erasures that kept something, whose day to look again has come (S41), the longest first.

    They are named until the officer chooses another day, or none.
    """
    due = Erasure.objects.filter(follow_up_on__lte=today, case__state=State.CLOSED)
    return due.select_related("case__owner").order_by("follow_up_on", "case__reference")
