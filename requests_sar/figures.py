"""Every figure of the report: one condition that both counts the cases and lists them.

The queue filters by the same condition (`?figure=late`), so a figure is always the number of rows behind its link.
What a case is counted as, is one of `PARTS`: together they are all cases of a period, none twice. The others
(`MARKS`) say something more about some of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import F, Q

from requests_sar import conditions
from requests_sar.ranges import By, Range
from requests_sar.rights import Right
from requests_sar.workflow import OPEN, State


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `line` says what is counted, in the words of the page."""

    key: str
    title: str
    condition: Callable[[dt.date], Q]
    line: str


def _answered_late() -> Q:
    """By the day of the answer where the controller is; a case whose clock never ran to a date is not late."""
    return Q(answered_at__date__gt=F("due_on"))


def _in_time(today: dt.date) -> Q:
    return Q(answered_at__isnull=False) & (Q(due_on__isnull=True) | Q(answered_at__date__lte=F("due_on")))


def _open_in_time(today: dt.date) -> Q:
    dated = Q(due_on__gte=today) | Q(due_on__isnull=True)
    return conditions.unanswered() & ~Q(clock__in=conditions.STOPPED) & dated


def _ended_otherwise(today: dt.date) -> Q:
    return Q(answered_at=None) & ~Q(state__in=[*sorted(OPEN), State.WITHDRAWN])


PARTS = (
    Figure("in-time", "Answered in time", _in_time, "The answer went out on or before the due date."),
    Figure(
        "late",
        "Answered late",
        lambda today: _answered_late(),
        "The answer went out after the due date.",
    ),
    Figure("open-in-time", "Open, in time", _open_in_time, "No answer yet; the due date is not over."),
    Figure("open-late", "Open, late", conditions.late, "No answer yet, and the due date is over."),
    Figure(
        "stopped",
        "Paused or not started",
        lambda today: conditions.stopped(),
        "We wait for the customer. Shown apart: not in the percentage.",
    ),
    Figure(
        "withdrawn",
        "Cancelled",
        lambda today: Q(answered_at=None) & conditions.ended(State.WITHDRAWN),
        "The requester did not want it any more before we answered.",
    ),
    Figure(
        "ended",
        "Ended without an answer",
        _ended_otherwise,
        "Ended, but no day of an answer is written down.",
    ),
)
MARKS = (
    Figure(
        "extended",
        "Extended",
        lambda today: Q(extension__isnull=False),
        "We took two further months (Article 12(3)).",
    ),
    Figure(
        "was-paused",
        "Paused at least once",
        lambda today: conditions.paused_once(),
        "A question stopped the clock, whether it runs again or not.",
    ),
    Figure("refused", "Refused", lambda today: conditions.ended(State.REFUSED), "We said no."),
    Figure(
        "referred",
        "Referred",
        lambda today: conditions.ended(State.REFERRED),
        "Another company decides about the data.",
    ),
    Figure(
        "complaints",
        "Complaints",
        lambda today: Q(right=Right.COMPLAINT),
        "Complaints about what we do with data (section 164A).",
    ),
    Figure(
        "to-acknowledge",
        "Complaints to acknowledge",
        lambda today: conditions.to_acknowledge(),
        "Complaints that we have not confirmed yet.",
    ),
    Figure(
        "acknowledged",
        "Complaints acknowledged in time",
        lambda today: conditions.acknowledged(in_time=True),
        "Confirmed within 30 days.",
    ),
    Figure(
        "acknowledged-late",
        "Complaints acknowledged late",
        lambda today: conditions.acknowledged(in_time=False),
        "Confirmed after the last day for it.",
    ),
)
ALL = Figure("all", "Requests", lambda today: Q(), "All of them.")
FIGURES = (ALL, *PARTS, *MARKS)
BY_KEY = {figure.key: figure for figure in FIGURES}


def on_time_rate(counts: Mapping[str, int]) -> float | None:
    """The percentage answered in time; None while there is nothing to rate.

    Of those answered and those that are late already. Open ones in time are not decided yet, and paused ones are
    shown apart (S26): neither is in it.
    """
    rated = counts["in-time"] + counts["late"] + counts["open-late"]
    return 100 * counts["in-time"] / rated if rated else None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases a report is about: those received (or answered) in a range of days, of a right, by a channel."""

    by: By
    first: dt.date
    last: dt.date
    right: str = ""
    channel: str = ""

    @property
    def condition(self) -> Q:
        """The cases."""
        found = Range(self.by, self.first, self.last).condition
        if self.right:
            found &= Q(right=self.right)
        return found & Q(channel=self.channel) if self.channel else found

    @property
    def parameters(self) -> dict[str, str]:
        """The address of the same cases in the queue."""
        found = Range(self.by, self.first, self.last).parameters
        if self.right:
            found["right__exact"] = self.right
        if self.channel:
            found["channel__exact"] = self.channel
        return found
