"""One person of a simulated company: what they do is told to the database and to the oracle's world."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from consent import ledger
from consent.models import ConsentEvent
from retention import disposal, holds, legal, working
from retention.models import Disposal, Hold
from subjects import models as rows
from subjects import restriction
from tests import factories
from tests.retention import people
from tests.retention.independent import OWN_DATE, House, Person, Row, Stop

if TYPE_CHECKING:
    from tests.retention.simulated import Company

SCOPES: list[tuple[str, ...]] = [
    (),
    ("emails", "invoices"),
    ("web-visits", "call-recordings"),
    ("payments",),
    ("invoices",),
    ("account",),
    ("marketing-choices", "orders"),
]
PAUSABLE = set(OWN_DATE) - {"pauses"}
OPEN = (Hold.Kind.REQUEST, Hold.Kind.COMPLAINT)


class Member:
    """One person: what they do."""

    def __init__(
        self,
        company: Company,
        name: str,
        day: dt.date,
        *,
        buys: bool,
        email: str = "",
        colleague: Member | None = None,
    ) -> None:
        self.company = company
        self.address = email or f"{name.replace(' ', '').lower()}@example.com"
        self.person = Person(name, self.address)
        self.account: rows.Account | None = None
        self.books: Row | None = None
        if colleague:
            self.account, self.books, self.person.house = (
                colleague.account,
                colleague.books,
                colleague.person.house,
            )
        elif buys:
            self.account, self.person.house = factories.account(name=name, opened_on=day), House()
        self.subject = factories.subject(
            name, email=self.person.email, account=self.account, signed_up_on=day
        )
        self.quiet = False  # nothing more happens to them
        self.pauses: dict[str, tuple[rows.Restriction, Row]] = {}
        self.home = self._row("contact-details", self.subject)
        self._row("addresses", rows.Address.objects.create(**self._own(), use="home", lines="1 Harbour Road"))
        if self.person.house:
            self.person.house.people.append(self.person)
        if self.books:
            self.person.rows.append(self.books)
        elif self.account and self.person.house:
            self.books = Row(
                "account", str(self.account.pk), self.person.house.people
            )  # also who comes later
            company.world.add(self.books)
        if self.account:
            self.buy(day)
            self.subscribe(day)
        self.call(day)
        if self.chance.random() < 0.5:
            self.agree(day, "given")

    @property
    def chance(self) -> random.Random:
        return self.company.chance

    @property
    def gone(self) -> bool:
        """Whether we no longer know who they were."""
        return self.home.ended or (self.books is not None and self.books.ended)

    @property
    def asleep(self) -> bool:
        """Whether nothing happens to them any more."""
        return self.gone or self.quiet or self.person.locked

    def live(self, since: dt.date, day: dt.date) -> None:
        """Things that happen between two runs: a few, on days of their own, many at the edges of a period."""

        def some() -> dt.date:
            if self.chance.random() < 0.5:
                return day - dt.timedelta(days=self.chance.randint(0, 1))
            return since + dt.timedelta(days=self.chance.randint(1, (day - since).days))

        if self.person.account_open:
            acts = [
                self.buy, self.call, self.write, self.browse, self.order, self.subscribe, self.told, self.leave
            ]  # fmt: skip
            for act in self.chance.sample(acts, 3):
                act(some())
        elif self.chance.random() < 0.15:
            self.come_back(day) if self.account else self.call(some())
        self._trouble(day)
        if self.person.owes and self.chance.random() < 0.5:
            self._owes(False)

    def _trouble(self, day: dt.date) -> None:
        acts = [self.claim, self.ask, self.pause, self.owe, self.agree, self.erase, *[None] * 5]
        act = self.chance.choice(acts)
        if act and (
            act != self.agree or self.person.account_open
        ):  # who has left says no more about marketing
            act(day)

    # --- records ------------------------------------------------------------------------------------------

    def buy(self, day: dt.date, paid: dt.date | None = None) -> None:
        """An invoice, paid on the day given, or some weeks later, or not at all."""
        if paid is None and self.chance.random() < 0.9:
            paid = day + dt.timedelta(days=self.chance.randint(0, 60))
        self._dated("invoices", people.invoice(self.subject, day, paid_on=paid), day, paid)
        if paid:
            self._dated("payments", people.payment(self.subject, paid), paid)
        self.person.bought = True

    def order(self, day: dt.date) -> None:
        made = rows.Order.objects.create(
            **self._own(), number=people.key(), type="hardware", ordered_on=day, item="Router", total="99"
        )
        self._dated("orders", made, day)
        self.person.bought = True

    def subscribe(self, day: dt.date) -> None:
        made = rows.Subscription.objects.create(**self._own(), service="Broadband", started_on=day)
        self.person.contracts.append(self._row("subscriptions", made))
        self.person.bought = True

    def call(self, day: dt.date) -> None:
        """A call for help at noon, recorded."""
        at = people.noon(day)
        made = rows.SupportCall.objects.create(**self._own(), started_at=at, issue="No light")
        self._dated("support-calls", made, day)
        made = rows.CallRecording.objects.create(**self._own(), recorded_at=at)
        self._row("call-recordings", made).days.append(day)

    def write(self, day: dt.date) -> None:
        """Half past midnight in London: in summer it is still the day before elsewhere."""
        at = people.noon(day).replace(hour=0, minute=30)
        own = {"sent_at": at, "direction": "inbound"}
        self._dated("emails", rows.Email.objects.create(**self._own(), **own, body="Hello"), day)
        made = rows.TextMessage.objects.create(**self._own(), **own, type="text", number="07700 900123")
        self._dated("texts-and-faxes", made, day)

    def browse(self, day: dt.date) -> None:
        """Half past midnight as well."""
        at = people.noon(day).replace(hour=0, minute=30)
        made = rows.RemoteSession.objects.create(**self._own(), started_at=at, ip="203.0.113.9")
        self._dated("remote-sessions", made, day)
        made = rows.WebVisit.objects.create(**self._own(), at=at, ip="203.0.113.9")
        self._row("web-visits", made).days.append(day)

    def told(self, day: dt.date) -> None:
        made = rows.Disclosure.objects.create(**self._own(), at=people.noon(day), recipient="Swift Parcels")
        self._row("disclosures", made).days.append(day)

    def agree(self, day: dt.date, act: str = "", channel: str = "") -> None:
        act = act or self.chance.choice(["given", "withdrawn"])
        channel = channel or self.chance.choice(["email", "phone"])
        event = ledger.record(
            subject=self.subject, purpose="marketing", channel=channel, act=act, how="sign-up", by=None,
            wording="Yes, write to me" if act == "given" else None, happened_at=people.noon(day),
        )  # fmt: skip
        self._row("marketing-choices", event).days.append(day)
        last, _ = self.person.consent.get(channel, (day, False))
        if day < last:
            return  # told late: what was said since stands
        self.person.consent[channel] = (day, act == "given")
        if channel == "email":
            self.company.world.says(self.person.email, day, yes=act == "given")

    # --- the relationship -----------------------------------------------------------------------------------

    def leave(self, day: dt.date) -> None:
        """Contracts end, agreements are taken back, and the account is closed."""
        assert self.account is not None
        assert self.person.house is not None
        for channel in list(self.person.consent):
            self.agree(day, "withdrawn", channel)
        for row in self.person.contracts:
            if not row.days:
                rows.Subscription.objects.filter(pk=row.key).update(ended_on=day)
                row.days.append(day)
                self.person.history.append(day)
        rows.Account.objects.filter(pk=self.account.pk).update(closed_on=day)
        self.person.house.closed = day

    def come_back(self, day: dt.date) -> None:
        """A customer of before opens the account again and buys."""
        assert self.account is not None
        assert self.person.house is not None
        self.company.happened.add("came back")
        rows.Account.objects.filter(pk=self.account.pk).update(closed_on=None)
        self.person.house.closed = None
        self.buy(day)

    def owe(self, day: dt.date) -> None:
        if self.account:
            self._owes(True)

    def _owes(self, owes: bool) -> None:
        assert self.account is not None
        assert self.person.house is not None
        self.company.happened.add("owed")
        rows.Account.objects.filter(pk=self.account.pk).update(balance="5.00" if owes else "0.00")
        self.person.house.owes = owes

    # --- what stands against it -------------------------------------------------------------------------------

    def claim(self, day: dt.date, kinds: tuple[str, ...] | None = None) -> None:
        """A hold for a legal claim: of all or some kinds, theirs or their whole account's, some with dates."""
        since, until = self.chance.choice(
            [
                (None, None),
                (None, None),
                (day - dt.timedelta(days=2_000), None),
                (None, day - dt.timedelta(days=900)),
            ]
        )
        account = self.account is not None and self.chance.random() < 0.3
        self.hold(
            day,
            self.chance.choice(SCOPES) if kinds is None else kinds,
            account=account,
            since=since,
            until=until,
        )

    def hold(
        self,
        day: dt.date,
        kinds: tuple[str, ...],
        *,
        account: bool = False,
        since: dt.date | None = None,
        until: dt.date | None = None,
    ) -> None:
        reference = people.key()
        whose: dict[str, Any] = {"subject": self.subject}
        stop = Stop([self.person], kinds, since=since, until=until)
        if account and self.person.house:
            whose, stop.people = {"account": self.account}, self.person.house.people
        self.company.happened |= {"claim", *(["range"] if since or until else []), *whose}
        legal.place(
            **whose, by=self.company.dee, owner=self.company.dee, reference=reference, reason="Dispute",
            review_on=day + dt.timedelta(days=90), datasets=kinds, since=since, until=until,
        )  # fmt: skip
        self.company.world.stops[reference] = stop

    def ask(self, day: dt.date, kind: Hold.Kind | None = None) -> None:
        """A request or a complaint that is open."""
        kind = kind or self.chance.choice(OPEN)
        self.company.happened.add(kind)
        reference = people.key()
        holds.place(subject=self.subject, kind=kind, reference=reference, by=None)
        self.company.world.stops[reference] = Stop([self.person], asked=True)

    def pause(self, day: dt.date, kinds: tuple[str, ...] | None = None, *, record: bool = False) -> None:
        """Of everything, of some kinds, or of one record."""
        kinds, reference, key = self.chance.choice(SCOPES) if kinds is None else kinds, people.key(), ""
        mine = list(self.company.world.of(self.person, PAUSABLE))
        if record:
            key = next(row.key for row in mine if (row.kind,) == kinds)
        elif mine and kinds and self.chance.random() < 0.4:
            row = self.chance.choice(mine)
            kinds, key = (row.kind,), row.key
        self.company.happened |= {"paused", *(["paused record"] if key else [])}
        made = restriction.restrict(
            subject=self.subject, ground=rows.Restriction.Ground.CLAIMS, reference=reference, by=None,
            kinds=kinds, record=key,
        )  # fmt: skip
        self.company.world.stops[reference] = Stop([self.person], kinds, key)
        self.pauses[reference] = made, self._row("pauses", made)

    def release(self, reference: str, day: dt.date) -> None:
        """What stands under this reference ends; who was paused is told first."""
        del self.company.world.stops[reference]
        holds.end(Hold.objects.filter(reference=reference), None)
        if reference in self.pauses:
            made, row = self.pauses.pop(reference)
            restriction.announce_lifting(
                restriction=made, by=None, why=rows.Restriction.Why.SETTLED, how=rows.Restriction.How.PHONE
            )
            restriction.lift(restriction=made, by=None)
            row.days.append(day)

    # --- erasure ----------------------------------------------------------------------------------------------

    def erase(self, day: dt.date) -> None:
        """They ask for everything to be deleted: planned, looked at and approved today, done when nothing is open."""
        world = self.company.world
        self.subject.refresh_from_db()
        if self.subject.restricted_at or self.company.waiting.get(self.person.name):
            return  # who has paused everything is asked first
        plan = disposal.draft(subject=self.subject, reference=people.key(), by=self.company.dee)
        plan = disposal.freeze(disposal=plan, by=self.company.dee)
        disposal.start(disposal=plan, by=self.company.dee)
        self.company.waiting[self.person.name] = self, plan, world.asked(self.person, day)
        self.quiet = True
        self.carry_out(day)

    def carry_out(self, day: dt.date) -> bool:
        """As a worker does it. It waits for what is open, and says so."""
        world = self.company.world
        _, plan, asked = self.company.waiting[self.person.name]
        lease = working.claim(plan.pk)
        if any(stop.asked and stop.people and self.person in stop.people for stop in world.stops.values()):
            assert lease is None
            self.company.happened.add("erasure waited")
            return False
        assert lease is not None
        assert working.run(lease) == Disposal.State.DONE
        del self.company.waiting[self.person.name]
        was = dict(self.person.consent)
        world.erase(self.person, asked, day)
        self.took_back(was)
        self.quiet = False
        self.company.happened.add("erased" if self.person.locked else "erased in part")
        return True

    def took_back(self, was: dict[str, tuple[dt.date, bool]]) -> None:
        """What the ledger says since, of the agreements that stood: each is taken back, once."""
        known = {row.key for row in self.company.world.rows if row.kind == "marketing-choices"}
        new = [
            each
            for each in ConsentEvent.objects.filter(subject=self.subject, how="erasure")
            if str(each.pk) not in known
        ]
        said = sorted((each.channel, each.act, timezone.localdate(each.happened_at)) for each in new)
        assert said == sorted(
            (channel, "withdrawn", self.person.consent[channel][0])
            for channel, (_, yes) in was.items()
            if yes
        )
        for each in new:
            self._row("marketing-choices", each).days.append(timezone.localdate(each.happened_at))

    # --- both worlds ----------------------------------------------------------------------------------------

    def _own(self) -> dict[str, Any]:
        return {"subject": self.subject, "source_key": people.key()}

    def _row(self, kind: str, made: Any) -> Row:
        row = Row(kind, str(made.pk), [self.person])
        if kind in self.company.kinds:
            self.company.world.add(row)
        return row

    def _dated(self, kind: str, made: Any, *days: dt.date | None) -> None:
        """A record by which a relationship lasts."""
        assert kind in OWN_DATE
        row = self._row(kind, made)
        row.days += [day for day in days if day]
        self.person.history += row.days
