"""Nine years of a company: after every run, what exists is exactly what the oracle says must exist.

Runs fall on the same day of each year and many records on that day or the one before, so that a day too early or too
late shows. 1 March: the day before is 29 February every four years.
"""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command

from retention import certificates, running, working
from retention.models import Disposal, Hold
from subjects import datamap
from subjects.models import Invoice, RemoteSession, Subject
from tests import factories
from tests.retention import adopted, independent, people, simulated

pytestmark = pytest.mark.django_db
FIRST = dt.date(2017, 3, 1)
YEARLY = [FIRST.replace(year=FIRST.year + each) for each in range(1, 10)]
EVERYTHING = {
    "claim", "range", "account", "subject", "everybody", "request", "complaint", "paused", "paused record", "owed",
    "came back", "colleague", "erased", "erased in part", "erasure waited", "returned", "restored",
}  # fmt: skip
WEEKLY = [FIRST + dt.timedelta(weeks=each) for each in range(1, 9 * 52)]


@pytest.fixture(autouse=True)
def _journal(settings, tmp_path: Path) -> None:
    settings.DISPOSAL_JOURNAL = tmp_path


def travel(day: dt.date) -> time_machine.travel:
    return time_machine.travel(dt.datetime.combine(day, dt.time(10), dt.UTC), tick=False)


def founded(seed: int, members: int, often: float) -> simulated.Company:
    """A company with customers of nine years, some of whom have left, and people who only asked."""
    company = simulated.Company(seed, often=often)
    for number in range(members):
        member = company.join(
            FIRST - dt.timedelta(days=company.chance.randint(0, 9 * 365)), buys=number % 4 > 0
        )
        if number % 4 == 1:
            member.agree(FIRST - dt.timedelta(days=90), "given")
            member.leave(FIRST - dt.timedelta(days=company.chance.randint(0, 60)))
        if number % 4 == 2:
            member.pause(FIRST)
            company.release(
                next(iter(member.pauses)), FIRST
            )  # so that a pause's record grows old enough to go
    former = company.join(FIRST - dt.timedelta(days=400), buys=True)  # one who goes whole, whatever the seed
    former.agree(FIRST - dt.timedelta(days=90), "given")
    former.write(FIRST - dt.timedelta(days=90))
    former.order(FIRST - dt.timedelta(days=90))
    former.leave(FIRST)
    former.quiet = True
    something_of_each(company)
    return company


def something_of_each(company: simulated.Company) -> None:
    """What has to happen, whatever the seed does."""
    some = company.members
    company.join(FIRST, buys=True, colleague=some[3])
    company.claim(FIRST)
    some[2].pause(FIRST, ("support-calls",), record=True)
    some[3].hold(FIRST, ("invoices",), since=FIRST - dt.timedelta(days=2_000))
    some[5].come_back(FIRST)
    some[7].hold(FIRST, (), account=True)
    some[9].owe(FIRST)
    some[10].ask(FIRST, Hold.Kind.COMPLAINT)
    some[11].erase(FIRST)
    hasty, gone = (company.join(FIRST - dt.timedelta(days=300), buys=False) for _ in range(2))
    hasty.ask(FIRST, Hold.Kind.REQUEST)  # wants a copy, and everything deleted
    for each in (hasty, gone):
        each.erase(FIRST)
    company.join(FIRST, buys=True, email=gone.address)
    company.happened |= {"colleague", "returned"}


def simulate(seed: int, members: int, days: Sequence[dt.date], *, often: float = 1) -> Counter[str]:
    """Nine years, checked after each run; returns how many records of each kind went, and what happened.

    Of many runs each thirteenth is about all that the product knows, the others about what the oracle does.
    """
    with travel(FIRST):
        company = founded(seed, members, often)
    return years(company, days)


