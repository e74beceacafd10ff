"""Filling a schema of its own with the rows of `rows`; the search path then puts it in front of the real tables.

Filled and vacuumed before it is measured, as a database is that has been running for a while.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.find import words_of_names
from bench.pile import rows

SAMPLE = 1_000  # requests, and people, that lie in both sizes
STAFF = tuple(range(900_001, 900_007))  # who own requests; the page's own DPO is the first
TABLES = ("subjects_subject", "requests_sar_case", "requests_sar_package", "requests_sar_complaint")
TABLES += ("requests_sar_extension", "requests_sar_question")


@contextmanager
def filled(sizes: dict[str, tuple[int, int]]) -> Iterator[None]:
    """A schema for each name, with so many requests of so many people; dropped afterwards."""
    try:
        for schema, (cases, people) in sizes.items():
            _fill(schema, cases, people)
        yield
    finally:
        for schema in sizes:
            _run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        look_at("public")


def look_at(schemas: str) -> None:
    """Whose tables the next queries read."""
    _run(f"SET search_path TO {schemas}")


def _run(sql: str, values: Any = None) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def _fill(schema: str, cases: int, people: int) -> None:
    """Tables without indexes, their rows, then the indexes: quicker than keeping these up row by row."""
    from django.db import transaction

    started = time.perf_counter()
    with transaction.atomic():
        _run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        _run(f"CREATE SCHEMA {schema}")
        for table in TABLES:
            _run(f"CREATE TABLE {schema}.{table} (LIKE public.{table} INCLUDING ALL EXCLUDING INDEXES)")
        look_at(f"{schema}, public")
        _run("SET LOCAL maintenance_work_mem = '256MB'")
        _run("SELECT setseed(0.5)")
        _people(people)
        _found_by(schema)
        like = _example()
        for number, (first, last, made) in enumerate(
            ((1, SAMPLE, rows.SAMPLE), (SAMPLE + 1, cases, rows.PILE))
        ):
            _requests(like, made, {"first": first, "last": last, "people": people if number else SAMPLE})
        _indexes(schema)
        _forget(like)
    _run(f"VACUUM ANALYZE {', '.join(f'{schema}.{table}' for table in TABLES)}")
    seconds = time.perf_counter() - started
    print(f"{cases:,} requests of {people:,} people are there after {seconds:.0f} s", file=sys.stderr)


def _people(people: int) -> None:
    given, family = words_of_names()
    lists = {"given": given, "givens": len(given), "family": family, "families": len(family)}
    _run(rows.SUBJECTS, {**lists, "first": 1, "last": people})
    _run("ALTER TABLE subjects_subject ADD PRIMARY KEY (id)")
    _run("ANALYZE subjects_subject")


def _requests(like: Any, made: str, values: dict[str, int]) -> None:
    """The requests of one part, and what lies beside them."""
    from requests_sar.models import Case, Complaint, Extension, Package, Question

    _run("DROP TABLE IF EXISTS noted")
    _run(rows.NOTED.replace("{rows}", made), values)
    _copy(Case, like, rows.CASES, {**values, "staff": [*STAFF, None]})
    for model, row, made_rows in (
        (Package, like.packages.get(), rows.PACKAGES),
        (Complaint, like.complaint, rows.COMPLAINTS),
        (Extension, like.extension, rows.EXTENSIONS),
        (Question, like.questions.get(), rows.QUESTIONS),
    ):
        _copy(model, row, made_rows, {})


def _copy(model: Any, like: Any, made: str, values: dict[str, Any]) -> None:
    """Insert the rows `made`; the columns that these do not have are those of `like`."""
    table, key = model._meta.db_table, model._meta.pk.column
    made = made.replace("{key}", f"nextval(pg_get_serial_sequence('{table}', '{key}'))")
    _run(
        f"INSERT INTO {table} SELECT filled.* FROM {table} AS example, ({made}) AS made, "
        "LATERAL jsonb_populate_record(example, to_jsonb(made)) AS filled WHERE example.id = %(like)s",
        {**values, "like": like.pk},
    )


def _example() -> Any:
    """One request with one row of each kind beside it."""
    from django.utils import timezone

    from requests_sar.models import Case, Complaint, Extension, Package, Question
    from requests_sar.rights import Right
    from subjects.models import Subject

    today = timezone.localdate()
    case = Case.objects.create(right=Right.ACCESS, received_on=today)
    Package.objects.create(case=case, subject=Subject.objects.all()[0], purpose="bench", attempts=1)
    Complaint.objects.create(case=case, reply_how="email", acknowledge_by=today)
    Extension.objects.create(case=case, ground="complex", reason="Many records.", told_on=today)
    Question.objects.create(case=case, category="which", text="Which of it?", asked_on=today, pauses=True)
    return case


def _forget(case: Any) -> None:
    for table in TABLES[2:]:
        _run(f"DELETE FROM {table} WHERE case_id = %s", [case.pk])
    _run("DELETE FROM requests_sar_case WHERE id = %s", [case.pk])


def _found_by(schema: str) -> None:
    """The trigger that keeps what the search looks in, as the real table has it."""
    ((trigger,),) = _run(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger "
        "WHERE tgrelid = 'public.requests_sar_case'::regclass AND tgname LIKE 'pgtrigger_found_by%'"
    )
    _run(trigger.replace(" ON public.", f" ON {schema}."))


def _indexes(schema: str) -> None:
    """The indexes of the real tables."""
    made = _run(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%s) "
        "AND indexname <> 'subjects_subject_pkey'",
        [list(TABLES)],
    )
    for (definition,) in made:
        _run(definition.replace(" ON public.", f" ON {schema}."))
