"""The whole search, place by place, and its note in the trail."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from portal.audit import trail
from portal.audit.trail import Verb
from retention.tracing import database, files, valkey
from retention.tracing.found import Group, Limits, State
from retention.tracing.terms import Term


def run(
    terms: Sequence[Term],
    *,
    by: Any,
    target: str,
    limits: Limits | None = None,
    skip: Collection[str] = (),
) -> Iterator[Group]:
    """Look everywhere that `skip` does not name; yields each place as soon as it is searched.

    `target` is what the trail names: "person:P-7K4M-29QX", or "terms:2" for typed ones. The act is noted before the
    first place, with who it was; what was looked for is written down nowhere.
    """
    limits = limits or Limits()
    passed = set(skip)
    trail.record(Verb.TRACES_SEARCHED, by=by, target=target, reason="again" if passed else "")
    yield from database.all_tables(terms, limits, skip=passed)
    for place, look in (
        ("statistics", lambda: database.statistics(terms)),
        ("files", lambda: files.search(terms, limits)),
        ("valkey", lambda: valkey.search(terms, limits)),
        ("logs", lambda: files.search_logs(terms, limits)),
    ):
        if place not in passed:
            yield look() if not limits.over else Group(place, OTHERS[place], state=State.UNFINISHED)


OTHERS = {  # the places beside the tables
    "statistics": "The database's own samples of columns",
    "files": "Stored files",
    "valkey": "Cache and queue",
    "logs": "Log files",
}
