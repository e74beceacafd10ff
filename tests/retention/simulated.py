"""A company whose customers come, buy, quarrel and go: all that happens is told to the database and the oracle."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Collection
from typing import Any

from consent import ledger
from portal.accounts.models import Role
from retention import holds, legal, running, working
from retention.models import Disposal, Fate, Hold
from subjects import datamap, restriction
from subjects import models as rows
from tests import factories
from tests.retention import people
from tests.retention.independent import OWN_DATE, Person, Row, World

KINDS = ("contact-details", "addresses", "account", "marketing-choices", *OWN_DATE)  # those the oracle knows
SCOPES: list[tuple[str, ...]] = [(), ("emails", "invoices"), ("web-visits", "call-recordings"), ("payments",)]


class Company:
    """Everybody in it, in the database and in the oracle's world. The same seed does the same.

    often: how likely it is that something happens to somebody between two runs.
    """

    def __init__(self, seed: int, *, often: float = 1) -> None:
        self.often = often
        self.chance = random.Random(seed)
        self.world = World()
        self.dee = factories.user(Role.DPO)
        self.members: list[Member] = []
        self.happened: set[str] = set()

    def join(self, day: dt.date, *, buys: bool) -> Member:
        """Somebody new."""
        member = Member(self, f"Person {len(self.members)}", day, buys=buys)
        self.members.append(member)
        return member

    def live(self, since: dt.date, day: dt.date) -> None:
        """What happens to everybody between two runs."""
        for member in [each for each in self.members if not each.gone and not each.quiet]:
            if self.chance.random() < self.often:
                member.live(since, day)
        if self.chance.random() < 0.4 * self.often:
            self.join(day, buys=self.chance.random() < 0.5)

    def night(self, day: dt.date, kinds: Collection[str] = ()) -> tuple[list[Row], Disposal]:
        """The run of the day, by the oracle and by the engine. kinds: none: all that the product knows."""
        expected = self.world.run(day)
        run = running.approve(run=running.plan(by=self.dee, kinds=kinds), by=self.dee)
        lease = working.claim(run.pk)
        assert lease is not None
        working.run(lease)
        run.refresh_from_db()
        return expected, run

    def differences(self) -> list[str]:
        """Records on which the database and the oracle disagree."""
        there = {
            (dataset.key, key)
            for dataset in datamap.datasets()
            if dataset.key in {row.kind for row in self.world.rows}
            for key in _left(dataset)
        }
        must = {(row.kind, row.key): row for row in self.world.rows if not row.ended}
        ours = {(row.kind, row.key): row for row in self.world.rows}
        lost = [f"lost {_tell(row)}" for key, row in must.items() if key not in there]
        stays = [
            f"still there {_tell(ours[key])}" if key in ours else f"unknown {key}"
            for key in there - set(must)
        ]
        return sorted(lost + stays)


def _tell(row: Row) -> str:
    return f"{row.kind} {row.key} of {[each.name for each in row.people]} {max(row.days, default=None)}"


def _left(dataset: Any) -> list[str]:
    """Keys of the records of a kind that still say something about somebody."""
    found = dataset.model_class._default_manager.all()
    if dataset.key == "contact-details":
        found = found.exclude(full_name="", email="")
    elif dataset.key == "account":
        found = found.exclude(name="")
    else:
        found = found.filter(subject__isnull=False)
    return [str(key) for key in found.values_list("pk", flat=True)]


class Member:
    """One person: what they do."""

    def __init__(self, company: Company, name: str, day: dt.date, *, buys: bool) -> None:
        self.company, self.chance = company, company.chance
        self.person = Person(name)
        self.account = factories.account(name=name, opened_on=day) if buys else None
        self.subject = factories.subject(
            name, email=f"{name.replace(' ', '').lower()}@example.com", account=self.account, signed_up_on=day
        )
        self.quiet = False  # nothing more happens to them
        self.pauses: list[tuple[rows.Restriction, Row]] = []
        self.home = self._row("contact-details", self.subject)
        self._row("addresses", rows.Address.objects.create(**self._own(), use="home", lines="1 Harbour Road"))
        self.books: Row | None = None
        if self.account:
            self.person.account_open = True
            self.books = self._row("account", self.account)
            self.buy(day)
            self.subscribe(day)
        self.call(day)
        if self.chance.random() < 0.5:
            self.agree(day, "given")

    @property
    def gone(self) -> bool:
        """Whether we no longer know who they were."""
        return self.home.ended or (self.books is not None and self.books.ended)

    def live(self, since: dt.date, day: dt.date) -> None:
        """Things that happen between two runs: a few, on days of their own, many at the edges of a period."""

        def some() -> dt.date:
            if self.chance.random() < 0.5:
                return day - dt.timedelta(days=self.chance.randint(0, 1))
            return since + dt.timedelta(days=self.chance.randint(1, (day - since).days))

        if self.person.account_open:
            acts = [
                self.buy,
                self.call,
                self.write,
                self.browse,
                self.order,
                self.subscribe,
                self.told,
                self.leave,
            ]
            for act in self.chance.sample(acts, 3):
                act(some())
        elif self.chance.random() < 0.15:
            self.come_back(day) if self.account else self.call(some())
        act = self.chance.choice([self.claim, self.ask, self.pause, self.owe, self.agree, *[None] * 5])
        if act and (
            act != self.agree or self.person.account_open
        ):  # who has left says no more about marketing
            act(day)
        if self.person.holds and self.chance.random() < 0.4:
            self.release(day)
        if self.person.owes and self.chance.random() < 0.5:
            self._owes(False)

    # --- records ------------------------------------------------------------------------------------------

    def buy(self, day: dt.date) -> None:
        """An invoice, paid some weeks later, or not at all."""
        paid = day + dt.timedelta(days=self.chance.randint(0, 60)) if self.chance.random() < 0.9 else None
        self._dated("invoices", people.invoice(self.subject, day, paid_on=paid), day, paid)
        if paid:
            self._dated("payments", people.payment(self.subject, paid), paid)
        self.person.bought = True

    def order(self, day: dt.date) -> None:
        made = rows.Order.objects.create(
            **self._own(), number=people.key(), type="hardware", ordered_on=day, item="Router", total="99"
        )
        self._dated("orders", made, day)

    def subscribe(self, day: dt.date) -> None:
        made = rows.Subscription.objects.create(**self._own(), service="Broadband", started_on=day)
        self.person.contracts.append(self._row("subscriptions", made))

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
        at = people.noon(day)
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
        self.person.consent[channel] = (day, act == "given")
        self._row("marketing-choices", event)

    # --- the relationship -----------------------------------------------------------------------------------

    def leave(self, day: dt.date) -> None:
        """Contracts end, agreements are taken back, and the account is closed."""
        assert self.account is not None
        for channel in list(self.person.consent):
            self.agree(day, "withdrawn", channel)
        for row in self.person.contracts:
            if not row.days:
                rows.Subscription.objects.filter(pk=row.key).update(ended_on=day)
                row.days.append(day)
        rows.Account.objects.filter(pk=self.account.pk).update(closed_on=day)
        self.person.account_open = False
        self.person.history.append(day)

    def come_back(self, day: dt.date) -> None:
        """A customer of before opens the account again and buys."""
        assert self.account is not None
        self.company.happened.add("came back")
        rows.Account.objects.filter(pk=self.account.pk).update(closed_on=None)
        self.person.account_open = True
        self.buy(day)

    def owe(self, day: dt.date) -> None:
        if self.account:
            self._owes(True)

    def _owes(self, owes: bool) -> None:
        assert self.account is not None
        self.company.happened.add("owed")
        rows.Account.objects.filter(pk=self.account.pk).update(balance="5.00" if owes else "0.00")
        self.person.owes = owes

    # --- what stands against it -------------------------------------------------------------------------------

    def claim(self, day: dt.date) -> None:
        """A hold for a legal claim, of everything or of some kinds."""
        self.company.happened.add("claim")
        kinds, reference = self.chance.choice(SCOPES), people.key()
        legal.place(
            subject=self.subject, by=self.company.dee, owner=self.company.dee, reference=reference,
            reason="Dispute", review_on=day + dt.timedelta(days=90), datasets=kinds,
        )  # fmt: skip
        self.person.holds[reference] = kinds

    def ask(self, day: dt.date) -> None:
        """A request or a complaint that is open."""
        kind = self.chance.choice([Hold.Kind.REQUEST, Hold.Kind.COMPLAINT])
        self.company.happened.add(kind)
        reference = people.key()
        holds.place(subject=self.subject, kind=kind, reference=reference, by=None)
        self.person.holds[reference] = ()

    def pause(self, day: dt.date) -> None:
        self.company.happened.add("paused")
        kinds, reference = self.chance.choice(SCOPES), people.key()
        made = restriction.restrict(
            subject=self.subject,
            ground=rows.Restriction.Ground.CLAIMS,
            reference=reference,
            by=None,
            kinds=kinds,
        )
        self.person.holds[reference] = kinds
        self.pauses.append((made, self._row("pauses", made)))

    def release(self, day: dt.date) -> None:
        """All of it ends."""
        self.person.holds.clear()
        holds.end(Hold.objects.filter(subject=self.subject), None)
        for made, row in self.pauses:
            if not row.days:
                at = people.noon(day)
                ended = {"announced_at": at, "told_lifting_at": at, "lifted_at": at}
                rows.Restriction.objects.filter(pk=made.pk).update(**ended)
                row.days.append(day)

    # --- both worlds ----------------------------------------------------------------------------------------

    def _own(self) -> dict[str, Any]:
        return {"subject": self.subject, "source_key": people.key()}

    def _row(self, kind: str, made: Any) -> Row:
        row = Row(kind, str(made.pk), [self.person])
        self.company.world.rows.append(row)
        return row

    def _dated(self, kind: str, made: Any, *days: dt.date | None) -> None:
        """A record by which a relationship lasts."""
        assert kind in OWN_DATE
        row = self._row(kind, made)
        row.days += [day for day in days if day]
        self.person.history += row.days


def failed(run: Disposal) -> list[str]:
    """Lines of a run that did not do what was planned."""
    return [
        f"{line.dataset}: {line.done} of {line.records}, {line.missing} missing, {line.skips} {line.error}"
        for line in run.lines.filter(fate=Fate.GOES)
        if (line.done, line.missing, line.skips, line.error) != (line.records, 0, {}, "")
    ]
