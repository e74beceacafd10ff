"""A small company in any order of events: whatever happens, the oracle agrees, the counts add up, certificates hold.

The steps are chosen by hypothesis. Days fall on the edges of the periods, and the clock begins on the last day that a
record of 29 February is kept.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as django
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from portal.register import store
from portal.register.model import DEFAULT_FILE
from retention import batches, certificates, journal, listing, running, working
from retention.models import Disposal
from subjects import datamap
from tests.retention import independent, simulated
from tests.retention.members import Member

pytestmark = pytest.mark.django_db
FIRST = dt.date(2027, 2, 28)
FEW = (
    "contact-details", "account", "marketing-choices", "invoices", "payments", "support-calls", "web-visits", "pauses",
)  # fmt: skip
SCOPES = st.sampled_from(
    [
        (),
        ("payments",),
        ("invoices",),
        ("account",),
        ("payments", "account"),
        ("web-visits",),
        ("marketing-choices",),
    ]
)
PAYMENTS = 'category = "payment-history"\nperiod = "{} years"'  # six: then the accounting year's end is the later day
WHO = st.integers(0, 9)
BACK = st.tuples(st.sampled_from([84, 84, 72, 72, 24, 12, 0]), st.sampled_from([-400, -2, -1, 0, 0, 1, 2]))
FORWARD = st.sampled_from([1, 1, 2, 28, 31, 366, 730])
CRASHES = st.tuples(
    st.sampled_from(
        [(working.Lease, "renew"), (batches, "take"), (certificates, "issue"), (journal, "batch")]
    ),
    st.integers(1, 6),
)


class Dead(BaseException):
    """What a worker that is killed raises: nothing catches it."""


@contextmanager
def dying(where: tuple[Any, str], after: int) -> Iterator[None]:
    """The worker dies when it gets to a place for the nth time."""
    owner, name = where
    whole, left = getattr(owner, name), [after]

    def may_die(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            raise Dead
        return whole(*args, **kwargs)

    setattr(owner, name, may_die)
    try:
        yield
    finally:
        setattr(owner, name, whole)


class SmallWorld(RuleBasedStateMachine):
    """One company. Nothing of it stays: the transaction around it is rolled back."""

    kinds: tuple[str, ...] = FEW
    folder: Path  # for the journals, each world its own
    number = itertools.count(1)

    def __init__(self) -> None:
        super().__init__()
        django.DISPOSAL_JOURNAL = self.folder / str(next(self.number))
        self.world = transaction.atomic()
        self.world.__enter__()
        self.clock = time_machine.travel(dt.datetime.combine(FIRST, dt.time(10), dt.UTC), tick=False)
        self.traveller = self.clock.start()
        self.today = FIRST
        self.company = simulated.Company(0, kinds=self.kinds)
        self.company.world.periods |= dict.fromkeys(independent.PAYMENTS, (72, True))

    def teardown(self) -> None:
        """A last run, and another that finds nothing to do."""
        try:
            self.run()
            assert not running.plan(by=None).lines.filter(fate="goes").exists()
            assert not certificates.check().faults
        finally:
            self.clock.stop()
            transaction.set_rollback(True)
            self.world.__exit__(None, None, None)

    # --- who there is, and what happens to them -------------------------------------------------------------

    @initialize(bought=BACK, asked=BACK)
    def begin(self, bought: tuple[int, int], asked: tuple[int, int]) -> None:
        """One who left at the edge of some period, and one who only asked."""
        self._join(bought, buys=True).leave(self.back(*bought))
        self._join(asked, buys=False)

    def back(self, months: int, days: int) -> dt.date:
        """A day near that from which a period of so many months is over today; no later than today."""
        months_before = independent.months_after(self.today, -months)
        return min(months_before + dt.timedelta(days=days), self.today)

    def _join(self, when: tuple[int, int], **more: Any) -> Member:
        return self.company.join(self.back(*when), **more)

    def who(self, number: int) -> Member | None:
        there = [each for each in self.company.members if not each.asleep]
        return there[number % len(there)] if there else None

    def due(self, number: int) -> Member | None:
        """One of those of whom something goes today, if there are any."""
        world, there = self.company.world, [each for each in self.company.members if not each.asleep]
        due = [
            each
            for each in there
            if any(not row.ended and not world.why_not(row, self.today) for row in each.person.rows)
        ]
        found = due or there
        return found[number % len(found)] if found else None

    @precondition(lambda self: len(self.company.members) < 6)
    @rule(number=WHO, when=BACK, what=st.sampled_from(["customer", "enquirer", "colleague"]))
    def somebody_new(self, number: int, when: tuple[int, int], what: str) -> None:
        one = self.who(number)
        colleague = one if one and one.account and what == "colleague" else None
        self._join(when, buys=what != "enquirer", colleague=colleague)

    @rule(number=WHO, when=BACK, what=st.sampled_from(["buy", "buy", "call", "browse"]))
    def a_record(self, number: int, when: tuple[int, int], what: str) -> None:
        if one := self.who(number):
            if what == "buy" and not one.account:
                what = "call"
            getattr(one, what)(self.back(*when))

    @rule(number=WHO, when=BACK, what=st.sampled_from(["yes", "no", "closes", "owes or pays", "comes back"]))
    def something_changes(self, number: int, when: tuple[int, int], what: str) -> None:
        one = self.who(number)
        if one and what in {"yes", "no"}:
            one.agree(self.today, "given" if what == "yes" else "withdrawn", "email")
        elif one and one.account and what == "owes or pays":
            one._owes(not one.person.owes)
        elif one and one.person.account_open and what == "closes":
            one.leave(self.back(*when))
        elif one and one.account and not one.person.account_open and what == "comes back":
            one.come_back(self.today)

    # --- what stands against it --------------------------------------------------------------------------------

    @rule(number=WHO, kinds=SCOPES, what=st.sampled_from(["claim", "pause", "ask", "everybody"]))
    def something_stands(self, number: int, kinds: tuple[str, ...], what: str) -> None:
        if what == "everybody":
            self.company.claim(self.today)
        elif one := self.who(number):
            getattr(one, what)(self.today, *([] if what == "ask" else [kinds]))

    @precondition(lambda self: self.company.world.stops)
    @rule(number=WHO)
    def something_ends(self, number: int) -> None:
        self.ends(list(self.company.world.stops)[number % len(self.company.world.stops)])

    def ends(self, reference: str) -> None:
        self.company.release(reference, self.today)
        for member, _, _ in list(self.company.waiting.values()):
            member.carry_out(self.today)

    # --- erasure -------------------------------------------------------------------------------------------------

    @rule(number=WHO)
    def they_ask_for_erasure(self, number: int) -> None:
        if one := self.who(number):
            one.erase(self.today)

    @precondition(lambda self: any(each.person.locked for each in self.company.members))
    @rule(buys=st.booleans())
    def somebody_erased_begins_anew(self, buys: bool) -> None:
        one = next(each for each in self.company.members if each.person.locked)
        if not self.company.known(one):
            self._join((0, 0), buys=buys, email=one.address)

    # --- time and runs -----------------------------------------------------------------------------------------

    @rule(days=FORWARD)
    def time_passes(self, days: int) -> None:
        self.today += dt.timedelta(days=days)
        self.traveller.move_to(dt.datetime.combine(self.today, dt.time(10), dt.UTC), tick=False)

    def plan(self) -> Disposal:
        return running.approve(run=running.plan(by=None), by=None)

    @rule()
    def run(self) -> None:
        run = self.plan()
        simulated.work(run)
        assert not simulated.failed(run)
        self.agree(run)

    @rule(crash=CRASHES)
    def run_killed(self, crash: tuple[Any, int]) -> None:
        """The worker dies somewhere; another takes over."""
        run = self.plan()
        self.die(run, crash)
        if run.state == Disposal.State.RUNNING:
            assert working.claim(run.pk) is None  # while the dead one's claim lasts nobody else begins
            Disposal.objects.filter(pk=run.pk).update(claimed_until=None)
            simulated.work(run)
        assert not simulated.failed(run)
        self.agree(run)

    @rule(crash=CRASHES)
    def two_runs_at_once(self, crash: tuple[Any, int]) -> None:
        """A second run while the first is under way: together they do each record once."""
        first = self.plan()
        self.die(first, crash)
        second = self.plan()
        simulated.work(second)
        if first.state == Disposal.State.RUNNING:
            Disposal.objects.filter(pk=first.pk).update(claimed_until=None)
            simulated.work(first)
        self.agree(first, second)

    @rule(number=WHO, kinds=SCOPES, what=st.sampled_from(["claim", "pause", "ask", "buy", "owe"]))
    def something_between_plan_and_work(self, number: int, kinds: tuple[str, ...], what: str) -> None:
        """S51: what comes after the approval wins; the others go."""
        run = self.plan()
        if one := self.due(number):
            more = [kinds] if what in {"claim", "pause"} else []
            if what not in {"buy", "owe"} or one.account:
                getattr(one, what)(self.today, *more)
        simulated.work(run)
        self.agree(run)

    def die(self, run: Disposal, crash: tuple[Any, int]) -> None:
        lease = working.claim(run.pk)
        assert lease is not None
        with dying(*crash), suppress(Dead):
            working.run(lease)
        run.refresh_from_db()

    def agree(self, *runs: Disposal) -> None:
        """What there is, what was done, what is certified: all as the oracle says."""
        assert {run.state for run in runs} == {Disposal.State.DONE}
        went = Counter(row.kind for row in self.company.world.run(self.today))
        done: Counter[str] = Counter()
        for line in [line for run in runs for line in run.lines.filter(fate="goes")]:
            assert line.records == line.done + line.skipped + line.missing, line.dataset
            done[line.dataset] += line.done
        assert +done == went
        assert simulated.certified(*runs) == went
        assert not self.company.differences()
        journal.export()

    # --- a backup and its restore --------------------------------------------------------------------------------

    @precondition(lambda self: self.company.saved is None and self.company.happened)
    @rule()
    def a_backup(self) -> None:
        self.company.backup()

    @precondition(lambda self: self.company.saved)
    @rule()
    def a_restore(self) -> None:
        journal.export()
        self.company.restore()
        assert not self.company.differences()


@pytest.fixture(autouse=True)
def _small(settings, tmp_path: Path, monkeypatch) -> Iterator[None]:
    settings.DISPOSAL_JOURNAL = tmp_path  # put back after the test
    monkeypatch.setattr(SmallWorld, "folder", tmp_path, raising=False)
    monkeypatch.setattr(listing, "SIZE", 2)  # so that a few records make several batches
    monkeypatch.setattr(listing, "OF_DELETES", 2)
    shipped = DEFAULT_FILE.read_text()
    six = shipped.replace(PAYMENTS.format(7), PAYMENTS.format(6))
    assert six != shipped
    settings.REGISTER_FILE = tmp_path / "register.toml"
    settings.REGISTER_FILE.write_text(six)
    store.forget()
    yield
    store.forget()


def of_kinds(kinds: tuple[str, ...], monkeypatch) -> None:
    """The data map of a company that holds nothing else: less work."""
    known = tuple(each for each in datamap.datasets() if each.key in kinds)
    monkeypatch.setattr(datamap, "datasets", lambda: known)


SMALL = settings(
    max_examples=3,
    stateful_step_count=12,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # a failure shows its steps; the long form makes them few
    suppress_health_check=list(HealthCheck),
)


def test_a_company_of_traps(monkeypatch) -> None:
    """One of each of the people that a run could do wrong by, and all that happens to them; the oracle says what."""
    of_kinds(FEW, monkeypatch)
    world = SmallWorld()
    try:
        traps(world)
    finally:
        world.teardown()


def traps(world: SmallWorld) -> None:
    world.today = dt.date(2027, 3, 1)
    world.time_passes(0)
    company, day = world.company, world.today

    def bought(months: int, days: int) -> Member:
        member = world._join((months, days), buys=True)
        member.leave(world.back(months, days))
        return member

    edges = [bought(84, each) for each in (-400, -2, -1, 0)]  # of them the last is kept through today
    assert world.back(84, -1) == dt.date(2020, 2, 29)
    edges[0].agree(world.back(72, -1), "withdrawn", "email")  # the proof of a choice is over
    edges[1].agree(world.back(84, -1), "given", "email")  # a yes that stands, however old
    held = [bought(84, -400) for _ in range(8)]
    held[0].hold(day, ("payments",))  # the name is due, and must outlive what is held
    held[1].hold(day, ("account",))
    held[2].hold(day, ("invoices",), account=True)
    held[3].hold(day, ("invoices",), since=world.back(84, -400))
    held[4].hold(day, ("invoices",), since=world.back(84, 0))  # about later records: holds none of these
    held[5].pause(day, ("invoices",), record=True)
    held[6].ask(day)
    held[7].pause(day, ())
    owes, runs, late, shares = (bought(84, -400) for _ in range(4))
    owes.owe(day)
    runs.subscribe(world.back(84, -400))
    late.buy(world.back(84, -400), paid=world.back(60, 0))  # counts from the day it was paid
    late.buy(world.back(60, 0))  # a later purchase keeps the name, not the old records
    late.browse(dt.date(2026, 4, 1))  # in London; in Greenwich it is still the day before
    world._join((12, 0), buys=True, colleague=shares)
    bought(81, 0)  # six years are over; six years after that accounting year are not before 31 March
    erased = bought(81, 0)
    erased.agree(world.back(24, 0), "given", "email")
    erased.call(world.back(6, 0))  # keeps no name once they asked for erasure
    waits, _ = (world._join((24, each), buys=False) for each in (0, -1))
    waits.ask(day)
    company.backup()
    for each in (erased, waits, shares):  # of them the last leaves the account to a colleague
        each.erase(day)
    waits.hold(day, ("support-calls",))  # after the approval, and still there when the erasure is carried out
    world.run_killed(((certificates, "issue"), 3))
    world.time_passes(1)
    run = world.plan()
    edges[3].hold(world.today, ())  # S51
    simulated.work(run)
    world.agree(run)
    world.time_passes(29)
    world.run()
    assert world.today == dt.date(2027, 3, 31)
    before = list(company.world.stops)
    company.claim(world.today, ("invoices",))  # about everybody: no name of an old invoice goes tomorrow
    world.time_passes(1)
    for reference in before:
        world.ends(reference)
    world._join((0, 0), buys=True, email=erased.address)  # a new person; the old no still holds
    world.run()
    company.restore()
    assert not company.differences()


def test_whatever_happens_the_oracle_agrees(monkeypatch) -> None:
    of_kinds(FEW, monkeypatch)
    run_state_machine_as_test(SmallWorld, settings=SMALL)


@pytest.mark.soak
def test_whatever_happens_the_oracle_agrees_for_long(monkeypatch) -> None:
    of_kinds(simulated.KINDS, monkeypatch)
    monkeypatch.setattr(SmallWorld, "kinds", simulated.KINDS)
    many = settings(
        SMALL,
        max_examples=int(os.environ.get("SOAK_EXAMPLES", "150")),
        stateful_step_count=30,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
    )
    run_state_machine_as_test(SmallWorld, settings=many)
