"""What must exist on a day and what must not, worked out a second time: plain rows, plain Python, no database.

Written from the law and the published rules alone: nothing of the engine is imported, not even its date arithmetic.
The world remembers what happened (a payment, a call, a closed account) whether or not the record of it still exists;
so what a deleted record has once said is not forgotten here. Days are UK calendar days.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

# months; whether the tax rule is a floor (to the sixth anniversary of the end of the accounting year, 31 March)
OWN_DATE: dict[str, tuple[int, bool]] = {
    "invoices": (84, True),
    "payments": (84, True),
    "orders": (84, True),
    "support-calls": (84, True),
    "texts-and-faxes": (84, True),
    "subscriptions": (84, False),
    "call-recordings": (12, False),
    "emails": (36, False),
    "remote-sessions": (12, False),
    "web-visits": (12, False),
    "disclosures": (72, False),
    "pauses": (72, False),
}
CONTACT = ("contact-details", "addresses")
PURCHASES = {"invoices", "payments", "orders", "subscriptions"}
PAYMENTS = {"invoices", "payments"}
NO_DEBT_NEEDS = {"web-visits"}  # everything else stays while something is owed


@dataclass
class Row:
    """A record. `days`: those its period counts from the latest of; none: nothing to count from yet."""

    kind: str
    key: str
    people: list[Person]
    days: list[dt.date] = field(default_factory=list)
    ended: bool = False


@dataclass
class Person:
    """What is known of somebody, and what stands against disposing of their data."""

    name: str
    history: list[dt.date] = field(default_factory=list)  # all that a relationship's end is the latest of
    bought: bool = False
    account_open: bool = False
    owes: bool = False
    contracts: list[Row] = field(default_factory=list)
    consent: dict[str, tuple[dt.date, bool]] = field(default_factory=dict)  # channel -> last word, a yes?
    holds: dict[str, tuple[str, ...]] = field(default_factory=dict)  # reference -> kinds; none: all

    def running(self) -> bool:
        """Whether the relationship lasts: account open, contract running, or something owed."""
        return self.account_open or self.owes or any(not each.days for each in self.contracts)


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day of the month, or the last there is: 29 February and seven years is 28 February."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def tax_floor(day: dt.date) -> dt.date:
    """Sixth anniversary of the end of the accounting year that the day lies in."""
    ends = dt.date(day.year if (day.month, day.day) <= (3, 31) else day.year + 1, 3, 31)
    return dt.date(ends.year + 6, 3, 31)


@dataclass
class World:
    """All rows there ever were, and what must have become of them."""

    rows: list[Row] = field(default_factory=list)

    def run(self, day: dt.date) -> list[Row]:
        """Everything that must go on this day; from now on it has."""
        goes = [row for row in self.rows if not row.ended and not self.why_not(row, day)]
        for row in goes:
            row.ended = True
        return goes

    def why_not(self, row: Row, day: dt.date) -> str:
        """Why a record must still exist; "" when it must not."""
        for person in row.people:
            if any(not kinds or row.kind in kinds for kinds in person.holds.values()):
                return "held"
            if person.owes and row.kind not in NO_DEBT_NEEDS:
                return "owed"
            if not self.over(row, person, day):
                return "not over"
        return ""

    def over(self, row: Row, person: Person, day: dt.date) -> bool:
        """Kept THROUGH the last day; the day after, its time is over."""
        until = self.until(row, person)
        if until is None or until >= day:
            return False
        if row.kind in CONTACT or row.kind == "account":
            return not any(self._stays(each, day) for each in self.of(person, PAYMENTS))
        return True

    def until(self, row: Row, person: Person) -> dt.date | None:
        """The last day it must be kept; None: there is none yet."""
        if row.kind == "account" or row.kind in CONTACT:
            if person.running():
                return None
            enquirer = not person.bought and row.kind in CONTACT
            return months_after(max(person.history), 24 if enquirer else 84)
        if row.kind == "marketing-choices":
            words = person.consent.values()
            return None if any(yes for _, yes in words) else months_after(max(on for on, _ in words), 72)
        if not row.days:
            return None
        months, floor = OWN_DATE[row.kind]
        until = months_after(max(row.days), months)
        return max(until, tax_floor(max(row.days))) if floor else until

    def of(self, person: Person, kinds: set[str]) -> Iterator[Row]:
        """Their records of some kinds that have not ended."""
        return (row for row in self.rows if row.kind in kinds and person in row.people and not row.ended)

    def _stays(self, row: Row, day: dt.date) -> bool:
        return bool(self.why_not(row, day))
