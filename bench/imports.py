"""Importing files of many rows: `python -m bench imports` (ROWS=10000,100000).

Each file is checked, imported, imported again (which must change nothing) and undone, in a process of its own.
`seconds` is the check and the import together; the limit is COPY of the same rows into the same tables with their
indexes, in the same run. Target: the process grows by less than 200 MB at 100,000 rows, and no more than a tenth
beyond what it grew at 10,000.
"""

from __future__ import annotations

import csv
import io
import os
import random
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench.measure import Result, in_child, peak_mb

ROWS = [int(number) for number in os.environ.get("ROWS", "10000,100000").split(",")]
PEOPLE_COLUMNS = (
    "source_key full_name email phone mobile job_title signed_up_on account_number account_name address_lines"
    " address_town address_postcode"
)
CALL_COLUMNS = "source_key customer started_at channel issue duration_s resolution status agent charge"


def run() -> Iterable[Result]:
    """Customers and support calls as CSV, support calls as XLSX too."""
    with tempfile.TemporaryDirectory() as folder:
        for rows in ROWS:
            people, calls = Path(folder, f"people-{rows}.csv"), Path(folder, f"calls-{rows}.csv")
            book = Path(folder, f"calls-{rows}.xlsx")
            _csv(people, PEOPLE_COLUMNS, _people(rows))
            _csv(calls, CALL_COLUMNS, _calls(rows))
            _xlsx(book, CALL_COLUMNS, _calls(rows))
            for kind, path in (("customers", people), ("support-calls", calls), ("support-calls", book)):
                found = in_child(_import, kind, str(path))
                limit = in_child(_copy, kind, rows)["copy"]
                more = {"what": f"{kind} {path.suffix[1:]}", **found["more"]}
                yield Result(rows, found["taken"], limit, found["peak_mb"], more)


def _people(rows: int) -> Iterator[list[Any]]:
    chance = random.Random(1)
    for n in range(rows):
        yield [
            f"BC-{n:07}",
            f"Person{chance.randrange(5000)} Family{chance.randrange(9000)}",
            f"person{n}@example.com",
            f"01632 {n % 1_000_000:06}",
            f"07700 {900_000 + n % 100_000}",
            "Manager",
            "2019-01-06",
            f"BA-{n // 3:07}",
            f"Firm {n // 3}",
            f"{n} High Street",
            "York",
            "YO1 7HH",
        ]


def _calls(rows: int) -> Iterator[list[Any]]:
    chance = random.Random(2)
    words = [
        "printer",
        "router",
        "will",
        "not",
        "start",
        "after",
        "the",
        "update",
        "please",
        "help",
        "invoice",
        "wrong",
        "password",
    ]
    for n in range(rows):
        issue = " ".join(chance.choices(words, k=25))
        row = [
            f"BS-{n:07}",
            f"BX-{n % 100:03}",
            f"2024-{n % 12 + 1:02}-{n % 28 + 1:02} 10:{n % 60:02}",
            "phone",
            issue,
        ]
        yield [*row, n % 3600, " ".join(chance.choices(words, k=15)), "resolved", "Sam", "12.50"]


def _csv(path: Path, columns: str, rows: Iterable[list[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns.split())
        writer.writerows(rows)


def _xlsx(path: Path, columns: str, rows: Iterable[list[Any]]) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Rows")
    sheet.append(columns.split())
    for row in rows:
        sheet.append(row)
    book.save(path)


def _owners() -> dict[str, Any]:
    """The hundred people whose calls are imported."""
    from subjects.models import Subject

    rows = [Subject(source_key=f"BX-{n:03}", full_name=f"Owner {n}") for n in range(100)]
    Subject.objects.bulk_create(rows, ignore_conflicts=True)
    return dict(Subject.objects.filter(source_key__startswith="BX-").values_list("source_key", "pk"))


def _empty() -> None:
    """Nothing left of an earlier run."""
    from subjects.models import Account, Address, Identifier, ImportBatch, ImportChange, Subject, SupportCall

    ImportChange.objects.all().delete()
    ImportBatch.objects.all().delete()
    SupportCall.objects.filter(source_key__startswith="BS-").delete()
    people = Subject.objects.filter(source_key__startswith="B")
    Address.objects.filter(subject__in=people).delete()
    Identifier.objects.filter(subject__in=people).delete()
    people.delete()
    Account.objects.filter(number__startswith="BA-").delete()


def _import(kind: str, path: str) -> dict[str, Any]:
    """In a child: the whole life of an import. "taken" is the check and the import."""
    from subjects import importing

    _empty()
    _owners()
    before = peak_mb()
    with open(path, "rb") as file:
        batch = importing.upload(file=file, kind=kind, by=None)
    times = {}
    cpu = time.process_time()
    for verb in ("check", "apply"):
        started = time.perf_counter()
        batch = getattr(importing, verb)(batch=batch, by=None, here=True)
        times[verb] = time.perf_counter() - started
    times["cpu"] = time.process_time() - cpu  # of this process alone: what a busy machine does not blur
    if batch.refused or batch.state != "applied":
        raise SystemExit(f"The import went wrong: {batch.state} {batch.error} {batch.refused} refused")
    with open(path, "rb") as file:
        again = importing.upload(file=file, kind=kind, by=None)
    started = time.perf_counter()
    importing.check(batch=again, by=None, here=True)
    again.refresh_from_db()
    again = importing.apply(batch=again, by=None, here=True)
    times["again"] = time.perf_counter() - started
    if (again.new, again.changed, again.same) != (0, 0, batch.new):
        raise SystemExit("The second import changed something.")
    started = time.perf_counter()
    importing.undo(batch=batch, by=None, here=True)
    times["undo"] = time.perf_counter() - started
    more = {name: round(seconds, 2) for name, seconds in times.items()}
    return {
        "taken": times["check"] + times["apply"],
        "more": {**more, "grown_mb": round(peak_mb() - before, 1)},
    }


def _copy(kind: str, rows: int) -> dict[str, Any]:
    """In a child: the same rows by COPY, in a transaction that is rolled back."""
    from django.db import connection, transaction

    _empty()
    owners = _owners()
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if kind == "customers":
        import uuid

        for n, row in enumerate(_people(rows)):
            writer.writerow([uuid.uuid4(), f"B-{n}", *row[:7], "", "", "", "2025-01-01"])
        table = "subjects_subject (id, reference, source_key, full_name, email, phone, mobile, job_title,"
        table += " signed_up_on, second_email, portal_login, staff_note, created_at)"
    else:
        for row in _calls(rows):
            writer.writerow([row[0], owners[row[1]], *row[2:], ""])
        table = "subjects_supportcall (source_key, subject_id, started_at, channel, issue, duration_s, resolution,"
        table += " status, agent, charge, staff_note)"
    text.seek(0)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        started = time.perf_counter()
        force = "FORCE_NOT_NULL (second_email, portal_login, staff_note)" if kind == "customers" else ""
        force = force or "FORCE_NOT_NULL (staff_note)"
        cursor.copy_expert(f"COPY {table} FROM STDIN WITH (FORMAT csv, {force})", text)
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    return {"copy": seconds}
