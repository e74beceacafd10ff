"""Who the other records are about: a name and an account go with the last record that needs them, no later."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import time_machine

from portal.accounts.models import Role
from retention import disposal, legal, running
from retention.models import Disposal, Reason
from subjects.models import Account, Email, Subject
from tests import factories
from tests.retention import people, simulated

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _journal(settings, tmp_path: Path) -> None:
    settings.DISPOSAL_JOURNAL = tmp_path


def travel(day: dt.date) -> time_machine.travel:
    return time_machine.travel(dt.datetime.combine(day, dt.time(10), dt.UTC), tick=False)


def night(day: dt.date, *kinds: str) -> None:
    with travel(day):
        simulated.work(running.approve(run=running.plan(by=None, kinds=kinds), by=None))


def erased(subject: Subject) -> Disposal:
    plan = disposal.freeze(disposal=disposal.draft(subject=subject, reference="DP-1", by=None), by=None)
    simulated.work(disposal.start(disposal=plan, by=None))
    return plan


def test_a_name_kept_after_an_erasure_goes_on_the_day_that_the_letter_says() -> None:
    """Last payment of March 2019, an account closed in 2022: the name stays for the payment, and goes with it."""
    account = factories.account(closed_on=dt.date(2022, 6, 1))
    alice = factories.subject(account=account)
    people.invoice(alice, dt.date(2019, 3, 1))
    with travel(dt.date(2024, 5, 1)):
        line = erased(alice).lines.get(dataset="contact-details")
    assert (line.cause, line.last_until) == (Reason.WITH_OTHERS, dt.date(2026, 3, 1))
    night(dt.date(2026, 3, 1), "contact-details", "account", "invoices")
    assert Subject.objects.get(pk=alice.pk).full_name == "Alice Okafor"
    night(dt.date(2026, 3, 2), "contact-details", "account", "invoices")
    assert Subject.objects.get(pk=alice.pk).full_name == ""
    assert Account.objects.get(pk=account.pk).name == ""


def test_a_customer_whose_data_a_claim_holds_is_not_locked_away_while_the_contract_runs() -> None:
    alice = factories.subject(account=factories.account())
    people.invoice(alice, dt.date(2024, 3, 1))
    with travel(dt.date(2024, 5, 1)):
        legal.place(
            subject=alice, by=None, owner=factories.user(Role.DPO), reference="Claim 7", reason="Dispute",
            review_on=dt.date(2024, 9, 1), datasets=["contact-details"],
        )  # fmt: skip
        Email.objects.create(subject=alice, source_key="E-1", sent_at=people.noon(dt.date(2024, 4, 2)))
        erased(alice)
    alice.refresh_from_db()
    assert alice.locked_at is None


def test_an_account_that_a_claim_held_longer_than_the_name_goes_when_the_claim_ends() -> None:
    account = factories.account(name="Alice Okafor", closed_on=dt.date(2019, 3, 1))
    alice = factories.subject(account=account)
    people.invoice(alice, dt.date(2019, 3, 1))
    with travel(dt.date(2026, 2, 1)):
        hold = legal.place(
            subject=alice, by=None, owner=factories.user(Role.DPO), reference="Claim 7", reason="Dispute",
            review_on=dt.date(2026, 9, 1), datasets=["account"],
        )  # fmt: skip
    night(dt.date(2026, 3, 2), "contact-details", "account", "invoices")
    assert Account.objects.get(pk=account.pk).name == "Alice Okafor"
    with travel(dt.date(2026, 3, 10)):
        legal.release(hold=hold, by=None, why="Settled")
    night(dt.date(2026, 3, 16), "contact-details", "account", "invoices")
    assert Account.objects.get(pk=account.pk).name == ""
