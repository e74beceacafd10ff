"""What a page of the queue costs among very many requests: `make bench WHAT=queue` (CASES=100000 PEOPLE=1000000).

Each tab, each kind of search, each filter and each figure of the report, as the whole page that staff get: first with
1,000 requests of 1,000 people, then with all of them, in one run. The limit is one and a half times the time with
1,000; the number of queries must be the same and at most 30. The table names the address, both times and the queries.

In both sizes a third of the requests is open, so that the first page is full in both: what grows is the pile behind it.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from bench.find import words_of_names
from bench.measure import Result, peak_mb

SMALL = 1_000
CASES = int(os.environ.get("CASES", "100000"))
PEOPLE = int(os.environ.get("PEOPLE", "1000000"))
RUNS = int(os.environ.get("RUNS", "9"))
MOST_QUERIES = 30
STAFF = 6

SUBJECTS = """
INSERT INTO subjects_subject (id, reference, source_key, full_name, email, second_email, phone, mobile,
                              job_title, portal_login, staff_note, created_at)
SELECT md5('person' || i)::uuid, 'Q-' || i, 'K' || lpad(i::text, 7, '0'),
       (%(given)s)[1 + floor(power(random(), 2) * %(givens)s)] || ' ' ||
       (%(family)s)[1 + floor(power(random(), 2) * %(families)s)],
       'person' || i || '@example.com', '', '+447' || lpad((i::bigint * 7919 %% 1000000000)::text, 9, '0'),
       '', '', '', '', now()
FROM generate_series(%(first)s, %(last)s) AS i;
"""
# A third is open; of these a tenth is late and a tenth stopped. Open ones came within five weeks, others in six years.
CASES_ROWS = """
SELECT md5('case' || i)::uuid AS id, 'DP-' || substr(letters, 1, 4) || '-' || substr(letters, 5, 4) AS reference,
    (ARRAY['access','access','access','rectification','erasure','restriction','portability','objection','complaint'])
        [1 + mixed / 6 %% 9] AS right,
    state, (ARRAY['portal','portal','portal','phone','letter','email'])[1 + mixed %% 6] AS channel,
    received AS received_on, received::timestamptz AS received_at,
    CASE WHEN NOT stopped THEN received END AS clock_start_on, CASE WHEN NOT stopped THEN received + 30 END AS due_on,
    CASE WHEN stopped THEN 'paused' ELSE 'running' END AS clock, CASE WHEN stopped THEN received + 2 END AS stopped_on,
    s.full_name AS requester_name, s.email AS requester_email, s.source_key AS customer_number,
    'Everything you have about me, please, and where you have it from.' AS words,
    s.id AS subject_id, 'code' AS proof, received::timestamptz AS verified_at,
    (%(staff)s)[1 + mixed / 54 %% 7] AS owner_id,
    CASE WHEN state = 'review' AND mixed %% 5 < 2 THEN now() END AS reviewed_at,
    CASE WHEN over AND state <> 'withdrawn' THEN answered END AS answered_at,
    CASE WHEN over AND state <> 'released' THEN answered END AS closed_at,
    CASE WHEN mixed / 378 %% 50 = 0 THEN now() END AS customer_wrote_at
FROM (
    SELECT *, received + (15 + mixed / 7 %% 20) * interval '1 day' AS answered
    FROM (
        SELECT i, lpad(upper(to_hex(i::bigint * 2654435761 %% 4294967296)), 8, '0') AS letters, NOT open AS over,
            (i::bigint * 48271 %% 2147483647)::int AS mixed,
            open AND i %% 30 = 3 AS stopped,
            CASE WHEN open THEN (ARRAY['triage','verifying','collecting','review','triage'])[1 + (i / 3) %% 5]
                 WHEN i %% 20 = 1 THEN 'released'
                 ELSE (ARRAY['closed','closed','closed','refused','referred','withdrawn'])[1 + i / 3 %% 6] END AS state,
            current_date - CASE WHEN open THEN i / 3 * 7 %% 40 ELSE (40 + i::bigint * 7919 %% 2100)::int END AS received
        FROM (SELECT i, i %% 3 = 0 AS open FROM generate_series(%(first)s, %(last)s) AS i) AS numbers
    ) AS dated
) AS made
JOIN subjects_subject AS s ON s.id = md5('person' || 1 + (i::bigint * 7919 %% %(people)s))::uuid
"""
PACKAGES = """
SELECT md5('package' || c.id)::uuid AS id, c.id AS case_id, c.subject_id, 900 AS rows_total, 400 AS rows_done,
    CASE c.state WHEN 'collecting' THEN 'running' WHEN 'closed' THEN 'destroyed' ELSE 'ready' END AS state,
    now() + interval '20 days' AS expires_at,
    CASE WHEN c.state = 'released' AND substr(c.id::text, 1, 1) = '0' THEN now() END AS locked_at
