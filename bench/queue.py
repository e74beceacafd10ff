"""What a page of the queue costs among very many requests: `make bench WHAT=queue` (CASES=100000 PEOPLE=1000000).

Each tab, each kind of search, each filter and each figure of the report, as the whole page that staff get: with
1,000 requests of 1,000 people and with all of them, in one run. The limit is one and a half times the time with
1,000; the number of queries must not be greater than with 1,000, and at most 30.

The same page is compared: a page of fifty rows with a page of fifty rows. The 1,000 requests are a sample of
everything, so that each page is as full with 1,000 as it is with all (the bench fails when it is not); they are
among the 100,000 too. What grows is the pile behind the page: what is counted, searched and put in order. Nothing
is left out for it: a third of the pile is open, far more than a real queue would have. Both sizes are there at
once and take turns, and the quickest of some runs counts, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

from bench.measure import Result, peak_mb
from bench.pile.filling import SAMPLE, STAFF, filled, look_at
from bench.pile.pages import address, pages

CASES = int(os.environ.get("CASES", "100000"))
PEOPLE = int(os.environ.get("PEOPLE", "1000000"))
RUNS = int(os.environ.get("RUNS", "9"))
ONLY = os.environ.get("ONLY", "")  # part of a page's name, to measure that alone
MOST_QUERIES = 30
SIZES = {"small": (SAMPLE, SAMPLE), "large": (CASES, PEOPLE)}


def run() -> Iterable[Result]:
    """Every kind of page at both sizes; the database is left as it was."""
    from django.db import transaction

    with filled(SIZES), transaction.atomic():
        client = _staff()
        for what, parameters in pages():
            if ONLY in what:
                yield _compared(client, what, parameters)
        transaction.set_rollback(True)


def _staff() -> Any:
    """A browser signed in as the DPO; the colleagues who own requests are there."""
    from django.test import Client

    from portal.accounts.models import Role, User

    for key in STAFF:
        User.objects.create_user(
            f"bench{key}@example.org", None, id=key, role=Role.DPO, name=f"Officer {key}"
        )
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(pk=STAFF[0]))
    return client


def _compared(client: Any, what: str, parameters: dict[str, str]) -> Result:
    """One page at both sizes by turns. Raises AssertionError when the two are not the same page."""
    times: dict[str, list[float]] = {size: [] for size in SIZES}
    addresses, rows, queries = {}, {}, {}
    for size in SIZES:
        look_at(f"{size}, public")
        addresses[size] = address(client, parameters)
        rows[size], queries[size] = _asked(client, what, addresses[size])
    assert rows["small"] == rows["large"], (what, rows)
    assert queries["small"] >= queries["large"], (what, queries)
    for _ in range(RUNS):
        for size in SIZES:
            look_at(f"{size}, public")
            started = time.perf_counter()
            client.get(addresses[size])
            times[size].append(time.perf_counter() - started)
    small = min(times["small"])
    more = {"with_1000": round(small, 4), "queries": queries["large"], "rows": rows["large"], "what": what}
    return Result(CASES, min(times["large"]), 1.5 * small, peak_mb(), more)


def _asked(client: Any, what: str, address: str) -> tuple[int, int]:
    """The rows of a page and its queries. Raises AssertionError when these are too many, or the page does not come."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as caught:
        response = client.get(address)
    assert response.status_code == 200, (what, response.status_code)
    assert 0 < len(caught) <= MOST_QUERIES, (what, len(caught))
    return len(response.context_data["cl"].result_list), len(caught)
