"""Who must be named by records that stay: asked quickly, and agreeing with the plain way of asking."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection

from portal.accounts.models import Role
from portal.register import editing, store
from portal.register.model import document_of
from requests_sar.admin import scheduling
from retention import drafting, due, effect, holds, legal
from retention.models import Hold
from subjects import datamap, relationship, restriction
from subjects.models import (
    Account,
    Address,
    Email,
    Invoice,
    Payment,
    RemoteSession,
    Restriction,
    Subject,
    SupportCall,
    TextMessage,
)
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


# --- found by an index ----------------------------------------------------------------------------------------


def first_columns(table: str) -> set[str]:
    """The columns that an index of a table begins with."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0] "
            "WHERE indrelid = %s::regclass",
            [table],
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.parametrize("kind", [dataset.key for dataset in datamap.datasets()])
def test_what_is_due_of_each_kind_is_found_by_an_index(kind: str) -> None:
    dataset = datamap.get(kind)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # the tables of the tests are too small for an index
    for each in due.of(dataset, TODAY):
        plan = each.rows.explain().replace('"', "")
        if each.rule.after in due.OF_PEOPLE:  # there is no date: each person is looked at, by what is theirs
            for model in (*relationship.BOUGHT, SupportCall, RemoteSession, Email, TextMessage, Address):
                assert "subject_id" in first_columns(model._meta.db_table)
            continue
        model, column = dataset.model_class, dataset.trigger
        while "__" in column:
            step, column = column.split("__", 1)
            model = model._meta.get_field(step).related_model
        assert column in first_columns(model._meta.db_table)
        if (
            model is dataset.model_class
        ):  # else it depends on how full each of the two tables is which comes first
            assert f"Index Cond: ({column} < " in plan, plan
        assert "Seq Scan" not in plan, plan


@time_machine.travel(people.S39_TODAY, tick=False)
def test_what_cannot_be_counted_in_time_is_named() -> None:
    buyer(1)
    document = editing.changed(
        document_of(store.file()), "retention", "payment-history everyone", {"period": "8 years"}
    )
    draft, _ = drafting.try_out(document)
    assert draft is not None
    counted = effect.of(draft, as_of=TODAY)
    assert [(each.dataset.key, each.before, each.after) for each in counted if each.before] == [
        ("contact-details", 1, 1), ("account", 1, 1), ("invoices", 1, 1), ("payments", 1, 1),
    ]  # fmt: skip
    late = effect.of(draft, as_of=TODAY, seconds=0)
    assert [each.dataset for each in late] == [each.dataset for each in counted]
    assert not any(each.counted for each in late)
    said = scheduling.total(late)
    assert "“Invoices”" in said["uncounted"]
    assert not said["sentence"]
    with pytest.raises(OperationalError), effect._until(time.monotonic() + 0.05):
        connection.cursor().execute("SELECT pg_sleep(5)")