FROM new_cases AS c WHERE c.state IN ('collecting', 'review', 'released', 'closed')
"""
COMPLAINTS = """
SELECT {key} AS id, c.id AS case_id,
    CASE WHEN c.state NOT IN ('triage', 'review') OR substr(c.id::text, 2, 1) < 'b' THEN now() END AS acknowledged_at
FROM new_cases AS c WHERE c.right = 'complaint'
"""
EXTENSIONS = "SELECT {key} AS id, c.id AS case_id FROM new_cases AS c WHERE substr(c.id::text, 1, 1) = '1'"
QUESTIONS = "SELECT {key} AS id, c.id AS case_id FROM new_cases AS c WHERE c.clock = 'paused'"
TABLES = ("subjects_subject", "requests_sar_case", "requests_sar_package", "requests_sar_complaint")
TABLES += ("requests_sar_extension", "requests_sar_question")


def run() -> Iterable[Result]:
    """Every kind of page at both sizes, in a transaction that is rolled back.

    Both are there at once (the small one in a schema of its own, which the search path puts in front) and take turns,
    so that whatever else the machine does falls on both.
    """
    from django.db import connection, transaction

    with transaction.atomic():
        client, staff = _staff()
        _fill(1, SMALL, 1, SMALL, staff)
        _keep_small()
        _fill(SMALL + 1, CASES, SMALL + 1, PEOPLE, staff)
        for what, parameters in pages():
            yield _compared(client, what, parameters)
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {', '.join(TABLES)}")


def _keep_small() -> None:
    """A copy of the small tables, indexes and all, in the schema `small`."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA small")
        for table in TABLES:
            cursor.execute(f"CREATE TABLE small.{table} (LIKE public.{table} INCLUDING ALL)")
            cursor.execute(f"INSERT INTO small.{table} OVERRIDING SYSTEM VALUE SELECT * FROM public.{table}")
            cursor.execute(f"ANALYZE small.{table}")


def _look_at(schemas: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL search_path TO {schemas}")


def _staff() -> tuple[Any, list[int]]:
    """A browser signed in as the DPO, and the numbers of the colleagues who own requests."""
    from django.test import Client

    from portal.accounts.models import Role, User

    people = [
        User.objects.create_user(f"bench{number}@example.org", None, role=Role.DPO, name=f"Officer {number}")
        for number in range(STAFF)
    ]
    client = Client(headers={"host": "localhost"})
    client.force_login(people[0])
    return client, [person.pk for person in people]


def _fill(first: int, last: int, first_person: int, last_person: int, staff: list[int]) -> None:
    """Rows made by the database itself; a column that is not named has the value of one row made in the usual way."""
    from django.db import connection

    from requests_sar.models import Case, Complaint, Extension, Package, Question

    given, family = words_of_names()
    lists = {"given": given, "givens": len(given), "family": family, "families": len(family)}
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # an index cannot be made while rows wait to be checked
        cursor.execute(SUBJECTS, {**lists, "first": first_person, "last": last_person})
        cursor.execute("ANALYZE subjects_subject")
        case = _example()
        values = {"first": first, "last": last, "people": last_person, "staff": [*staff, None]}
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'case_trigram' AND schemaname = 'public'"
        )
        (trigrams,) = cursor.fetchone()
        cursor.execute(
            "DROP INDEX public.case_trigram"
        )  # making it once is quicker than keeping it row by row
        _copy(cursor, Case, case, CASES_ROWS, values)
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute(trigrams)
        cursor.execute("DROP TABLE IF EXISTS new_cases")
        cursor.execute(
            'CREATE TEMP TABLE new_cases AS SELECT id, subject_id, state, "right", clock FROM requests_sar_case AS c '
            "WHERE c.id IN (SELECT md5('case' || i)::uuid FROM generate_series(%s, %s) AS i)",
            [first, last],
        )
        for model, row, rows in (
            (Package, case.packages.get(), PACKAGES),
            (Complaint, case.complaint, COMPLAINTS),
            (Extension, case.extension, EXTENSIONS),
            (Question, case.questions.get(), QUESTIONS),
        ):
            _copy(cursor, model, row, rows, {})
        _forget(case)
        cursor.execute(f"ANALYZE {', '.join(TABLES)}")
    seconds = time.perf_counter() - started
    print(f"{last:,} requests of {last_person:,} people are there after {seconds:.0f} s", file=sys.stderr)


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


def _copy(cursor: Any, model: Any, like: Any, rows: str, values: dict[str, Any]) -> None:
    """Insert `rows` (a query of some columns); the other columns are those of `like`."""
    table, key = model._meta.db_table, model._meta.pk.column
    rows = rows.replace("{key}", f"nextval(pg_get_serial_sequence('{table}', '{key}'))")
    cursor.execute(
        f"INSERT INTO {table} SELECT filled.* FROM {table} AS example, ({rows}) AS made, "
        "LATERAL jsonb_populate_record(example, to_jsonb(made)) AS filled WHERE example.id = %(like)s",
        {**values, "like": like.pk},
    )


