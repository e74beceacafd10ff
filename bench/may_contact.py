"""Whether 10,000 may be contacted, at once: `python -m bench may_contact` (PEOPLE=200000).

The limit is one SQL statement that joins the same addresses with the same tables and brings back the rows, in the
same run. Target: at most three times as long, with a number of queries that does not grow with the addresses.
"""

from __future__ import annotations

import hmac
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bench.measure import Result, peak_mb

PEOPLE = int(os.environ.get("PEOPLE", "200000"))
SIZES = (1, 100, 1_000, 10_000)
FILL = """
INSERT INTO subjects_subject (id, reference, source_key, full_name, email, second_email, phone, mobile,
                              job_title, portal_login, staff_note, created_at)
SELECT gen_random_uuid(), 'X-' || i, lpad(i::text, 7, '0'), 'Person ' || i, 'person' || i || '@example.com', '',
       '+447' || lpad((i::bigint * 7919 %% 1000000000)::text, 9, '0'), '', '', '', '', now()
FROM generate_series(1, %(people)s) AS i;
INSERT INTO subjects_identifier (subject_id, kind, value)
SELECT id, kind, value FROM subjects_subject,
       LATERAL (VALUES ('email', email), ('phone', phone), ('number', source_key)) AS key (kind, value)
WHERE reference LIKE 'X-%%';
INSERT INTO consent_consentevent (subject_id, address, purpose, channel, act, how, evidence, happened_at, recorded_at)
SELECT id, '', 'marketing', 'email', CASE WHEN number %% 5 = 0 THEN 'withdrawn' ELSE 'given' END,
       'page', '', now(), now()
FROM (SELECT id, substr(reference, 3)::int AS number FROM subjects_subject WHERE reference LIKE 'X-%%') AS own
WHERE number %% 3 > 0;
"""
RAW = """
SELECT wanted.place, flag.act, flag.happened_at, paused.scope, listed.id
FROM unnest(%(forms)s::text[], %(codes)s::text[]) WITH ORDINALITY AS wanted (form, code, place)
LEFT JOIN subjects_identifier AS key ON key.kind = 'email' AND key.value = wanted.form
LEFT JOIN consent_consentflag AS flag
       ON flag.subject_id = key.subject_id AND flag.purpose = 'marketing' AND flag.channel = 'email'
LEFT JOIN consent_consentflag AS alone
       ON alone.subject_id IS NULL AND alone.address = wanted.form
      AND alone.purpose = 'marketing' AND alone.channel = 'email'
LEFT JOIN subjects_restriction AS paused ON paused.subject_id = key.subject_id AND paused.lifted_at IS NULL
LEFT JOIN consent_suppression AS listed
       ON listed.digest = wanted.code AND listed.channel = 'email' AND listed.lifted_at IS NULL
      AND listed.purpose IN ('marketing', '')
ORDER BY wanted.place
"""


def run() -> Iterable[Result]:
    """Each size, in a transaction that is rolled back: the database is left as it was."""
    from django.db import connection, transaction

    with transaction.atomic():
        _fill()
        yield from _measure()
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM subjects_identifier, subjects_subject, consent_consentevent, consent_consentflag"
        )


def _fill() -> None:
    from django.db import connection

    from consent import suppression

    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"people": PEOPLE})
    stopped = [f"person{number}@example.com" for number in range(5, PEOPLE, 5)]
    suppression.add(stopped, by=None, purpose="marketing")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE subjects_subject; ANALYZE subjects_identifier; ANALYZE consent_consentflag")
        cursor.execute("ANALYZE consent_suppression; ANALYZE subjects_restriction")
    print(f"{PEOPLE:,} people filled in within {time.perf_counter() - started:.0f} s", file=sys.stderr)


def _measure() -> Iterator[Result]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from consent import contacting

    for size in SIZES:
        # Every second one is known, spread over all of them.
        step = max(1, PEOPLE * 2 // max(size, 2))
        asked = [f"person{1 + number * step % (PEOPLE * 2)}@example.com" for number in range(size)]
        with CaptureQueriesContext(connection) as captured:
            found = contacting.of_addresses(asked, "marketing", "email")
        raw = {"forms": asked, "codes": [_code(each) for each in asked]}
        limit = _seconds(lambda raw=raw: _raw(raw))
        seconds = _seconds(lambda asked=asked: contacting.of_addresses(asked, "marketing", "email"))
        allowed = sum(each.allowed for each in found)
        yield Result(size, seconds, limit, peak_mb(), {"yes": allowed, "queries": len(captured)})


def _raw(raw: dict[str, Any]) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(RAW, raw)
        return list(cursor.fetchall())


def _code(form: str) -> str:
    from django.conf import settings

    return hmac.digest(settings.DIGEST_KEY, f"suppression:{form}".encode(), "sha256").hex()


def _seconds(act: Callable[[], Any]) -> float:
    """The median of five runs."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
