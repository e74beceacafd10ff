"""What disposing of records costs, from the plan to the certificates: `make bench WHAT=retention` (ROWS=1000000).

1,000,000 records of which 200,000 are due: planned, approved, looked at for holds, done, certified, journalled. The
limit is one bare SQL statement, committed, that does the same to the same rows in the same run (it leaves out those of
people with a claim, and nothing else). Targets: anonymising at most 1.6 times, deleting at most 4 times; erasing one
person with 100,000 records at most 4 times; and the same number of due records in ten times the table at most 1.5
times. The plan of the query that finds what is due is printed. Where the due rows lie decides what the bare statement
costs: spread over the whole table, or at its beginning, as in one that only grows with time. Deleting is measured both
ways; ten times the table is one that has grown.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from bench.measure import Result, in_child, peak_mb

ROWS = int(os.environ.get("ROWS", "1000000"))
OF_ONE = int(os.environ.get("OF_ONE", "100000"))
PEOPLE = 20_000
SPREAD, FIRST = "i %% %(every)s = 0", "i <= %(rows)s / %(every)s"  # where the due rows lie
EMPTY = (
    "subjects_invoice, subjects_webvisit, subjects_identifier, retention_batch, retention_chunk, retention_scrap, "
    "retention_hold, retention_line, retention_disposal, retention_journalentry, subjects_restriction, subjects_subject"
)

SUBJECTS = """
INSERT INTO subjects_subject (id, reference, source_key, full_name, email, second_email, phone, mobile,
                              job_title, portal_login, staff_note, created_at)
SELECT md5('person' || i)::uuid, 'R-' || i, 'K' || i, 'Person ' || i, 'p' || i || '@example.com', '', '', '',
       '', '', '', now() FROM generate_series(1, %(people)s) AS i;
INSERT INTO retention_hold (id, subject_id, kind, reference, datasets, reason, placed_at, placed_by, released_by,
                            why_released)
SELECT gen_random_uuid(), md5('person' || i)::uuid, 'legal', 'Claim ' || i, '[]', '', now(), '', '', ''
FROM generate_series(1, %(people)s, 1000) AS i;
"""
INVOICES = """
INSERT INTO subjects_invoice (subject_id, source_key, number, issued_on, due_on, paid_on, description, net, vat, total,
                              status, billed_name, billed_address)
SELECT md5('person' || 1 + i %% %(people)s)::uuid, 'I-' || i, 'N-' || i, day, day + 14, day + 10, 'Support', 100, 20,
       120, 'paid', 'Person ' || i, '1 Harbour Road, Bristol BS1 4XX'
FROM (SELECT i, CASE WHEN {due} THEN DATE '2015-01-01' + i %% 900
                     ELSE DATE '2024-01-01' + i %% 600 END AS day FROM generate_series(1, %(rows)s) AS i) AS dated;
"""
VISITS = """
INSERT INTO subjects_webvisit (subject_id, source_key, at, ip, service, action, browser)
SELECT md5('person' || 1 + i %% %(people)s)::uuid, 'V-' || i, now() - CASE WHEN {due}
       THEN interval '500 days' ELSE interval '20 days' END, '203.0.113.9', 'Office 365', 'sign in', 'Firefox 140'
FROM generate_series(1, %(rows)s) AS i;
"""
ANONYMISE = """
UPDATE subjects_invoice SET subject_id = NULL, account_id = NULL, source_key = 'x-' || gen_random_uuid(), number = '',
       description = '', billed_name = '', billed_address = ''
WHERE subject_id IS NOT NULL AND issued_on < %s AND (paid_on IS NULL OR paid_on < %s)
"""
DELETE = "DELETE FROM subjects_webvisit WHERE at < %s"
NOT_HELD = """
AND NOT EXISTS (SELECT FROM retention_hold AS hold
                WHERE hold.subject_id = {}.subject_id AND hold.kind = 'legal' AND hold.released_at IS NULL)