def years(company: simulated.Company, days: Sequence[dt.date]) -> Counter[str]:
    went: Counter[str] = Counter()
    before, saved, restored = FIRST, days[len(days) // 2], days[len(days) // 2 + max(2, len(days) // 50)]
    for number, day in enumerate(days):
        kinds = simulated.KINDS if len(days) > 9 and number % 13 else ()
        with travel(day):
            if day == restored:
                company.restore()
            company.live(before, day)
            expected, run = company.night(day, kinds)
            if day == saved:
                company.backup()
        assert run.state == Disposal.State.DONE, (day, run.error)
        assert not simulated.failed(run), day
        assert simulated.certified(run) == Counter(row.kind for row in expected), day
        differences = company.differences()
        assert not differences, day
        went.update(row.kind for row in expected)
        before = day
    assert not certificates.check().faults
    went.update(company.happened)
    return went


def test_nine_years_of_a_small_company(monkeypatch) -> None:
    known = tuple(each for each in datamap.datasets() if each.key in simulated.KINDS)
    monkeypatch.setattr(
        datamap, "datasets", lambda: known
    )  # a company that holds nothing else: half the work
    went = simulate(1, 12, YEARLY)
    assert set(went) >= set(simulated.KINDS)  # something of each kind went
    assert set(went) >= EVERYTHING


@pytest.mark.soak
@pytest.mark.parametrize("seed", [2, 3])
def test_nine_years_of_a_company_week_by_week(seed: int) -> None:
    went = simulate(seed, 40, WEEKLY, often=0.05)
    assert set(went) >= {*simulated.KINDS, *EVERYTHING}


@pytest.mark.soak
def test_nine_years_of_the_example_company(settings, tmp_path: Path) -> None:
    """What everybody sees who tries the portal, from the day after its last record until most of it is gone."""
    settings.STORAGE_DIR = tmp_path / "store"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(settings.STORAGE_DIR)},
        },
    }
    with travel(FIRST):
        call_command("load_example", today=FIRST, stdout=io.StringIO())
        company = simulated.Company(4, often=0.005)
        adopted.adopt(company, FIRST)
        there = len(company.world.rows)
    went = years(company, WEEKLY)
    assert set(went) >= set(simulated.KINDS) - {"pauses"}
    assert sum(went[kind] for kind in simulated.KINDS) > there / 2


def test_the_oracle_counts_days_as_the_law_does() -> None:
    """Worked by hand: leap days, both sides of the accounting year's end."""
    assert independent.months_after(dt.date(2020, 2, 29), 84) == dt.date(2027, 2, 28)
    assert independent.months_after(dt.date(2025, 11, 30), 24) == dt.date(2027, 11, 30)
    assert independent.tax_floor(dt.date(2019, 3, 31)) == dt.date(2025, 3, 31)
    assert independent.tax_floor(dt.date(2019, 4, 1)) == dt.date(2026, 3, 31)


def nights(*days: dt.date, kinds: Sequence[str]) -> None:
    for day in days:
        with travel(day):
            run = running.approve(run=running.plan(by=None, kinds=kinds), by=None)
            lease = working.claim(run.pk)
            assert lease is not None
            working.run(lease)


# Some records go before the seven years or 24 months of who they are about; what they said is remembered.


def test_somebody_who_bought_stays_a_customer_when_the_purchase_has_gone() -> None:
    """Invoice of 2018, account closed in 2022: their details are kept through 1 March 2029, not 24 months."""
    account = factories.account(closed_on=dt.date(2022, 3, 1))
    alice = factories.subject(account=account)
    people.invoice(alice, dt.date(2018, 3, 1))
    nights(dt.date(2025, 6, 2), dt.date(2025, 6, 9), kinds=["invoices", "contact-details"])
    assert not Invoice.objects.filter(subject=alice).exists()
    assert Subject.objects.get(pk=alice.pk).full_name == "Alice Okafor"


def test_the_last_contact_counts_when_its_record_has_gone() -> None:
    """A remote session of January 2025 goes after twelve months; who asked for it is kept for 24."""
    alice = factories.subject(signed_up_on=dt.date(2023, 1, 9))
    at = people.noon(dt.date(2025, 1, 10))
    RemoteSession.objects.create(subject=alice, source_key=people.key(), started_at=at, ip="203.0.113.9")
    nights(dt.date(2026, 2, 2), dt.date(2026, 2, 9), kinds=["remote-sessions", "contact-details"])
    assert not RemoteSession.objects.exists()
    assert Subject.objects.get(pk=alice.pk).full_name == "Alice Okafor"
