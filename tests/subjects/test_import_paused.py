"""Imports and restriction: what is paused is not changed by a file, and the report says why."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from subjects import importing, restriction
from subjects.models import Account, Address, ImportBatch, ImportChange, Order, Restriction, Subject
from tests import factories

pytestmark = pytest.mark.django_db
PEOPLE = "source_key full_name email phone"
ORDERS = "source_key customer number type ordered_on item total"


@pytest.fixture(autouse=True)
def _store(settings: Any, tmp_path: Any) -> None:
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def alice() -> Subject:
    return factories.subject(source_key="C-1", phone="07700 900123")


def bring_in(kind: str, columns: str, *rows: list[str]) -> ImportBatch:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([columns.split(), *rows])
    batch = importing.upload(file=io.BytesIO(text.getvalue().encode()), kind=kind, by=None)
    importing.check(batch=batch, by=None, here=True)
    batch.refresh_from_db()
    return importing.apply(batch=batch, by=None, here=True)


def reasons(batch: ImportBatch) -> list[str]:
    """The last sentence of each refused row."""
    if not batch.refused_file:
        return []
    with batch.refused_file.open("rb") as file:
        return [row[3] for row in list(csv.reader(io.StringIO(file.read().decode("utf-8-sig"))))[1:]]


def order(key: str, **changes: str) -> list[str]:
    row = {"customer": "C-1", "number": f"O-{key}", "type": "hardware", "on": "2025-01-06", "item": "Cable"}
    return [key, *{**row, "total": "9.99", **changes}.values()]


def test_s59_a_row_that_would_change_a_paused_person_is_refused_and_reported(alice: Subject) -> None:
    factories.pause(alice)
    batch = bring_in(
        "customers",
        PEOPLE,
        ["C-1", "Alice Okafor", "new@example.com", "07700 900123"],
        ["C-2", "Bob Stone", "bob@example.com", ""],
    )
    assert (batch.new, batch.changed, batch.same, batch.refused) == (1, 0, 0, 1)
    (why,) = reasons(batch)
    assert "DP-7K4M-29QX" in why
    assert "It cannot be changed. Leave this row out, or ask the data protection officer." in why
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"


def test_a_row_that_changes_nothing_passes(alice: Subject) -> None:
    factories.pause(alice)
    batch = bring_in("customers", PEOPLE, ["C-1", "Alice Okafor", "alice@example.com", "07700 900123"])
    assert (batch.same, batch.refused) == (1, 0)


def test_a_new_address_of_a_paused_person_is_a_change_of_the_person(alice: Subject) -> None:
    factories.pause(alice)
    batch = bring_in("addresses", "source_key customer lines", ["A1", "C-1", "1 High Street"])
    assert batch.refused == 1
    assert not Address.objects.exists()


def test_new_records_are_stored_and_old_ones_stay_as_they_are(alice: Subject) -> None:
    bring_in("orders", ORDERS, order("1"))
    factories.pause(alice)
    batch = bring_in("orders", ORDERS, order("1", item="Router"), order("2"))
    assert (batch.new, batch.refused) == (1, 1)
    assert sorted(Order.objects.values_list("source_key", "item")) == [("1", "Cable"), ("2", "Cable")]


def test_a_record_is_not_moved_away_from_a_paused_person_nor_to_one(alice: Subject) -> None:
    factories.subject("Bob Stone", source_key="C-2", email="bob@example.com")
    bring_in("orders", ORDERS, order("1"), order("2", customer="C-2"))
    factories.pause(alice)
    batch = bring_in("orders", ORDERS, order("1", customer="C-2"), order("2", customer="C-1"))
    assert batch.refused == 2


def test_only_the_paused_kind_or_record_is_refused(alice: Subject) -> None:
    bring_in("orders", ORDERS, order("1"), order("2"))
    factories.pause(alice, kinds=["orders"], record=str(Order.objects.get(source_key="1").pk))
    factories.pause(alice, kinds=["emails"])
    batch = bring_in("orders", ORDERS, order("1", item="Router"), order("2", item="Router"))
    assert (batch.changed, batch.refused) == (1, 1)
    assert bring_in("customers", PEOPLE, ["C-1", "Alice O.", "alice@example.com", ""]).changed == 1


def test_a_colleague_of_a_paused_person_may_still_change_their_account(alice: Subject) -> None:
    shared = factories.account(number="A-1", name="Okafor Ltd")
    Subject.objects.filter(pk=alice.pk).update(account=shared)
    factories.subject("Bob Stone", source_key="C-2", email="bob@example.com", account=shared)
    factories.pause(alice)
    columns = "source_key full_name account_number account_name"
    refused = bring_in("customers", columns, ["C-1", "Alice Okafor", "A-1", "Okafor & Co"])
    assert refused.refused == 1
    passed = bring_in("customers", columns, ["C-2", "Bob Stone", "A-1", "Okafor & Co"])
    assert passed.refused == 0
    assert Account.objects.get().name == "Okafor & Co"


def test_a_pause_lifted_lets_the_same_row_in(alice: Subject) -> None:
    standing = factories.pause(alice)
    row = ["C-1", "Alice Okafor", "new@example.com", "07700 900123"]
    assert bring_in("customers", PEOPLE, row).refused == 1
    restriction.announce_lifting(
        restriction=standing, by=None, why=Restriction.Why.CHECKED, how=Restriction.How.POST
    )
    restriction.lift(restriction=standing, by=None)
    assert bring_in("customers", PEOPLE, row).changed == 1


def test_an_import_is_not_undone_over_a_paused_person(alice: Subject) -> None:
    batch = bring_in("customers", PEOPLE, ["C-1", "Alice Okafor", "new@example.com", "07700 900123"])
    added = bring_in("orders", ORDERS, order("1"))
    factories.pause(alice)
    importing.undo(batch=added, by=None, here=True)
    importing.undo(batch=batch, by=None, here=True)
    alice.refresh_from_db()
    assert (alice.email, Order.objects.count()) == ("new@example.com", 1)
    kept = list(ImportChange.objects.order_by("pk").values_list("kept", flat=True))
    assert len(kept) == 2
    assert all(words.endswith("Undo it when the pause has ended.") for words in kept)


def test_one_query_for_a_thousand_rows(alice: Subject) -> None:
    factories.pause(alice)
    rows = [order(str(number)) for number in range(300)]
    bring_in("orders", ORDERS, *rows)
    with CaptureQueriesContext(connection) as captured:
        bring_in("orders", ORDERS, *[[*row[:-2], "Router", "9.99"] for row in rows])
    asked = [each for each in captured if 'FROM "subjects_restriction"' in each["sql"]]
    assert len(asked) == 2  # once in the check, once in the writing
