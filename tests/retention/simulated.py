"""A company whose customers come, buy, quarrel and go: all that happens is told to the database and the oracle."""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections.abc import Collection, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Sum

from consent import suppression
from portal.accounts.models import Role
from retention import journal, legal, replaying, running, working
from retention.models import Batch, Disposal, Fate, JournalHead
from subjects import datamap
from subjects.models import Subject
from tests import factories
from tests.retention import people
from tests.retention.independent import NAMES, OWN_DATE, Asked, Row, Stop, World
from tests.retention.members import Member

KINDS = (*NAMES, "marketing-choices", *OWN_DATE)  # those the oracle knows


class Company:
    """Everybody in it, in the database and in the oracle's world. The same seed does the same.

    often: how likely it is that something happens to somebody between two runs. kinds: those that the company holds.
    """

    def __init__(self, seed: int, *, often: float = 1, kinds: Collection[str] = KINDS) -> None:
        self.often = often
        self.kinds = kinds
        self.chance = random.Random(seed)
        self.world = World()
        self.dee = factories.user(Role.DPO)
        self.members: list[Member] = []
        self.waiting: dict[str, tuple[Member, Disposal, Asked]] = {}  # erasures approved and not done yet
        self.happened: set[str] = set()
        self.saved: tuple[str, Company] | None = None

    def join(self, day: dt.date, *, buys: bool, email: str = "", colleague: Member | None = None) -> Member:
        """Somebody new; a colleague shares the account of another; an address may be one that we knew before."""
        name = f"Person {len(self.members)}"
        member = Member(self, name, day, buys=buys, email=email, colleague=colleague)
        self.members.append(member)
        return member

    # --- what happens -----------------------------------------------------------------------------------------

    def live(self, since: dt.date, day: dt.date) -> None:
        """What happens to everybody between two runs."""
        for member in [each for each in self.members if not each.asleep]:
            if self.chance.random() < self.often:
                member.live(since, day)
        if self.chance.random() < 0.4 * self.often:
            self.arrive(day)
        if self.chance.random() < 0.1 * self.often:
            self.claim(day)
        for reference in list(self.world.stops):
            if self.chance.random() < 0.4 * self.often:
                self.release(reference, day)
        for member, _, _ in list(self.waiting.values()):
            member.carry_out(day)

    def arrive(self, day: dt.date) -> None:
        """Somebody new: a stranger, a colleague of a customer, or somebody erased who begins anew."""
        erased = [each for each in self.members if each.person.locked and not self.known(each)]
        open_ = [each for each in self.members if each.person.account_open and not each.asleep]
        way = self.chance.choice(["stranger", "enquirer", "colleague", "returns", "returns"])
        if way == "returns" and erased:
            self.happened.add("returned")
            self.join(day, buys=self.chance.random() < 0.7, email=self.chance.choice(erased).address)
        elif way == "colleague" and open_:
            self.happened.add("colleague")
            self.join(day, buys=True, colleague=self.chance.choice(open_))
        else:
            self.join(day, buys=way != "enquirer")

    def known(self, member: Member) -> bool:
        """Whether somebody has this address now."""
        return any(each.person.email == member.address for each in self.members)

    def claim(self, day: dt.date, kinds: tuple[str, ...] = ()) -> None:
        """A claim about old records of everybody."""
        self.happened.add("everybody")
        reference, until = people.key(), day - dt.timedelta(days=self.chance.randint(300, 2_600))
        kinds = kinds or self.chance.choice(
            [("payments",), ("invoices", "emails"), ("addresses", "support-calls")]
        )
        legal.place(
            by=self.dee, owner=self.dee, reference=reference, reason="Enquiry",
            review_on=day + dt.timedelta(days=90), datasets=kinds, until=until,
        )  # fmt: skip
        self.world.stops[reference] = Stop(None, kinds, until=until)

    def release(self, reference: str, day: dt.date) -> None:
        """Whatever stands under a reference ends."""
        whose = next((each for each in self.members if reference in each.pauses), self.members[0])
        whose.release(reference, day)

    # --- runs ---------------------------------------------------------------------------------------------------

    def night(self, day: dt.date, kinds: Collection[str] = ()) -> tuple[list[Row], Disposal]:
        """The run of the day, by the oracle and by the engine. kinds: none: all that the product knows."""
        run = running.approve(run=running.plan(by=self.dee, kinds=kinds), by=self.dee)
        work(run)
        journal.export()
        return self.world.run(day), run

    def differences(self) -> list[str]:
        """Records and people on whom the database and the oracle disagree."""
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
        return sorted([*lost, *stays, *self._of_people(), *self._of_addresses()])

    def _of_people(self) -> Iterator[str]:
        """Out of sight, and reduced to the name, is who was erased; nobody else."""
        now = {str(pk): rest for pk, *rest in Subject.objects.values_list("pk", "locked_at", "email")}
        for member in self.members:
            locked, email = now[str(member.subject.pk)]
            if (locked is not None) != member.person.locked:
                yield f"locked or not {member.person.name}"
            if email != member.person.email:
                yield f"address {member.person.name} {email!r}"

    def _of_addresses(self) -> Iterator[str]:
        """Whoever said no, by whatever way, is not written to, though they come back as somebody new."""
        addresses = sorted({each.address for each in self.members})
        listed = suppression.standing(addresses, "email", "marketing")
        for each in sorted(listed ^ set(self.world.unwanted)):
            yield f"marketing to {each}"

    # --- a backup and its restore -------------------------------------------------------------------------------

    def backup(self) -> None:
        """The database as it is. (A savepoint: going back to it loses what a restore loses; the journal's files are
        no part of either.)"""
        JournalHead.objects.get_or_create(pk=1)  # a database that has run for a while knows its journal
        journal.export()
        self.saved = None
        self.saved = transaction.savepoint(), copy.deepcopy(self)

    def restore(self) -> replaying.Report:
        """Back to the backup: everything since is lost, but what was disposed of and whom we must not write to."""
        assert self.saved is not None
        savepoint, before = self.saved
        transaction.savepoint_rollback(savepoint)
        report = replaying.replay(by=None)
        since = self.world
        went = {(row.kind, row.key) for row in since.rows if row.ended}
        then = {each.person.name: each.person for each in self.members}
        self.world, self.members, self.waiting = before.world, before.members, before.waiting
        self.world.unwanted = since.unwanted
        for row in self.world.rows:
            row.ended = row.ended or (row.kind, row.key) in went
        for member in self.members:
            member.company = self
            was, later = dict(member.person.consent), then[member.person.name]
            newly = later.locked and not member.person.locked
            member.person.locked, member.person.email = later.locked, later.email
            if newly:
                member.person.consent = {
                    channel: later.consent[channel] if yes else (on, yes)
                    for channel, (on, yes) in was.items()
                }
                member.took_back(was)
        self.saved = None
        self.happened.add("restored")
        return report


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


def work(run: Disposal) -> None:
    """Carry it out, as a worker does."""
    lease = working.claim(run.pk)
    assert lease is not None
    working.run(lease)
    run.refresh_from_db()


def certified(*runs: Disposal) -> dict[str, int]:
    """How many records of each kind the certificates of some runs say were disposed of."""
    batches = Batch.objects.filter(run__in=[run.reference for run in runs]).order_by()
    return dict(batches.values_list("dataset").annotate(Sum("records")))


def failed(run: Disposal) -> list[str]:
    """Lines of a run that did not do what was planned."""
    return [
        f"{line.dataset}: {line.done} of {line.records}, {line.missing} missing, {line.skips} {line.error}"
        for line in run.lines.filter(fate=Fate.GOES)
        if (line.done, line.missing, line.skips, line.error) != (line.records, 0, {}, "")
    ]
