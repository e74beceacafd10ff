"""Imports from upload to undo."""

from __future__ import annotations

import csv
import datetime as dt
import io
import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Entry
from subjects import importing, tasks
from subjects.importing import engine, forms, mapping
from subjects.importing.problems import ImportProblem
from subjects.models import (
    Account,
    Address,
    CallRecording,
    Identifier,
    ImportBatch,
    ImportChange,
    ImportMapping,
    Invoice,
    Order,
    Subject,
)
from tests import factories

pytestmark = pytest.mark.django_db
FILES = Path(__file__).parent / "files"
State = ImportBatch.State


def table(*rows: Iterable[Any], columns: str) -> io.BytesIO:
    """A CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([columns.split(), *rows])
    return io.BytesIO(text.getvalue().encode())


def people(*rows: Iterable[Any], columns: str = "source_key full_name email") -> io.BytesIO:
    return table(*rows, columns=columns)


ORDERS = "source_key customer number type ordered_on item total"


def orders(*rows: Iterable[Any]) -> io.BytesIO:
    return table(*rows, columns=ORDERS)


def order(key: str, customer: str = "C-1", **other: str) -> list[str]:
    row = {
        "number": f"O{key}",
        "type": "hardware",
        "ordered_on": "2025-01-06",
        "item": "Cable",
        "total": "9.99",
    }
    return [key, customer, *{**row, **other}.values()]


def bring_in(file: io.BytesIO, kind: str = "customers", *, by: Any = None) -> ImportBatch:
    batch = importing.upload(file=file, kind=kind, by=by)
    importing.check(batch=batch, by=by, here=True)
    batch.refresh_from_db()
    assert batch.state == State.CHECKED, batch.error
    return importing.apply(batch=batch, by=by, here=True)


def counts(batch: ImportBatch) -> tuple[int, int, int, int]:
    return batch.new, batch.changed, batch.same, batch.refused


def refused(batch: ImportBatch) -> list[dict[str, str]]:
    with batch.refused_file.open("rb") as file:
        return list(csv.DictReader(io.StringIO(file.read().decode("utf-8-sig"))))


def everything() -> dict[str, list[Any]]:
    """What is stored, by its own keys."""
    return {
        "people": sorted(
            Subject.objects.values_list("source_key", "full_name", "email", "phone", "account__number")
        ),
        "accounts": sorted(Account.objects.values_list("number", "name", "type", "balance")),
        "addresses": sorted(Address.objects.values_list("source_key", "lines", "subject__source_key")),
        "orders": sorted(Order.objects.values_list("source_key", "item", "total", "subject__source_key")),
        "keys": sorted(Identifier.objects.values_list("subject__source_key", "kind", "value")),
    }


# --- the form ---------------------------------------------------------------------------------------------


def test_the_contract_in_the_docstring_is_what_the_forms_say() -> None:
    text = (importing.__doc__ or "").split("    * needed")[0].split("maps are left out.")[-1]
    promised: dict[str, set[str]] = {}
    for line in text.splitlines():
        if line[:4] == "    " and line[4:5].strip():
            kind = line.split()[0]
            promised[kind] = set()
            line = line.replace(kind, "", 1)
        for word in line.replace("(or ", "").split():
            name = word.strip("(),*")
            if word.strip("(),") and name not in {
                "personal",
                "business",
                "hardware",
                "software",
                "text",
                "fax",
            }:
                promised[kind].add(name + ("*" if "*" in word else ""))
    declared = {
        form.key: {name + ("*" if name in form.needed else "") for name in form.columns}
        for form in forms.all_forms()
    }
    assert {kind: names for kind, names in promised.items() if kind in declared} == {
        kind: names for kind, names in declared.items() if kind in promised
    }
    assert set(promised) <= set(declared)
    assert len(promised) == 13


def test_a_kind_cannot_be_declared_twice() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        importing.register(importing.get("orders"))


# --- one file, all of it ----------------------------------------------------------------------------------


def test_customers_with_accounts_and_addresses() -> None:
    with (FILES / "customers.csv").open("rb") as file:
        batch = bring_in(file)  # type: ignore[arg-type]
    assert counts(batch) == (3, 0, 0, 0)
    alice, bob, zoe = Subject.objects.order_by("source_key")
    assert (alice.full_name, alice.email, alice.phone) == (
        "Alice Okafor",
        "alice@example.com",
        "07700 900123",
    )
    assert alice.signed_up_on == dt.date(2019, 1, 6)
    assert alice.account == bob.account
    assert alice.account is not None
    assert (alice.account.name, alice.account.balance) == ("Okafor Ltd", Decimal("1234.50"))
    assert zoe.account is not None
    assert zoe.account.name == "Zoë Müller"  # a personal account without a name of its own
    assert list(Address.objects.order_by("lines").values_list("subject__full_name", "lines")) == [
        ("Alice Okafor", "1 High Street"),
        ("Zoë Müller", "2 Low Road\nFlat 3"),
    ]
    assert ("phone", "+447700900124") in Identifier.objects.filter(subject=bob).values_list("kind", "value")
    assert ("name", "zoe muller") in Identifier.objects.filter(subject=zoe).values_list("kind", "value")
    assert set(Identifier.objects.filter(kind="account", value="A1").values_list("subject", flat=True)) == {
        alice.pk,
        bob.pk,
    }


def test_the_same_file_twice_changes_nothing() -> None:
    for expected in [(3, 0, 0, 0), (0, 0, 3, 0)]:
        with (FILES / "customers.csv").open("rb") as file:
            batch = bring_in(file)  # type: ignore[arg-type]
        assert counts(batch) == expected
        after = everything()
    assert not ImportChange.objects.filter(batch=batch).exists()
    assert everything() == after


def test_the_check_says_what_the_import_then_does_and_writes_nothing() -> None:
    bring_in(people(["C-1", "Alice", "a@example.com"], ["C-2", "Bob", "b@example.com"]))
    before = everything()
    rows = [
        ["C-1", "Alice", "a@example.com"],
        ["C-2", "Robert", "b@example.com"],
        ["C-3", "Cy", "c@example.com"],
    ]
    batch = importing.upload(file=people(*rows, ["C-4", "Di", "nowhere"]), kind="customers", by=None)
    batch = importing.check(batch=batch, by=None, here=True)
    assert counts(batch) == (1, 1, 1, 1)
    assert everything() == before
    batch = importing.apply(batch=batch, by=None, here=True)
    assert counts(batch) == (1, 1, 1, 1)
    assert set(Subject.objects.values_list("full_name", flat=True)) == {"Alice", "Robert", "Cy"}


def test_row_17_with_a_bad_address_is_explained_and_the_others_go_in() -> None:
    rows = [[f"C-{n}", f"Person {n}", f"p{n}@example.com"] for n in range(2, 31)]
    rows[15][2] = "p17(at)example.com"
    batch = bring_in(people(*rows))
    assert counts(batch) == (28, 0, 0, 1)
    assert refused(batch) == [
        {
            "Import row": "17",
            "Import column": "email",
            "Import value": "p17(at)example.com",
            "What to do": "Write one e-mail address, like name@example.com, or leave the cell empty.",
            "source_key": "C-17",
            "full_name": "Person 17",
            "email": "p17(at)example.com",
        }
    ]
    assert not Subject.objects.filter(source_key="C-17").exists()


def test_refused_rows_can_be_mended_and_brought_in_again() -> None:
    batch = bring_in(people(["C-1", "=Alice", "nowhere"], ["C-2", "Bob", "b@example.com"]))
    with batch.refused_file.open("rb") as file:
        text = file.read()
    assert b",'=Alice," in text  # a spreadsheet must not take it for a formula
    again = bring_in(io.BytesIO(text.replace(b",nowhere\r", b",a@example.com\r")))
    assert counts(again) == (1, 0, 0, 0)
    assert Subject.objects.get(source_key="C-1").full_name == "=Alice"


def test_all_that_is_wrong_with_a_row_is_said_at_once() -> None:
    bring_in(people(["C-1", "Alice", ""]))
    bad = order("1", "", ordered_on="soon", total="1,50")
    batch = bring_in(orders(bad, ["", *order("2")[1:]]), "orders")
    first, second = refused(batch)
    assert first["Import column"] == "customer; ordered_on; total"
    assert "ordered_on: Write the date like" in first["What to do"]
    assert second["What to do"].startswith("Write the number of the row")


def test_rows_of_nobody_and_rows_twice_are_refused() -> None:
    bring_in(people(["C-1", "Alice", ""]))
    batch = bring_in(orders(order("1"), order("2", "C-9"), order("1", item="Other"), order("3")), "orders")
    assert counts(batch) == (2, 0, 0, 2)
    unknown, twice = refused(batch)
    assert (unknown["Import row"], unknown["Import column"], unknown["Import value"]) == (
        "3",
        "customer",
        "C-9",
    )
    assert "Import the customers first" in unknown["What to do"]
    assert "stands in row 2 already" in twice["What to do"]


def test_people_who_share_an_account_must_agree_about_it() -> None:
    columns = "source_key full_name account_number account_name"
    rows = [
        ["C-1", "A", "K-1", ""],
        ["C-2", "B", "K-1", "Firm"],
        ["C-3", "C", "K-1", ""],
        ["C-4", "D", "K-1", "Else"],
    ]
    batch = bring_in(people(*rows, columns=columns))
    assert counts(batch) == (3, 0, 0, 1)
    assert "Row 3 says something else" in refused(batch)[0]["What to do"]
    assert Account.objects.get().name == "Firm"
    assert Subject.objects.filter(account__number="K-1").count() == 3
    assert counts(bring_in(people(*rows, columns=columns))) == (0, 0, 3, 1)


def test_what_belongs_to_an_account_needs_its_number() -> None:
    batch = bring_in(
        people(["C-1", "A", "", "Firm"], columns="source_key full_name account_number account_name")
    )
    assert refused(batch)[0]["What to do"] == "Write the account number."


def test_columns_that_are_not_mapped_are_left_alone_and_empty_cells_empty() -> None:
    bring_in(
        people(["C-1", "Alice", "a@example.com", "07700 900123"], columns="source_key full_name email phone")
    )
    batch = bring_in(people(["C-1", ""], columns="source_key phone"))
    assert counts(batch) == (0, 1, 0, 0)
    alice = Subject.objects.get()
    assert (alice.full_name, alice.email, alice.phone) == ("Alice", "a@example.com", "")
    batch = bring_in(people(["C-1", "", ""]))  # an empty name is no name to give
    assert Subject.objects.get().full_name == "Alice"
    batch = bring_in(people(["C-2", ""], columns="source_key full_name"))
    assert "A new data subject needs this: name" in refused(batch)[0]["What to do"]


def test_first_and_last_name() -> None:
    batch = bring_in(
        people(["C-1", "Zoë", "Müller"], ["C-2", "", ""], columns="source_key first_name last_name")
    )
    assert Subject.objects.get().full_name == "Zoë Müller"
    assert batch.refused == 1


def test_a_changed_address_is_not_trusted_at_once() -> None:
    bring_in(people(["C-1", "Alice", "a@example.com"], ["C-2", "Bob", ""]))
    batch = bring_in(people(["C-1", "Alice", "new@example.com"], ["C-2", "Bob", "b@example.com"]))
    assert Subject.objects.get(source_key="C-1").email_changed_at is not None
    assert Subject.objects.get(source_key="C-2").email_changed_at is not None  # a first one is as new
    importing.undo(batch=batch, by=None, here=True)
    assert Subject.objects.get(source_key="C-1").email_changed_at is None


def test_every_kind_can_be_imported_from_a_file_with_our_own_column_names() -> None:
    bring_in(people(["C-1", "Alice", ""]))
    default_storage.save("recordings/call-1.wav", io.BytesIO(b"RIFF"))  # type: ignore[arg-type]
    cells = {
        "type": "software",
        "file": "call-1.wav",
        "ip": "2001:db8::1",
        "customer": "C-1",
        "direction": "inbound",
    }
    for form in importing.all_forms():
        if form.key in {"customers"} or form.subject_part.model.split(".")[0] != "subjects":
            continue
        row = {name: cells.get(name, "") for name in form.columns} | {"source_key": f"{form.key}-1"}
        for name in form.columns:
            if name.endswith(("_on", "_at")) or name in {"at", "since"}:
                row[name] = "2025-01-06"
            elif name in {"total", "net", "amount", "quantity", "duration_s"}:
                row[name] = "5"
            elif name in form.needed and not row[name]:
                row[name] = "words"
        if form.key == "texts-and-faxes":
            row["type"] = "fax"
        batch = bring_in(people(row.values(), columns=" ".join(row)), form.key)
        assert counts(batch) == (1, 0, 0, 0), (form.key, refused(batch))
        assert form.subject_part.table._default_manager.get().subject.source_key == "C-1"  # type: ignore[attr-defined]
        assert counts(bring_in(people(row.values(), columns=" ".join(row)), form.key)) == (0, 0, 1, 0), (
            form.key
        )
        least = {name: value for name, value in row.items() if name in form.needed}
        least["source_key"] = f"{form.key}-2"
        second = bring_in(people(least.values(), columns=" ".join(least)), form.key)
        assert counts(second) == (1, 0, 0, 0), (form.key, refused(second))
        for done in (second, batch):
            assert importing.undo(batch=done, by=None, here=True).kept == 0, form.key
        assert not form.subject_part.table._default_manager.exists(), form.key


@pytest.mark.parametrize(
    "columns",
    [
        "",
        "account_number",
        "account_number account_balance",
        "address_lines",
        "account_number address_town address_lines",
    ],
)
def test_a_new_person_with_whatever_belongs_to_them_can_be_undone(columns: str) -> None:
    rows = [[f"C-{n}", "Person", *("7" for _ in columns.split())] for n in range(3)]
    batch = bring_in(people(*rows, columns=f"source_key full_name {columns}"))
    assert counts(batch) == (3, 0, 0, 0)
    assert importing.undo(batch=batch, by=None, here=True).kept == 0
    assert not any(everything().values())


def test_recordings_name_a_stored_file_and_nothing_else() -> None:
    bring_in(people(["C-1", "Alice", ""]))
    name = default_storage.save("recordings/call-2.wav", io.BytesIO(b"RIFF...."))  # type: ignore[arg-type]
    columns = "source_key customer recorded_at file"
    file = name.removeprefix("recordings/")
    rows = [["1", "C-1", "2025-01-06 10:00", file]]
    rows += [
        [str(n), "C-1", "2025-01-06", bad]
        for n, bad in enumerate(["../../etc/passwd", "/etc/x", "none.wav"], 2)
    ]
    batch = bring_in(table(*rows, columns=columns), "call-recordings")
    assert counts(batch) == (1, 0, 0, 3)
    recording = CallRecording.objects.get()
    assert (recording.file.name, recording.size, recording.media_type) == (name, 8, "audio/x-wav")
    assert [row["What to do"].split(".")[0] for row in refused(batch)][
        2
    ] == "The storage folder recordings/ has no such file"


def test_an_invoice_names_its_account() -> None:
    bring_in(people(["C-1", "Alice", "K-1"], columns="source_key full_name account_number"))
    columns = "source_key customer account_number number issued_on net total"
    rows = [
        ["I-1", "C-1", "K-1", "1", "06/01/2025", "£10", "12"],
        ["I-2", "C-1", "K-9", "2", "06/01/2025", "1", "1"],
    ]
    batch = bring_in(table(*rows, columns=columns), "invoices")
    assert counts(batch) == (1, 0, 0, 1)
    invoice = Invoice.objects.get()
    assert invoice.account is not None
    assert (invoice.account.number, invoice.net, invoice.vat) == ("K-1", Decimal(10), Decimal(0))


# --- undo -------------------------------------------------------------------------------------------------


def test_undo_restores_everything() -> None:
    with (FILES / "customers.csv").open("rb") as file:
        bring_in(file)  # type: ignore[arg-type]
    bring_in(orders(order("1", "C-0001")), "orders")
    before = everything()
    columns = "source_key full_name email account_number account_balance address_lines"
    rows = [
        ["C-0001", "Alice Renamed", "new@example.com", "A-9", "5", "3 New Street"],
        ["C-0009", "New Person", "n@example.com", "A-10", "1", "4 New Street"],
        ["C-0002", "Bob Smith", "bob@example.com", "A-1", "99", "5 First Street"],
    ]
    batch = bring_in(people(*rows, columns=columns))
    assert counts(batch) == (1, 2, 0, 0)
    assert everything() != before
    names = [batch.file.name]
    batch = importing.undo(batch=batch, by=None, here=True)
    assert everything() == before
    assert (batch.state, batch.kept) == (State.UNDONE, 0)
    assert not any(default_storage.exists(name) for name in names)
    assert not batch.file
    assert not ImportChange.objects.filter(batch=batch).exists()


def test_undo_leaves_what_was_changed_since_and_says_so() -> None:
    bring_in(people(["C-1", "Alice", "a@example.com"], ["C-2", "Bob", "b@example.com"], ["C-5", "Eve", ""]))
    first = bring_in(
        people(
            ["C-1", "Alice II", "a@example.com"],
            ["C-2", "Bob II", "b@example.com"],
            ["C-3", "Cy", ""],
            ["C-4", "Di", ""],
            ["C-5", "Eve II", ""],
            ["C-6", "Flo", ""],
        )
    )
    Subject.objects.filter(source_key="C-1").update(full_name="Alice by hand")
    Subject.objects.filter(source_key="C-2").update(phone="1")  # another field: does not matter
    Subject.objects.filter(source_key="C-3").update(staff_note="by hand")
    bring_in(orders(order("1", "C-4")), "orders")
    Subject.objects.filter(source_key="C-5").delete()
    batch = importing.undo(batch=first, by=None, here=True)
    kept = dict(ImportChange.objects.filter(batch=batch).values_list("key", "kept"))
    assert kept == {
        "C-1": "It was changed again after the import.",
        "C-3": "It was changed after the import.",
        "C-4": "Other records belong to it now (orders). Undo their import first.",
        "C-5": "It was deleted after the import.",
    }
    assert batch.kept == 4
    assert dict(Subject.objects.values_list("source_key", "full_name")) == {
        "C-1": "Alice by hand",
        "C-2": "Bob",
        "C-3": "Cy",
        "C-4": "Di",
    }


def test_undoing_recordings_removes_their_files() -> None:
    bring_in(people(["C-1", "Alice", ""]))
    name = default_storage.save("recordings/call-3.wav", io.BytesIO(b"RIFF"))  # type: ignore[arg-type]
    rows = [["1", "C-1", "2025-01-06", name.removeprefix("recordings/")]]
    batch = bring_in(table(*rows, columns="source_key customer recorded_at file"), "call-recordings")
    importing.undo(batch=batch, by=None, here=True)
    assert not CallRecording.objects.exists()


def test_an_import_that_is_undone_or_changed_nothing_cannot_be_undone() -> None:
    batch = bring_in(people(["C-1", "Alice", ""]))
    importing.undo(batch=batch, by=None, here=True)
    batch.refresh_from_db()
    with pytest.raises(ImportProblem, match="moved this import on"):
        importing.undo(batch=batch, by=None, here=True)
    factories.subject("Bob", source_key="C-2", email="")
    same = bring_in(people(["C-2", "Bob", ""]))
    with pytest.raises(ImportProblem, match="nothing to undo"):
        importing.undo(batch=same, by=None, here=True)


# --- restarts ---------------------------------------------------------------------------------------------


class Killed(BaseException):
    """Ends a run as kill -9 would: nothing after it is done, not even the handling of exceptions."""


@pytest.mark.parametrize("at", [1, 2, 3, 4])
@pytest.mark.parametrize("verb", ["check", "apply", "undo"])
def test_a_worker_that_dies_is_followed_by_another(
    verb: str, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "CHUNK_ROWS", 3)
    bring_in(people(["C-1", "Alice", ""], ["C-2", "Bob", ""]))
    before = everything()
    rows = [[f"C-{n}", f"Person {n}", "" if n % 4 else "nowhere"] for n in range(1, 11)]
    batch = importing.upload(file=people(*rows), kind="customers", by=None)
    importing.check(batch=batch, by=None, here=verb != "check")
    batch.refresh_from_db()
    if verb == "undo":
        importing.apply(batch=batch, by=None, here=True)
        batch.refresh_from_db()
        importing.undo(batch=batch, by=None)
    elif verb == "apply":
        importing.apply(batch=batch, by=None)
    advance, calls = engine._advance, []

    def dying(*args: Any, **changes: Any) -> None:
        calls.append(1)
        if len(calls) == at:
            raise Killed
        advance(*args, **changes)

    monkeypatch.setattr(engine, "_advance", dying)
    monkeypatch.setattr("subjects.importing.writing.undo_some.__kwdefaults__", {"limit": 3})
    with pytest.raises(Killed):
        engine.work(batch.pk)
    monkeypatch.setattr(engine, "_advance", advance)
    assert engine.waiting() == []  # the lease still holds
    ImportBatch.objects.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    assert engine.waiting() == [batch.pk]
    engine.work(batch.pk)
    batch.refresh_from_db()
    if verb == "undo":
        assert (batch.state, batch.kept) == (State.UNDONE, 0)
        assert everything() == before
        return
    assert counts(batch) == (6, 2, 0, 2)
    assert [row["Import row"] for row in refused(batch)] == ["5", "9"]
    if verb == "apply":
        assert Subject.objects.count() == 8
        assert Entry.objects.filter(verb="import.applied", target=f"import:{batch.pk}").count() == 1
        importing.undo(batch=batch, by=None, here=True)
        assert everything() == before


def test_a_worker_that_lost_its_batch_writes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CHUNK_ROWS", 2)
    batch = importing.upload(file=people(*[[f"C-{n}", "X", ""] for n in range(6)]), kind="customers", by=None)
    batch = importing.check(batch=batch, by=None, here=True)
    importing.apply(batch=batch, by=None)
    real = engine.write

    def overtaken(*args: Any) -> None:
        real(*args)
        if Subject.objects.count() == 4:
            ImportBatch.objects.update(rows_done=99)

    monkeypatch.setattr(engine, "write", overtaken)
    engine.work(batch.pk)
    assert Subject.objects.count() == 2  # the second chunk was rolled back with its transaction


def test_work_that_fails_again_and_again_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = importing.upload(file=people(["C-1", "Alice", ""]), kind="customers", by=None)
    importing.check(batch=batch, by=None)
    monkeypatch.setattr(engine, "_check", lambda batch: 1 / 0)
    for _ in range(engine.ATTEMPTS):
        engine.work(batch.pk)
    batch.refresh_from_db()
    assert batch.state == State.FAILED
    assert batch.error == "Something went wrong on our side (ZeroDivisionError). Try again, or tell us."
    monkeypatch.undo()
    assert importing.check(batch=batch, by=None, here=True).state == State.CHECKED


def test_a_file_that_breaks_off_fails_the_check_with_its_row() -> None:
    file = io.BytesIO(b'source_key,full_name\nC-1,Alice\nC-2,"Bob\nC-3,Cy\n')
    batch = importing.check(batch=importing.upload(file=file, kind="customers", by=None), by=None, here=True)
    assert batch.state == State.FAILED
    assert batch.error.startswith("Row 3 cannot be read because its quotation marks do not match.")


def test_the_sweep_hands_waiting_imports_to_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = importing.upload(file=people(["C-1", "Alice", ""]), kind="customers", by=None)
    importing.check(batch=batch, by=None)
    sent: list[str] = []
    monkeypatch.setattr(tasks.work, "delay", sent.append)
    tasks.sweep_imports()
    assert sent == [str(batch.pk)]


# --- rules around it --------------------------------------------------------------------------------------


def test_only_those_with_the_power_import() -> None:
    dee, sam = factories.user(Role.DPO), factories.user(Role.STAFF)
    batch = importing.upload(file=people(["C-1", "Alice", ""]), kind="customers", by=sam)
    for role in (Role.SUPPORT, Role.AUDITOR):
        other = factories.user(role)
        with pytest.raises(PermissionDenied):
            importing.upload(file=people(["C-1", "Alice", ""]), kind="customers", by=other)
        for verb in (importing.check, importing.apply, importing.undo):
            with pytest.raises(PermissionDenied):
                verb(batch=batch, by=other)  # type: ignore[operator]
    importing.check(batch=batch, by=dee, here=True)
    entry = Entry.objects.get(verb="import.checked")
    assert (entry.actor, entry.target) == (f"staff:{dee.pk}", f"import:{batch.pk}")
    assert "Alice" not in entry.reason


def test_asking_twice_is_asking_once() -> None:
    batch = importing.upload(file=people(["C-1", "Alice", ""]), kind="customers", by=None)
    batch = importing.check(batch=batch, by=None, here=True)
    stale = ImportBatch.objects.get(pk=batch.pk)
    importing.apply(batch=batch, by=None)
    assert importing.apply(batch=stale, by=None).state == State.APPLYING
    engine.work(batch.pk)
    stale.state = State.CHECKED
    with pytest.raises(ImportProblem, match="moved this import on"):
        importing.apply(batch=stale, by=None)
    with pytest.raises(ImportProblem, match="moved this import on"):
        importing.choose(batch=batch, chosen=batch.mapping, by=None)


def test_files_that_cannot_be_read_leave_nothing_behind(settings: Any) -> None:
    stored = Path(settings.STORAGE_DIR, "imports")
    before = set(stored.glob("*")) if stored.exists() else set()
    for file, words in [(io.BytesIO(b""), "empty"), (io.BytesIO(b"a,a\n1,2"), "Two columns")]:
        with pytest.raises(ImportProblem, match=words):
            importing.upload(file=file, kind="customers", by=None)
    with pytest.raises(ImportProblem, match="no kind of record called 'cats'"):
        importing.upload(file=people(["C-1", "A", ""]), kind="cats", by=None)
    settings.IMPORT_MAX_BYTES = 1024 * 1024
    with pytest.raises(ImportProblem, match="larger than 1 MB"):
        importing.upload(file=io.BytesIO(b"source_key\n" + b"x" * 2**20), kind="customers", by=None)
    assert (set(stored.glob("*")) if stored.exists() else set()) == before
    assert not ImportBatch.objects.exists()


def test_copies_are_deleted_after_thirty_days() -> None:
    batch = bring_in(people(["C-1", "Alice", ""], ["C-2", "Bob", "nowhere"]))
    names = [batch.file.name, batch.refused_file.name]
    ImportBatch.objects.update(created_at=timezone.now() - dt.timedelta(days=29))
    assert engine.clear_old() == 0
    ImportBatch.objects.update(created_at=timezone.now() - dt.timedelta(days=31))
    assert engine.clear_old() == 1
    assert engine.clear_old() == 0
    assert not any(default_storage.exists(name) for name in names)
    batch.refresh_from_db()
    assert counts(batch) == (1, 0, 0, 1)  # the numbers stay
    with pytest.raises(ImportProblem, match="nothing to undo"):
        importing.undo(batch=batch, by=None)


def test_the_same_file_is_recognised() -> None:
    from subjects.importing.verbs import imported_before

    first = bring_in(people(["C-1", "Alice", ""]))
    second = importing.upload(file=people(["C-1", "Alice", ""]), kind="customers", by=None)
    assert imported_before(second) == first
    assert imported_before(first) is None


# --- columns ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "columns", "expected"),
    [
        (
            "customers",
            [
                "CustomerID",
                "Contact name",
                "E-Mail",
                "Tel.",
                "Mobile phone",
                "Account No",
                "Post code",
                "Shoe size",
            ],
            {
                "source_key": "CustomerID",
                "full_name": "Contact name",
                "email": "E-Mail",
                "phone": "Tel.",
                "mobile": "Mobile phone",
                "account_number": "Account No",
                "address_postcode": "Post code",
            },
        ),
        (
            "customers",
            ["ID", "Forename", "Surname"],
            {"source_key": "ID", "first_name": "Forename", "last_name": "Surname"},
        ),
        (
            "orders",
            ["Order number", "Customer no", "order_id", "Product", "Qty", "Order date", "Amount", "Staus"],
            {
                "customer": "Customer no",
                "number": "Order number",
                "item": "Product",
                "quantity": "Qty",
                "ordered_on": "Order date",
                "total": "Amount",
                "status": "Staus",
            },
        ),
    ],
)
def test_columns_are_guessed_from_their_words(
    kind: str, columns: list[str], expected: dict[str, str]
) -> None:
    assert mapping.guess(importing.get(kind), columns) == expected


def test_our_own_column_names_are_always_understood() -> None:
    for form in importing.all_forms():
        columns = [name for name in form.columns if name not in {"first_name", "last_name"}]
        assert mapping.guess(form, columns) == {name: name for name in columns}, form.key


def test_a_mapping_is_remembered_for_the_next_file_with_these_columns() -> None:
    def file() -> io.BytesIO:
        return people(["C-1", "Alice", "a@example.com"], columns="Schlüssel Wer Wohin")

    batch = importing.upload(file=file(), kind="customers", by=None)
    assert batch.mapping == {}
    with pytest.raises(ImportProblem, match="Choose the column that holds: Customer number"):
        importing.check(batch=batch, by=None, here=True)
    chosen = {"source_key": "Schlüssel", "full_name": "Wer", "email": "Wohin", "phone": ""}
    importing.choose(batch=batch, chosen=chosen, by=None)
    importing.check(batch=batch, by=None, here=True)
    batch.refresh_from_db()
    importing.apply(batch=batch, by=None, here=True)
    assert ImportMapping.objects.count() == 1
    again = importing.upload(file=file(), kind="customers", by=None)
    assert again.mapping == {"source_key": "Schlüssel", "full_name": "Wer", "email": "Wohin"}


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"source_key": "source_key", "colour": "email"}, "no field 'colour'"),
        ({"source_key": "number"}, "no column 'number'"),
        ({"source_key": "email", "email": "email"}, "Choose it once only"),
        ({"full_name": "full_name"}, "Choose the column that holds"),
    ],
)
def test_mappings_that_cannot_be(chosen: dict[str, str], words: str) -> None:
    batch = importing.upload(file=people(["C-1", "Alice", ""]), kind="customers", by=None)
    with pytest.raises(ImportProblem, match=words):
        importing.choose(batch=batch, chosen=chosen, by=None)


def test_fields_that_new_rows_need_and_nothing_fills() -> None:
    form = importing.get("customers")
    assert mapping.unfilled(form, {"source_key": "a"}) == ["Name"]
    assert mapping.unfilled(form, {"source_key": "a", "last_name": "b"}) == []


# --- the command ------------------------------------------------------------------------------------------


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_records", "customers", str(FILES / "customers.csv"), "--check")
    assert (
        "3 new, 0 changed, 0 same, 0 refused (only checked, nothing was imported)" in capsys.readouterr().out
    )
    assert not Subject.objects.exists()
    call_command("import_records", "customers", str(FILES / "customers.csv"))
    assert Subject.objects.count() == 3
    bad = tmp_path / "people.csv"
    bad.write_bytes(
        people(["C-8", "Hal", "x"], ["C-9", "Ivy", ""], columns="source_key Wer email").getvalue()
    )
    with pytest.raises(SystemExit) as ended:
        call_command(
            "import_records",
            "customers",
            str(bad),
            "--mapping",
            "full_name=Wer",
            "--refused",
            str(tmp_path / "r.csv"),
        )
    assert ended.value.code == 1
    out = capsys.readouterr().out
    assert "1 new, 0 changed, 0 same, 1 refused" in out
    assert "row 2, email: 'x': Write one e-mail address" in out
    assert (tmp_path / "r.csv").read_bytes().startswith(b"\xef\xbb\xbfImport row")


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    for words, match in [
        (["cats", str(FILES / "customers.csv")], "no kind of record"),
        (["customers", str(tmp_path / "none.csv")], "There is no file"),
        (
            ["customers", str(FILES / "customers.csv"), "--files", str(tmp_path / "none")],
            "There is no folder",
        ),
        (["customers", str(FILES / "customers.csv"), "--mapping", "nose=x"], "no field 'nose'"),
    ]:
        with pytest.raises(CommandError, match=match) as error:
            call_command("import_records", *words)
        assert error.value.returncode == 2


def test_the_command_stores_sound_files_first(tmp_path: Path) -> None:
    bring_in(people(["C-1", "Alice", ""]))
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds" / "call-77.wav").write_bytes(b"RIFF")
    calls = tmp_path / "calls.csv"
    rows = [["1", "C-1", "2025-01-06", "call-77.wav"]]
    calls.write_bytes(table(*rows, columns="source_key customer recorded_at file").getvalue())
    for _ in range(2):
        call_command("import_records", "call-recordings", str(calls), "--files", str(tmp_path / "sounds"))
    assert CallRecording.objects.get().file.name == "recordings/call-77.wav"


# --- real workers -----------------------------------------------------------------------------------------


def _until(batch: ImportBatch, what: Callable[[ImportBatch], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        batch.refresh_from_db()
        if what(batch):
            return
        time.sleep(0.02)
    pytest.fail(f"The import stands at {batch.state} after {batch.rows_done} rows: {batch.error}")


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_is_followed_by_another(start_worker: Callable[..., Any]) -> None:
    rows = [[f"C-{n}", f"Person {n}", f"p{n}@example.com" if n % 1000 else "nowhere"] for n in range(1, 4001)]
    batch = importing.upload(file=people(*rows), kind="customers", by=None)
    importing.check(batch=batch, by=None, here=True)
    batch.refresh_from_db()
    first = start_worker(processes=1)
    importing.apply(batch=batch, by=None)
    _until(batch, lambda batch: batch.rows_done > 0)
    first.kill()
    batch.refresh_from_db()
    assert batch.state == State.APPLYING
    assert 0 < batch.rows_done < 4000
    assert Subject.objects.count() == batch.new  # whole chunks, counted as they stand
    ImportBatch.objects.update(claimed_until=timezone.now())  # the minute of the lease is over
    start_worker(processes=1)
    tasks.sweep_imports()
    _until(batch, lambda batch: batch.state == State.APPLIED)
    assert counts(batch) == (3996, 0, 0, 4)
    assert Subject.objects.count() == 3996
    assert [row["Import row"] for row in refused(batch)] == [str(1000 * n + 1) for n in range(1, 5)]
    importing.undo(batch=batch, by=None, here=True)
    assert not Subject.objects.exists()