"""
OF_ONE_INVOICES = ANONYMISE.replace("issued_on < %s AND (paid_on IS NULL OR paid_on < %s)", "subject_id = %s")
OF_ONE_VISITS = "DELETE FROM subjects_webvisit WHERE subject_id = %s"


def run() -> Iterable[Result]:
    """Anonymising, deleting, one person, and ten times the table."""
    for what, lie in (("invoices", SPREAD), ("web-visits", SPREAD), ("web-visits", FIRST)):
        yield _measured(_everybody, what, ROWS, 5, lie)
    yield _measured(_one_person, OF_ONE)
    few = [
        _measured(_everybody, "web-visits", rows, every, FIRST)
        for rows, every in ((ROWS // 10, 5), (ROWS, 50))
    ]
    more = {
        "what": "ten times the table, as many due",
        "bare_ratio": round(
            few[1].limit_seconds / few[0].limit_seconds, 2
        ),  # what it costs the bare statement
    }
    yield Result(ROWS, few[1].seconds, few[0].seconds, few[1].peak_mb, more)


def _measured(work: Callable[..., dict[str, Any]], *args: Any) -> Result:
    found = in_child(work, *args)
    return Result(found["n"], found["took"], found["bare"], found["peak_mb"], found["more"])


def _everybody(kind: str, rows: int, every: int, lie: str) -> dict[str, Any]:
    """A run over everybody, of one kind."""
    from django.utils import timezone

    from portal.register import store
    from retention import due, running, schedule
    from subjects import datamap

    _fill(rows, every, lie, kinds=[kind])
    dataset, today = datamap.get(kind), timezone.localdate()
    (each,) = due.of(dataset, today)
    print(each.rows.explain(), file=sys.stderr)
    cutoff = schedule.last_due(
        today, each.rule, accounting_year_end=store.current().controller.accounting_year_end
    )
    assert cutoff is not None
    after = cutoff + dt.timedelta(days=1)
    if kind == "invoices":
        bare, count = _bare([(ANONYMISE + NOT_HELD.format("subjects_invoice"), [after, after])])
    else:
        bare, count = _bare([(DELETE + NOT_HELD.format("subjects_webvisit"), [after])])
    _fill(rows, every, lie, kinds=[kind])  # the same rows once more
    before = peak_mb()
    started = time.perf_counter()
    plan = running.plan(by=None, kinds=[kind])
    planned = time.perf_counter() - started
    running.approve(run=plan, by=None)
    _work(plan)
    took = time.perf_counter() - started
    return _told(
        plan,
        rows,
        took,
        bare,
        before,
        count,
        what=f"{each.action} of {kind}, due ones {'spread' if lie == SPREAD else 'first'}",
        plan_s=round(planned, 2),
    )


def _one_person(records: int) -> dict[str, Any]:
    """The erasure of one person who has that many records, half of them to anonymise and half to delete."""
    from retention import disposal
    from retention.models import Hold
    from subjects.models import Subject

    def person() -> Subject:
        _fill(records // 2, 1, SPREAD, people=1, kinds=["invoices", "web-visits"])
        Hold.objects.all().delete()
        return Subject.objects.get(reference="R-1")

    subject = person()
    bare, count = _bare([(OF_ONE_INVOICES, [subject.pk]), (OF_ONE_VISITS, [subject.pk])])
    subject = person()
    before, started = peak_mb(), time.perf_counter()
    plan = disposal.draft(subject=subject, reference="BENCH", by=None)
    plan = disposal.freeze(disposal=plan, by=None)
    disposal.start(disposal=plan, by=None)
    _work(plan)
    took = time.perf_counter() - started
    # The person is one record more, whose name goes.
    return _told(plan, records, took, bare, before, count + 1, what="erasure of one person")


def _work(plan: Any) -> None:
    from retention import working

    lease = working.claim(plan.pk)
    assert lease is not None
    working.run(lease)
    plan.refresh_from_db()
    assert plan.state == "done", plan.error


def _told(
    plan: Any, rows: int, took: float, bare: float, before: float, count: int, **more: Any
) -> dict[str, Any]:
    from django.db.models import Sum

    from retention.models import Batch

    certified = Batch.objects.filter(run=plan.reference).aggregate(n=Sum("records"))["n"]
    assert certified == count, (certified, count)  # the same rows
    held = sum(line.records for line in plan.lines.all() if line.cause == "held")
    more |= {"certified": certified, "held": held, "grew_mb": round(peak_mb() - before, 1)}
    return {"n": rows, "took": took, "bare": bare, "more": more}


def _fill(rows: int, every: int, lie: str, *, people: int = PEOPLE, kinds: list[str]) -> None:
    from django.db import connection

    values = {"rows": rows, "every": every, "people": people}
    with connection.cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica"
        )  # certificates of an earlier size may go here
        cursor.execute(f"TRUNCATE {EMPTY} CASCADE")
        cursor.execute(SUBJECTS, values)
        if "invoices" in kinds:
            cursor.execute(INVOICES.format(due=lie), values)
        if "web-visits" in kinds:
            cursor.execute(VISITS.format(due=lie), values)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE subjects_subject, subjects_invoice, subjects_webvisit, retention_hold")
        cursor.execute("CHECKPOINT")


def _bare(statements: list[tuple[str, list[Any]]]) -> tuple[float, int]:
    """The seconds of the bare statements, with their commit (until all is on the disk), and how many rows they met."""
    from django.db import connection, transaction

    started, count = time.perf_counter(), 0
    with transaction.atomic(), connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)
            count += cursor.rowcount
    return time.perf_counter() - started, count
