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
NAMES = (*CONTACT, "account")  # who the other records are about
PAYMENTS = {"invoices", "payments"}
NO_DEBT_NEEDS = {"web-visits"}  # everything else stays while something is owed
FOR_THE_CONTRACT = {"call-recordings", "emails", "remote-sessions"}  # gone when asked, unless a contract runs


@dataclass(eq=False)
class House:
    """A customer account, and whose it is: the contacts of a business share one."""

    closed: dt.date | None = None
    owes: bool = False
    people: list[Person] = field(default_factory=list)


@dataclass(eq=False)
class Row:
    """A record. `days`: those its period counts from the latest of; none: nothing to count from yet."""

    kind: str
    key: str
    people: list[Person]
    days: list[dt.date] = field(default_factory=list)
    ended: bool = False


@dataclass(eq=False)
class Person:
    """What is known of somebody."""

    name: str
    email: str = ""  # none: we do not know it any more
    house: House | None = None
    history: list[dt.date] = field(default_factory=list)  # all that a relationship's end is the latest of
    bought: bool = False
    contracts: list[Row] = field(default_factory=list)
    consent: dict[str, tuple[dt.date, bool]] = field(default_factory=dict)  # channel -> last word, a yes?
    locked: bool = False  # erased as far as the law allows: the rest is for the law only
    known: dt.date | None = None  # since when, where nothing else is dated
    rows: list[Row] = field(default_factory=list)

    @property
    def owes(self) -> bool:
        return self.house is not None and self.house.owes

    @property
    def account_open(self) -> bool:
        return self.house is not None and self.house.closed is None

    def running(self, day: dt.date) -> bool:
        """Whether the relationship lasts: account open, contract running (through its last day), something owed."""
        closing = self.house is not None and self.house.closed is not None and self.house.closed >= day
        contracts = any(not each.days or max(each.days) >= day for each in self.contracts)
        return self.account_open or closing or self.owes or contracts


@dataclass(eq=False)
class Stop:
    """Something that stands against disposing: a claim, a pause, an open request or complaint."""

    people: list[Person] | None  # None: everybody
    kinds: tuple[str, ...] = ()  # none: all
    key: str = ""  # of one record
    since: dt.date | None = None  # the records of these days, both included
    until: dt.date | None = None
    asked: bool = False  # an open request or complaint: an erasure waits for it

    def reaches(self, row: Row) -> bool:
        """A record of several days is reached by any of them; one without a day always, so that nothing is lost."""
        theirs = self.people is None or any(person in self.people for person in row.people)
        of_kind = not self.kinds or row.kind in self.kinds
        return theirs and of_kind and self.key in {"", row.key} and self._in_range(row)

    def _in_range(self, row: Row) -> bool:
        if not row.days or row.kind in NAMES:
            return True
        return any(
            (self.since is None or self.since <= day) and (self.until is None or day <= self.until)
            for day in row.days
        )


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day of the month, or the last there is: 29 February and seven years is 28 February."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def tax_floor(day: dt.date) -> dt.date:
    """Sixth anniversary of the end of the accounting year that the day lies in."""
    ends = dt.date(day.year if (day.month, day.day) <= (3, 31) else day.year + 1, 3, 31)
    return dt.date(ends.year + 6, 3, 31)


@dataclass(frozen=True)
class Asked:
    """What was decided when somebody asked for erasure: what goes, and whether of them only the name stays."""

    goes: list[Row]
    reduced: bool


