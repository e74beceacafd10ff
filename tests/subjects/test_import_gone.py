"""Old files after an erasure or a correction: nobody comes back, nothing is undone unseen, and the report says why."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import Role
from requests_sar import services as requests
from subjects import services
from subjects.importing import gone
from subjects.models import Gone, ImportBatch, Order, Subject
from tests import factories
from tests.retention import people
from tests.subjects.test_import_paused import ORDERS, PEOPLE, bring_in, order, reasons

pytestmark = pytest.mark.django_db
ALICE = ["C-1", "Alice Okafor", "alice@example.com", ""]
BOB = ["C-2", "Bob Bell", "bob@example.com", ""]


@pytest.fixture(autouse=True)
def _store(settings: Any, tmp_path: Any) -> None:
    settings.STORAGE_DIR = tmp_path


def erase(key: str) -> Subject:
    dee = factories.user(Role.DPO)
    subject = Subject.objects.get(source_key=key)
    people.erased(requests.take_up(case=people.asked(subject), by=dee), dee)
    return subject


def test_an_old_file_does_not_bring_an_erased_person_back() -> None:
    bring_in("customers", PEOPLE, ALICE, BOB)
    erase("C-1")
    batch = bring_in("customers", PEOPLE, ALICE, BOB, ["C-3", "Cleo Cole", "", ""])
    assert (batch.new, batch.same, batch.refused) == (1, 1, 1)
    (why,) = reasons(batch)
    assert why.startswith("This was erased here on ")
    assert "they need a new number there" in why
    assert not Subject.objects.filter(source_key="C-1").exists()
    orders = bring_in("orders", ORDERS, order("1"))
    assert orders.refused == 1  # nothing hangs on nobody
    assert not Order.objects.exists()
    again = bring_in("customers", PEOPLE, ["C-9", *ALICE[1:]])  # a returning customer is a new one
    assert again.new == 1
    assert "Alice" not in str(list(Gone.objects.values()))


def test_who_is_still_there_is_not_refused_for_a_number_that_was_somebody_elses() -> None:
    bring_in("customers", PEOPLE, ALICE)
    gone.remember("subjects.Subject", ["C-1"])
    assert gone.remember("subjects.Subject", ["C-1"]) == 0
    batch = bring_in("customers", PEOPLE, ["C-1", "Alice Okafor", "new@example.com", ""])
    assert (batch.changed, batch.refused) == (1, 0)


def test_an_old_file_does_not_undo_a_correction_unseen() -> None:
    columns = "source_key full_name email phone job_title"
    bring_in("customers", columns, [*ALICE, "Clerk"])
    alice = Subject.objects.get()
    services.correct(
        subject=alice, dataset="contact-details", record=str(alice.pk), values={"job_title": "Owner"},
        by=factories.user(Role.DPO), decided=True,
    )  # fmt: skip
    batch = bring_in("customers", columns, [*ALICE, "Clerk"])
    assert batch.refused == 1
    assert reasons(batch)[0].startswith("This was corrected here on ")
    alice.refresh_from_db()
    assert alice.job_title == "Owner"
    newer = bring_in("customers", columns, [*ALICE, "Director"])  # something new is no old value
    assert (newer.changed, newer.refused) == (1, 0)


def test_it_costs_two_queries_a_chunk_however_many_rows() -> None:
    rows = [[f"C-{n}", f"Person {n}", "", ""] for n in range(60)]
    bring_in("customers", PEOPLE, *rows)
    gone.remember("subjects.Subject", [f"D-{n}" for n in range(60)])
    counts = []
    for few in (5, 60):
        changed = [[key, name, f"{key}@example.com", ""] for key, name, *_ in rows[:few]]
        fresh = [[f"D-{n}", "New", "", ""] for n in range(few)]
        with CaptureQueriesContext(connection) as queries:
            batch: ImportBatch = bring_in("customers", PEOPLE, *changed, *fresh)
        assert batch.refused == few
        counts.append(len(queries))
    assert counts[1] - counts[0] <= 2
