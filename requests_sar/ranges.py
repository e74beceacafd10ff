"""Ranges of days in the address of the queue and of the report: `?received_from=2026-10-01&received_to=2026-12-31`.

The same range counts a figure of the report and lists its cases. Days only: nothing personal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q
from django.utils import timezone

EARLIEST = dt.date(1990, 1, 1)
LATEST = dt.date(2100, 12, 31)


class By(StrEnum):
    """The day that a range is about."""

    RECEIVED = "received"
    ANSWERED = "answered"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Range:
    """Days from `first` to `last`, both included; an end that is None is open."""

    by: By
    first: dt.date | None
    last: dt.date | None

    @property
    def condition(self) -> Q:
        """The cases of these days. The answer's moment counts by its day where the controller is."""
        if self.by is By.ANSWERED:
            return _moments("answered_at", self.first, self.last)
        field = "received_on" if self.by is By.RECEIVED else "due_on"
        found = Q()
        if self.first:
            found &= Q(**{f"{field}__gte": self.first})
        return found & Q(**{f"{field}__lte": self.last}) if self.last else found

    @property
    def parameters(self) -> dict[str, str]:
        """How the range is written in an address."""
        ends = {f"{self.by}_from": self.first, f"{self.by}_to": self.last}
        return {name: day.isoformat() for name, day in ends.items() if day}


def _moments(field: str, first: dt.date | None, last: dt.date | None) -> Q:
    """Days as moments, so that an index on the moment serves."""
    found = Q()
    if first:
        found &= Q(**{f"{field}__gte": _midnight(first)})
    return found & Q(**{f"{field}__lt": _midnight(last + dt.timedelta(days=1))}) if last else found


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


NAMES = frozenset(f"{by}_{end}" for by in By for end in ("from", "to"))


def read(parameters: Mapping[str, str]) -> tuple[list[Range], list[str]]:
    """The ranges of an address, and the names whose value is no day (they narrow nothing)."""
    bad: list[str] = []

    def day(name: str) -> dt.date | None:
        text = parameters.get(name, "").strip()
        if not text:
            return None
        try:
            found = dt.date.fromisoformat(text)
        except ValueError:
            found = dt.date.min
        if EARLIEST <= found <= LATEST:
            return found
        bad.append(name)
        return None

    found = [Range(by, day(f"{by}_from"), day(f"{by}_to")) for by in By]
    return [each for each in found if each.first or each.last], bad
