"""When a relationship ended (law.md 4): the latest of account, contracts, payments, support; never while it lasts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from subjects import relationship
from subjects.models import (
    Account,
    Address,
    Email,
    Invoice,
    Order,
    Payment,
    RemoteSession,
    Subject,
    Subscription,
    SupportCall,
    TextMessage,
)
from tests import factories
from tests.retention.people import key, noon

pytestmark = pytest.mark.django_db
CLOSED, LATER, TODAY = dt.date(2020, 3, 2), dt.date(2021, 8, 9), dt.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-23T10:00:00+00:00", tick=False):
        yield


@pytest.fixture
def alice() -> Subject:
    """Closed her account in 2020; an old order makes her a customer."""
    made = factories.subject(account=factories.account(closed_on=CLOSED))
    add(Order, made, ordered_on=dt.date(2019, 1, 7), total="9", number="1", type="hardware")
    return made


def add(model: Any, subject: Subject, **fields: Any) -> Any:
    return model.objects.create(subject=subject, source_key=key(), **fields)


def ended_on(subject: Subject) -> dt.date | None:
    """The day it ended, as both forms of the question say."""
    day = relationship.of(subject).ended_on
    mine = Subject.objects.filter(pk=subject.pk)
    for before in (0, 1):
        asked = (day or TODAY - dt.timedelta(days=1)) - dt.timedelta(days=before)
        by_then = mine.filter(relationship.ended_by(asked, today=TODAY)).exists()
        assert by_then is (day is not None and not before), (day, before)
    return day


MONEY = {"net": "1", "total": "1", "number": "7"}
DAY = dt.date(2019, 1, 7)


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (Subscription, {"started_on": DAY, "ended_on": LATER}),
        (Order, {"ordered_on": LATER, "total": "9", "number": "1", "type": "hardware"}),
        (Order, {"ordered_on": DAY, "delivered_on": LATER, "total": "9", "number": "1", "type": "hardware"}),
        (Invoice, {"issued_on": LATER, **MONEY}),
        (Invoice, {"issued_on": DAY, "paid_on": LATER, **MONEY}),
        (Payment, {"paid_on": LATER, "amount": "1"}),
        (SupportCall, {"started_at": noon(LATER)}),
        (RemoteSession, {"started_at": noon(LATER)}),
        (Email, {"sent_at": noon(LATER), "direction": "inbound"}),
        (TextMessage, {"sent_at": noon(LATER), "type": "text"}),
    ],
)
def test_it_ended_on_the_latest_of_all_that_happened(alice: Subject, model: Any, fields: Any) -> None:
    assert ended_on(alice) == CLOSED
    add(model, alice, **fields)
    found = relationship.of(alice)
    assert (found.has_bought, ended_on(alice), found.running) == (True, LATER, False)


def test_what_we_write_ourselves_does_not_prolong_it(alice: Subject) -> None:
    add(Email, alice, sent_at=noon(LATER), direction="outbound")
    add(TextMessage, alice, sent_at=noon(LATER), type="text", direction="outbound")
    assert ended_on(alice) == CLOSED


def test_it_lasts_while_the_account_is_open_something_runs_or_is_owed(alice: Subject) -> None:
    accounts = Account.objects.filter(pk=alice.account.pk)
    for change in ({"closed_on": None}, {"closed_on": TODAY}, {"balance": "0.01"}):
        accounts.update(**{"closed_on": CLOSED, "balance": 0, **change})
        found = relationship.of(alice)
        assert (ended_on(alice), found.running, found.owes) == (None, True, "balance" in change), change
    accounts.update(closed_on=CLOSED, balance="-3")  # we owe them
    assert ended_on(alice) == CLOSED
    for ends, until in (
        (None, None),
        (TODAY, None),
        (TODAY - dt.timedelta(days=1), TODAY - dt.timedelta(days=1)),
    ):
        Subscription.objects.all().delete()
        add(Subscription, alice, started_on=CLOSED, ended_on=ends)
        assert ended_on(alice) == until


def test_of_somebody_who_never_bought_the_last_contact_counts() -> None:
    bea = factories.subject("Bea Enquirer", email="bea@example.com")
    learned = dt.date(2024, 5, 6)
    Subject.objects.filter(pk=bea.pk).update(created_at=noon(learned))
    assert relationship.of(bea) == relationship.Relationship(False, learned)
    Subject.objects.filter(pk=bea.pk).update(signed_up_on=DAY)
    assert ended_on(bea) == DAY
    # British Summer Time: half past eleven at night in London is the day before in UTC's eyes, not in ours.
    add(Email, bea, sent_at=dt.datetime(2025, 7, 1, 23, 30, tzinfo=dt.UTC), direction="inbound")
    assert relationship.of(bea) == relationship.Relationship(False, dt.date(2025, 7, 2))
    assert ended_on(bea) == dt.date(2025, 7, 2)


def test_many_people_and_their_records_are_asked_in_the_same_words(alice: Subject) -> None:
    bob = factories.subject("Bob Stone", email="bob@example.com", account=factories.account(balance="5"))
    for each in (alice, bob):
        Address.objects.create(subject=each, source_key=key(), lines="1 Harbour Road")
    mine = relationship.expressions(today=TODAY)
    theirs = relationship.expressions(today=TODAY, person="subject")
    people = Subject.objects.annotate(**mine).values_list("pk", *mine).order_by("pk")
    addresses = Address.objects.annotate(**theirs).values_list("subject", *theirs).order_by("subject")
    assert list(people) == list(addresses)
    assert {pk: rest for pk, *rest in people} == {
        alice.pk: [False, True, False, CLOSED],
        bob.pk: [True, False, True, None],
    }
