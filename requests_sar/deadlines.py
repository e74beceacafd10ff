"""When an answer is due. Pure: dates and events in, dates out; the holidays are handed in.

Sources: UK GDPR Articles 12(3) and 12A (as amended by the Data (Use and Access) Act 2025); the Information
Commissioner's way of counting (the corresponding date of a later month, from the day of receipt); DPA 2018
s 54(3C) for the clarification pause; s 164A for complaints.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
IsWorkingDay = Callable[[dt.date], bool]
ACKNOWLEDGE_DAYS = 30
TARGET_DAYS = 28


@dataclass(frozen=True, slots=True)
class Pause:
    """A question about which information is wanted: the day asked and the day answered (None: not yet)."""

    asked: dt.date
    answered: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """The dates of one case. `due` is None while a pause is open."""

    start: dt.date
    due_if_not_extended: dt.date | None
    unrolled_due: dt.date | None
    due: dt.date | None


def local_date(moment: dt.datetime) -> dt.date:
    """The UK calendar date of an aware moment: 23:30 UTC on 30 June is 1 July. Raises ValueError if naive."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(LONDON).date()


def months_later(start: dt.date, months: int) -> dt.date:
    """The corresponding date `months` later; the month's last day when it has no such date (ICO)."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def roll(day: dt.date, is_working_day: IsWorkingDay) -> dt.date:
    """The day itself, or the next working day after it."""
    while not is_working_day(day):
        day += dt.timedelta(days=1)
    return day


def paused_days(start: dt.date, pauses: Iterable[Pause]) -> int:
    """Days not counted: each day from asking to answering, both included, once, after the clock's start."""
    days: set[dt.date] = set()
    for pause in pauses:
        if pause.answered is None:
            continue
        day = max(pause.asked, start + dt.timedelta(days=1))
        while day <= pause.answered:
            days.add(day)
            day += dt.timedelta(days=1)
    return len(days)


def clock(
    received: dt.date,
    *,
    is_working_day: IsWorkingDay,
    start_events: Iterable[dt.date] = (),
    pauses: Iterable[Pause] = (),
    extended: bool = False,
    pausable: bool = True,
) -> Clock:
    """The clock of a request.

    `start_events` are the days on which identity, authority or a fee, once asked for, arrived: each is a new
    start, not a pause. Pauses count only when `pausable` (access requests). An extension is three months from the
    start, never from a rolled date. The result is rolled once, at the end.
    """
    start = max([received, *start_events])
    pauses = list(pauses) if pausable else []
    if any(pause.answered is None for pause in pauses):
        return Clock(start, None, None, None)
    extra = dt.timedelta(days=paused_days(start, pauses))
    first = months_later(start, 1) + extra
    unrolled = months_later(start, 3) + extra if extended else first
    return Clock(start, roll(first, is_working_day), unrolled, roll(unrolled, is_working_day))


def acknowledging(received: dt.date, is_working_day: IsWorkingDay) -> Clock:
    """The clock of a complaint until it is acknowledged: 30 days, the first being the day after receipt (s 164A)."""
    unrolled = received + dt.timedelta(days=ACKNOWLEDGE_DAYS)
    due = roll(unrolled, is_working_day)
    return Clock(received, due, unrolled, due)


def acknowledge_by(received: dt.date, is_working_day: IsWorkingDay) -> dt.date:
    """The last day for acknowledging a complaint."""
    due = acknowledging(received, is_working_day).due
    assert due is not None
    return due