def _forget(case: Any) -> None:
    case.packages.all().delete()
    case.delete()


# --- the pages ---------------------------------------------------------------------------------------------------

SEARCHES = (
    ("a reference's beginning", "dp-a"),
    ("a whole name", "john smith"),
    ("a common name", "smith"),
    ("a part of a name", "mit"),
    ("a name nobody has", "zyxwvut"),
    ("an address", "person77@example.com"),
    ("the beginning of an address", "person77"),
    ("what every address has", "example"),
    ("a customer number", "k0000077"),
    ("a person's reference", "q-77"),
    ("two letters", "jo"),
    ("one letter", "j"),
    ("a name and an address", "smith person7"),
)


def pages() -> Iterator[tuple[str, dict[str, str]]]:
    """What is measured: words for it, and the address (a search text under "text" goes by the search box)."""
    import datetime as dt

    from django.utils import timezone

    from portal.accounts.models import User
    from requests_sar import figures
    from requests_sar.admin import tabs

    today = timezone.localdate()
    year = {"received_from": f"{today - dt.timedelta(days=365)}", "received_to": f"{today}"}
    month = {
        "received_from": f"{today - dt.timedelta(days=430)}",
        "received_to": f"{today - dt.timedelta(days=400)}",
    }
    answered = {
        "answered_from": f"{today - dt.timedelta(days=430)}",
        "answered_to": f"{today - dt.timedelta(days=400)}",
    }
    yield "the queue", {}
    for tab in tabs.TABS:
        yield f"tab {tab.title}", {"tab": tab.key}
    yield "tab All, last page", {"tab": "all", "p": "last"}
    yield "tab All, by due date", {"tab": "all", "o": "4"}
    for what, text in SEARCHES:
        yield f"search: {what}", {"text": text}
    for name, value in (
        ("right__exact", "complaint"),
        ("state__exact", "review"),
        ("channel__exact", "letter"),
        ("owner", "me"),
        ("owner", "nobody"),
        ("owner", str(User.objects.order_by("-pk").values_list("pk", flat=True).first())),
        ("due", "late"),
        ("due", "7"),
        ("clock", "paused"),
        ("clock", "silent"),
    ):
        yield f"filter {name.removesuffix('__exact')} {value}", {"tab": "all", name: value}
    for figure in figures.FIGURES:
        yield f"figure of a year: {figure.title}", {"tab": "all", "figure": figure.key, **year}
    for key in ("all", "in-time", "late", "refused"):
        yield f"figure of an old month: {key}", {"tab": "all", "figure": key, **month}
    yield (
        "figure of a month's answers",
        {"tab": "all", "right__exact": "access", "figure": "late", **answered},
    )


SIZES = {"small": "small, public", "large": "public"}


def _compared(client: Any, what: str, parameters: dict[str, str]) -> Result:
    """One page at both sizes by turns: the quickest of some runs (other work only ever adds), and its queries."""
    times: dict[str, list[float]] = {size: [] for size in SIZES}
    queries, addresses = {}, {}
    for size, schemas in SIZES.items():
        _look_at(schemas)
        addresses[size] = _address(client, parameters)
        queries[size] = _queries(client, what, addresses[size])
    for _ in range(RUNS):
        for size, schemas in SIZES.items():
            _look_at(schemas)
            started = time.perf_counter()
            client.get(addresses[size])
            times[size].append(time.perf_counter() - started)
    _look_at(SIZES["large"])
    small = min(times["small"])
    more = {
        "with_1000": round(small, 4),
        "queries": queries["large"],
        "queries_1000": queries["small"],
        "what": what,
    }
    return Result(CASES, min(times["large"]), 1.5 * small, peak_mb(), more)


def _address(client: Any, parameters: dict[str, str]) -> str:
    """The address of a page; a search text is typed into the search box, the last page looked up."""
    from django.urls import reverse

    from requests_sar.admin import CaseAdmin, capped
    from requests_sar.models import Case

    queue, query = reverse("admin:requests_sar_case_changelist"), dict(parameters)
    if "text" in query:
        return str(client.post(reverse("admin:case_search"), {"text": query["text"]})["Location"])
    if query.get("p") == "last":
        query["p"] = str(math.ceil(min(Case.objects.count(), capped.COUNTED) / CaseAdmin.list_per_page))
    return f"{queue}?{urlencode(query)}"


def _queries(client: Any, what: str, address: str) -> int:
    """How many queries the page asks. Raises AssertionError when they are too many, or the page does not come."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as caught:
        response = client.get(address)
    assert response.status_code == 200, (what, response.status_code)
    assert 0 < len(caught) <= MOST_QUERIES, (what, len(caught))
    return len(caught)
