"""How long a search for a person takes among very many: `python -m bench find` (PEOPLE=1000000).

The limit is the time of fetching one row by its key, measured in the same run. Target: half a second for the
slowest search among a million people.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bench.measure import Result, peak_mb

PEOPLE = int(os.environ.get("PEOPLE", "1000000"))
SEARCHES = (
    ("a name, exact", "Alice Okafor"),
    ("a name that many have", "John Smith"),
    ("a name with typos", "jon smyth"),
    ("one word of it, with a typo", "okafr"),
    ("one common word", "smith"),
    ("the beginning of a name", "oka"),
    ("a name nobody has", "zyxwvut qponml"),
    ("an e-mail address", "person777@example.com"),
    ("an e-mail address with a typo", "persno777@example.com"),
    ("a telephone number", "07700 900123"),
    ("the end of a number", "900123"),
    ("a customer number", "0000777"),
    ("a customer number without its zeros", "777"),
    ("Greek", "Ελένη Παπαδάκη"),
    ("several at once", "Alice Okafor person777@example.com 07700 900123"),
)
FILL = """
INSERT INTO subjects_subject (id, reference, source_key, full_name, email, second_email, phone, mobile,
                              job_title, portal_login, staff_note, created_at)
SELECT gen_random_uuid(), 'X-' || i, lpad(i::text, 7, '0'),
       (%(given)s)[1 + floor(power(random(), 2) * %(givens)s)] || ' ' ||
       (%(family)s)[1 + floor(power(random(), 2) * %(families)s)],
       'person' || i || '@example.com', '', '+447' || lpad((i::bigint * 7919 %% 1000000000)::text, 9, '0'),
       '', '', '', '', now()
FROM generate_series(1, %(people)s) AS i;
UPDATE subjects_subject SET full_name = 'alice okafor', phone = '+447700900123' WHERE source_key = '0000777';
UPDATE subjects_subject SET full_name = 'ελενη παπαδακη' WHERE source_key = '0000778';
INSERT INTO subjects_identifier (subject_id, kind, value)
SELECT id, 'name', full_name FROM subjects_subject
UNION SELECT id, 'name', unnest(string_to_array(full_name, ' ')) FROM subjects_subject
UNION ALL SELECT id, 'email', email FROM subjects_subject
UNION ALL SELECT id, 'phone', phone FROM subjects_subject
UNION ALL SELECT id, 'number', source_key FROM subjects_subject;
ANALYZE subjects_subject; ANALYZE subjects_identifier;
"""


def run() -> Iterable[Result]:
    """Each kind of search, in a transaction that is rolled back: the database is left as it was."""
    from django.db import connection, transaction

    with transaction.atomic():
        _fill()
        yield from _measure()
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM subjects_identifier, subjects_subject")


def _fill() -> None:
    from django.db import connection

    given, family = words_of_names()
    started = time.perf_counter()
    with connection.cursor() as cursor:
        lists = {"given": given, "givens": len(given), "family": family, "families": len(family)}
        cursor.execute(FILL, {**lists, "people": PEOPLE})
        cursor.execute("SELECT gin_clean_pending_list('identifier_trigram')")
    print(f"{PEOPLE:,} people filled in within {time.perf_counter() - started:.0f} s", file=sys.stderr)


def words_of_names() -> tuple[list[str], list[str]]:
    """Given and family names, normalised, the common ones first; and many rare ones, as in life."""
    from examples import words
    from subjects.identifiers import normalise_name as normalise

    given = [normalise(name) for names, _ in words.NAMES for name in names.split()]
    family = [normalise(name).replace(" ", "") for _, names in words.NAMES for name in names.split()]
    rare = [a[:4] + b[-4:] for a in family[:90] for b in family[:90]]
    return ["john", *given], ["smith", *family, *rare]


def _measure() -> Iterator[Result]:
    from subjects.finding import find
    from subjects.models import Subject

    key = Subject.objects.values_list("pk", flat=True).first()
    limit = _seconds(lambda: Subject.objects.get(pk=key))
    for what, text in SEARCHES:
        found = find(text, by=None)
        seconds = _seconds(lambda text=text: find(text, by=None))
        number = f"{len(found)}{'+' if found.more else ''}"
        yield Result(PEOPLE, seconds, limit, peak_mb(), {"found": number, "what": what})


def _seconds(act: Callable[[], Any]) -> float:
    """The median of five runs."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