@dataclass
class World:
    """All rows there ever were, what stands against disposing of them, and what must have become of them."""

    rows: list[Row] = field(default_factory=list)
    stops: dict[str, Stop] = field(default_factory=dict)  # reference -> what stands
    periods: dict[str, tuple[int, bool]] = field(default_factory=lambda: dict(OWN_DATE))
    unwanted: dict[str, dt.date] = field(
        default_factory=dict
    )  # address -> the day of the latest no to marketing

    def add(self, row: Row) -> Row:
        self.rows.append(row)
        for person in row.people:
            person.rows.append(row)
        return row

    def run(self, day: dt.date) -> list[Row]:
        """Everything that must go on this day; from now on it has."""
        return self.ended([row for row in self.rows if not row.ended and not self.why_not(row, day)], day)

    def ended(self, rows: list[Row], day: dt.date) -> list[Row]:
        """These go. Whose choices about marketing go, while we know the address, is never written to again."""
        for row in sorted(rows, key=lambda each: each.kind != "marketing-choices"):
            row.ended = True
            for person in row.people if row.kind == "marketing-choices" else ():
                self.says(person.email, day, yes=False)
            for person in row.people if row.kind == "contact-details" else ():
                person.email = ""
        return rows

    def says(self, address: str, day: dt.date, *, yes: bool) -> None:
        """Marketing to an address: a no stands until a later yes of whoever has the address then."""
        if not yes and address:
            self.unwanted[address] = max(day, self.unwanted.get(address, day))
        elif yes and address in self.unwanted and self.unwanted[address] <= day:
            del self.unwanted[address]

    def why_not(self, row: Row, day: dt.date) -> str:
        """Why a record must still exist; "" when it must not."""
        for person in row.people:
            if not self.over(row, person, day):
                return "not over"
            if person.owes and row.kind not in NO_DEBT_NEEDS:
                return "owed"
        return "held" if self.held(row) else ""

    def held(self, row: Row, *, asked: bool = True) -> bool:
        """Whether something stands against it. asked: open requests and complaints count too."""
        return any(stop.reaches(row) for stop in self.stops.values() if asked or not stop.asked)

    def over(self, row: Row, person: Person, day: dt.date) -> bool:
        """Kept THROUGH the last day; the day after, its time is over."""
        if row.kind in NAMES and any(self.why_not(each, day) for each in self.of(person, PAYMENTS)):
            return False
        if row.kind == "contact-details" and any(self.held(each) for each in self.of(person, {"account"})):
            return False  # or nobody would know whose account a claim holds
        if row.kind in NAMES and person.locked:
            return True  # the exception of Article 17(3) covers only what the records that stay need
        until = self.until(row, person, day)
        return until is not None and until < day

    def until(self, row: Row, person: Person, day: dt.date) -> dt.date | None:
        """The last day it must be kept; None: there is none yet."""
        if row.kind in NAMES:
            if person.running(day):
                return None
            enquirer = not person.bought and row.kind in CONTACT
            closed = [person.house.closed] if person.house and person.house.closed else []
            last = max([*person.history, *closed], default=person.known)
            return months_after(last, 24 if enquirer else 84) if last else None
        if row.kind == "marketing-choices":
            words = person.consent.values()
            return None if any(yes for _, yes in words) else months_after(max(on for on, _ in words), 72)
        if not row.days:
            return None
        months, floor = self.periods[row.kind]
        until = months_after(max(row.days), months)
        return max(until, tax_floor(max(row.days))) if floor else until

    def of(self, person: Person, kinds: set[str]) -> Iterator[Row]:
        """Their records of some kinds that have not ended."""
        return (row for row in person.rows if row.kind in kinds and not row.ended)

    # --- somebody asks for erasure --------------------------------------------------------------------------

    def asked(self, person: Person, day: dt.date) -> Asked:
        """What has to go because they ask: all that no exception of Article 17(3) covers, and ways to reach them."""
        reduced = not person.running(day) and not any(
            self.held(row, asked=False) for row in self.home(person)
        )
        return Asked(self._goes_when_asked(person, day), reduced)

    def home(self, person: Person) -> list[Row]:
        return list(self.of(person, {"contact-details"}))

    def _goes_when_asked(self, person: Person, day: dt.date) -> list[Row]:
        mine = [row for row in person.rows if not row.ended]
        goes = [row for row in mine if row.kind not in NAMES and self._goes(row, person, day)]
        named = any(row.kind in PAYMENTS and row not in goes for row in mine)
        if person.running(day) or named:
            return goes
        others = person.house is not None and any(
            not each.locked for each in person.house.people if each != person
        )
        names = [row for row in mine if row.kind in NAMES and not (row.kind == "account" and others)]
        goes += [row for row in names if not self.held(row, asked=False)]
        kept = any(row.kind == "account" and self.held(row, asked=False) for row in mine)
        return [row for row in goes if not (kept and row.kind == "contact-details")]

    def erase(self, person: Person, asked: Asked, day: dt.date) -> None:
        """Done as it was decided, but for what is held by now; no marketing from now on."""
        running = person.running(day)
        self.says(person.email, day, yes=False)
        person.consent = {
            channel: (day, False) if yes else (on, yes) for channel, (on, yes) in person.consent.items()
        }
        held = any(self.held(row, asked=False) for row in self.home(person))
        self.ended([row for row in asked.goes if not self.held(row, asked=False)], day)
        if not running:
            person.locked = True
        if asked.reduced and not held:
            person.email = ""

    def _goes(self, row: Row, person: Person, day: dt.date) -> bool:
        if self.held(row, asked=False):
            return False
        if row.kind == "web-visits":  # analytics rest on no contract
            return True
        if row.kind in FOR_THE_CONTRACT and not person.running(day):
            return True
        accounts = row.kind in OWN_DATE and OWN_DATE[row.kind][1]
        if accounts and not person.bought:  # nobody who never bought is in the accounts
            return True
        if row.kind == "marketing-choices" and any(yes for _, yes in person.consent.values()):
            return False  # asking takes the agreement back, and its proof is kept from today
        return self.over(row, person, day) and not person.owes
