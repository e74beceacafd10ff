"""Who must be named by records that stay: asked quickly, and agreeing with the plain way of asking."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from portal.accounts.models import Role
from retention import due, effect, holds, legal
from retention.models import Hold
from subjects import datamap, restriction
from subjects.models import Account, Invoice, Payment, Restriction, Subject
from tests import factories
from tests.retention import people

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 23)
OLD, NEW = dt.date(2015, 5, 5), dt.date(2024, 5, 6)
NAMED_BY = ("invoices", "payments")


def buyer(number: int, day: dt.date = OLD) -> Subject:
    """A customer of long ago whose account is closed, with one invoice and one payment."""
    account = factories.account(opened_on=OLD, closed_on=OLD)
    subject = factories.subject(f"Person {number}", email=f"p{number}@example.com", account=account)
    people.invoice(subject, day)
    people.payment(subject, day)
    return subject


def claim(dee: Any, **scope: Any) -> None:
    review_on = TODAY + dt.timedelta(days=90)
    legal.place(reference="A claim", reason="They say so", owner=dee, by=dee, review_on=review_on, **scope)


def everybody() -> dict[str, Subject]:
    """One person for each way in which a record may stay; "none" and "other" are those who need not be named."""
    dee = factories.user(Role.DPO)
    ways = "none other person account kind range pause paused-kind paused-record request complaint debt paid-late young"
    found = {name: buyer(number) for number, name in enumerate(ways.split())}
    claim(dee, subject=found["person"])
    claim(dee, account=found["account"].account)
    claim(dee, subject=found["other"], datasets=["emails"])  # of something else
    claim(dee, subject=found["kind"], datasets=["invoices"])
    claim(dee, subject=found["range"], since=OLD, until=OLD)
    paused: dict[str, Any] = {
        "pause": {},
        "paused-kind": {"kinds": ["payments"]},
        "paused-record": {
            "kinds": ["invoices"],
            "record": str(Invoice.objects.get(subject=found["paused-record"]).pk),
        },
    }
    for name, scope in paused.items():
        restriction.restrict(
            subject=found[name], ground=Restriction.Ground.CLAIMS, reference=name, by=None, **scope
        )
    for kind in (Hold.Kind.REQUEST, Hold.Kind.COMPLAINT):
        holds.place(subject=found[str(kind)], kind=kind, reference=f"DP-{kind}", by=None)
    Account.objects.filter(pk=found["debt"].account_id).update(balance="5.00")
    Invoice.objects.filter(subject=found["paid-late"]).update(paid_on=NEW)
    Payment.objects.filter(subject=found["young"]).update(paid_on=NEW)
    return found


def plainly() -> set[Any]:
    """People of whom some invoice or payment stays: whatever is not due, or due and held."""
    found: set[Any] = set()
    for key in NAMED_BY:
        dataset = datamap.get(key)
        (each,) = due.of(dataset, TODAY)
        goes = set(holds.free(each.rows, dataset).values_list("pk", flat=True))
        found |= set(
            dataset.model_class._default_manager.exclude(pk__in=goes).values_list("subject", flat=True)
        )
    return found


@time_machine.travel(people.S39_TODAY, tick=False)
def test_a_name_stays_with_the_records_that_stay_whichever_way_it_is_asked() -> None:
    found = everybody()
    over = people.over("contact-details", TODAY)
    free = {found["none"].pk, found["other"].pk}
    assert over == free
    assert {each.pk for each in found.values()} - plainly() == free
    contact, invoices = datamap.get("contact-details"), datamap.get("invoices")
    assert effect.counts(contact, as_of=TODAY) == (2, 0)
    (each,) = due.of(invoices, TODAY)
    free_of_holds = holds.free(each.rows, invoices).count()
    assert effect.counts(invoices, as_of=TODAY) == (each.rows.count(), each.rows.count() - free_of_holds)


@time_machine.travel(people.S39_TODAY, tick=False)
def test_a_claim_on_everybodys_invoices_keeps_every_name() -> None:
    alice = buyer(1)
    assert people.over("contact-details", TODAY) == {alice.pk}
    claim(factories.user(Role.DPO), datasets=["invoices"], since=OLD, until=OLD)
    assert people.over("contact-details", TODAY) == set()
    assert plainly() == {alice.pk}
