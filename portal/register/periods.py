"""Lengths of time as the register writes them ("7 years", "12 months", "30 days") and their date arithmetic.

Pure: no Django, no clock. Everything here works on calendar dates, never on moments. The rule for months and
years is the corresponding date, and the month's last day where there is none: 31 January + 1 month is the
last day of February; 29 February 2020 + 7 years is 28 February 2027.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class Unit(StrEnum):
    """Calendar units; the value is the singular word."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


# The longest period of each unit, about a century: longer is a slip of the finger, not a policy.
LONGEST = {Unit.DAY: 36_500, Unit.WEEK: 5_200, Unit.MONTH: 1_200, Unit.YEAR: 100}


class BadPeriod(ValueError):
    """The text is not a period, a day of the year or a floor; `what` and `remedy` are sentences."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what, self.remedy = what, remedy


@dataclass(frozen=True, slots=True)
class Period:
    """A whole number (at least 1) of days, weeks, months or years."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        """The words of the register: "1 year", "12 months"."""
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    def after(self, day: dt.date) -> dt.date:
        """The date this period after `day`; `date.max` where the calendar ends: nothing is ever due early."""
        if self.unit in (Unit.DAY, Unit.WEEK):
            days = self.count * (7 if self.unit is Unit.WEEK else 1)
            left = (dt.date.max - day).days
            return day + dt.timedelta(days=days) if days <= left else dt.date.max
        return add_months(day, self.count * (12 if self.unit is Unit.YEAR else 1))


def add_months(day: dt.date, months: int) -> dt.date:
    """The corresponding date `months` (0 or more) later, or the last day of a month that has no such date."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > dt.date.max.year:
        return dt.date.max
    last = calendar.monthrange(year, month0 + 1)[1]
    return dt.date(year, month0 + 1, min(day.day, last))


_PERIOD = re.compile(r"(\d{1,6}) +(day|week|month|year)s?", re.IGNORECASE | re.ASCII)


def parse_period(text: str) -> Period:
    """Read "7 years", "1 year", "12 months", "2 weeks" or "30 days".

    Raises BadPeriod for anything else, for nothing at all and for more than a century.
    """
    match = _PERIOD.fullmatch(text.strip())
    if match is None:
        raise BadPeriod(
            f'"{text[:60]}" is not a period.', 'Write a number and a unit, like "7 years" or "30 days".'
        )
    period = Period(int(match[1]), Unit(match[2].lower()))
    if period.count < 1:
        raise BadPeriod(f'"{text}" keeps nothing at all.', 'Write at least "1 day".')
    if period.count > LONGEST[period.unit]:
        raise BadPeriod(f'"{text}" is longer than a century.', 'Write at most "100 years".')
    return period


@dataclass(frozen=True, slots=True)
class DayOfYear:
    """A day that comes back every year, such as the end of the accounting year.

    29 February stands for "the last day of February" in years that do not have it.
    """

    month: int
    day: int

    def __str__(self) -> str:
        """The words of the register: "31 March"."""
        return f"{self.day} {MONTHS[self.month - 1]}"

    def in_year(self, year: int) -> dt.date:
        """This day in `year`."""
        return dt.date(year, self.month, min(self.day, calendar.monthrange(year, self.month)[1]))

    def on_or_after(self, day: dt.date) -> dt.date:
        """The first such day that is not before `day`: for a year end, the end of the year `day` lies in."""
        this_year = self.in_year(day.year)
        if this_year >= day:
            return this_year
        return self.in_year(day.year + 1) if day.year < dt.date.max.year else dt.date.max


_DAY_OF_YEAR = re.compile(r"(\d{1,2}) +([a-z]+)", re.IGNORECASE | re.ASCII)


def parse_day_of_year(text: str) -> DayOfYear:
    """Read "31 March". Raises BadPeriod when the text is not a day that exists in some year."""
    match = _DAY_OF_YEAR.fullmatch(text.strip())
    name = match[2].capitalize() if match else ""
    if match is None or name not in MONTHS:
        raise BadPeriod(f'"{text[:60]}" is not a day of the year.', 'Write it like "31 March".')
    month = MONTHS.index(name) + 1
    last = calendar.monthrange(2000, month)[1]  # 2000 had a 29 February
    if not 1 <= int(match[1]) <= last:
        raise BadPeriod(
            f'"{text}" does not exist: {name} has {last} days.', f'Write at most "{last} {name}".'
        )
    return DayOfYear(month, int(match[1]))


@dataclass(frozen=True, slots=True)
class Floor:
    """The least time tax law wants: so long after the end of the accounting year the record lies in.

    Source: Finance Act 1998, Schedule 18, paragraph 21 (until the sixth anniversary of its end).
    """

    period: Period

    def __str__(self) -> str:
        """The words of the register: "accounting year end + 6 years"."""
        return f"accounting year end + {self.period}"

    def until(self, day: dt.date, accounting_year_end: DayOfYear) -> dt.date:
        """The last day on which a record dated `day` must still be there."""
        return self.period.after(accounting_year_end.on_or_after(day))


_FLOOR = re.compile(r"accounting year end *\+ *(.+)", re.IGNORECASE)


def parse_floor(text: str) -> Floor:
    """Read "accounting year end + 6 years". Raises BadPeriod for anything else."""
    match = _FLOOR.fullmatch(text.strip())
    if match is None:
        raise BadPeriod(f'"{text[:60]}" is not a floor.', 'Write it like "accounting year end + 6 years".')
    return Floor(parse_period(match[1]))
