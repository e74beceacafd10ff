"""How long a search for a person takes among very many: `python -m bench.find [PEOPLE]` (else 1,000,000).

Fills a database of its own (in a temporary folder) and prints each kind of search beside the limit measured
in the same run: the time of fetching one row by its key.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PEOPLE = int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else 1_000_000
TARGET = 0.5  # seconds, for the slowest search
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
       'person' || i || '@example.com', '', '+447' || lpad((i::bigint * 7919 %% 1000000000)::text, 9, '0'), '',
       '', '', '', now()
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


def main() -> None:
    """Fill, search, print."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)  # a database run by root is run as somebody else
        os.environ |= {
            "PORTAL_MODE": "development",
            "RUN_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "portal.settings",
        }
        os.environ |= {"DATABASE_URL": "", "REDIS_URL": ""}
        sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
        from portal import embedded

        with embedded.start(Path(folder), durable=False):
            import django

            django.setup()
            _fill()
            _measure()


def _fill() -> None:
    from django.core.management import call_command
    from django.db import connection

    from subjects.identifiers import normalise_name

    call_command("migrate", verbosity=0)
    given, family = _words(normalise_name)
    started = time.perf_counter()
    with connection.cursor() as cursor:
        lists = {"given": given, "givens": len(given), "family": family, "families": len(family)}
        cursor.execute(FILL, {**lists, "people": PEOPLE})
        cursor.execute("SELECT count(*) FROM subjects_identifier")
        keys = cursor.fetchone()[0]
        cursor.execute("VACUUM subjects_identifier")
    print(f"{PEOPLE:,} people with {keys:,} keys, filled in {time.perf_counter() - started:.0f} s\n")


def _words(normalise: Callable[[str], str]) -> tuple[list[str], list[str]]:
    """Given and family names, the common ones first; and many rare ones, as in life."""
    from examples import words

    given = [normalise(name) for names, _ in words.NAMES for name in names.split()]
    family = [normalise(name).replace(" ", "") for _, names in words.NAMES for name in names.split()]
    rare = [a[:4] + b[-4:] for a in family[:90] for b in family[:90]]
    return ["john", *given], ["smith", *family, *rare]


def _measure() -> None:
    from django.db import connection

    from subjects.finding import find
    from subjects.models import Subject

    key = Subject.objects.values_list("pk", flat=True).first()
    limit = _seconds(lambda: Subject.objects.get(pk=key))
    print(f"{'search':38}{'found':>7}{'seconds':>10}{'x limit':>10}")
    slowest = 0.0
    for what, text in SEARCHES:
        found = find(text, by=None)
        seconds = _seconds(lambda text=text: find(text, by=None))
        slowest = max(slowest, seconds)
        number = f"{len(found)}{'+' if found.more else ''}"
        print(f"{what:38}{number:>7}{seconds:>10.4f}{seconds / limit:>10.0f}")
    print(f"\nlimit (one row by its key): {limit:.4f} s; slowest {slowest:.3f} s, target {TARGET} s")
    connection.close()
    if slowest > TARGET:
        sys.exit(1)


def _seconds(act: Callable[[], Any]) -> float:
    """The median of five runs."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


if __name__ == "__main__":
    main()
