"""The stream of changes: every event of the ledger once, and every change that nobody said (`consent.standing`), in an
order in which none can slip in behind a reader's back.

Numbers of events are given when they are written and become visible when their transaction commits, so a reader who
remembers the highest number it saw would miss one that a slower transaction commits later. Each event therefore
carries the number of its transaction, and only those are handed on whose transaction is older than every one that
is still under way (`pg_snapshot_xmin`): all of its events are visible then, and no other can come before them. A long
transaction (an import) holds the stream up for its length and loses nothing.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from consent import contacting, standing
from consent.deciding import Contact
from consent.models import ConsentEvent, StandingChange
from portal.register.model import UnknownKey

MOST = 1_000  # changes at once
_WIDEST = 2**63
_TABLES: tuple[type[Any], ...] = (ConsentEvent, StandingChange)  # of one transaction, in this order

Place = tuple[int, int, int]  # transaction, number of the table, key


class Restored(Exception):
    """Events carry numbers that this database has not given yet: it was filled from a copy of another one."""


class UnknownCursor(Exception):
    """It is none of ours; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Change:
    """One event, or (`event` is None) a change that nobody said; and what follows from everything known now.

    `allowed` is None where only a new question can tell.
    """

    kind: str  # "choice", or one of StandingChange.Kind
    event: ConsentEvent | None
    customer_number: str
    address: str
    purpose: str
    channel: str
    at: dt.datetime
    allowed: bool | None
    because: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some changes, and where to go on."""

    changes: Sequence[Change]
    cursor: str
    more: bool


def since(cursor: str, *, limit: int) -> Page:
    """The changes behind a cursor ("": from the beginning), oldest first, at most `limit` (1 to MOST).

    Raises UnknownCursor, and Restored until `renumber` has run. The cursor it gives is good for ever; asking again
    from the same one gives the same events and perhaps more.
    """
    if _from_elsewhere():
        raise Restored
    here = _database()
    place = _read(cursor, here)
    rows = sorted(
        (each.transaction, table, each.pk, each)
        for table in range(len(_TABLES))
        for each in _behind(place, table, limit + 1)
    )
    found = rows[:limit]
    end = found[-1][:3] if found else place
    return Page(_told([row[3] for row in found]), _write(here, *end), len(rows) > limit)


def _behind(place: Place, table: int, most: int) -> list[Any]:
    """The first rows of one of the tables that come after a place in the stream, and that nothing can come before."""
    transaction, last, pk = place
    reached = pk if table == last else (_WIDEST - 1 if table < last else 0)
    model = _TABLES[table]
    name = model._meta.db_table
    rows = model._default_manager.extra(  # noqa: S610 - the name is that of our own table
        where=[
            f"({name}.transaction, {name}.id) > (%s, %s)",
            f"{name}.transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
        ],
        params=[transaction, reached],
    ).order_by("transaction", "id")
    return list(rows.select_related("subject")[:most] if model is ConsentEvent else rows[:most])


def _from_elsewhere() -> bool:
    last = " UNION ALL ".join(f"SELECT max(transaction) FROM {model._meta.db_table}" for model in _TABLES)  # noqa: S608
    with connection.cursor() as asking:
        asking.execute(
            "SELECT coalesce(max(last) >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint, false) "  # noqa: S608
            f"FROM ({last}) AS found (last)"
        )
        return bool(asking.fetchone()[0])


def renumber() -> None:
    """After a restore into another database: every event there is comes before every event to come.

    It is no change of what was said, so the trigger that keeps the ledger as it is does not see it. Readers begin
    again: their cursors are of the other database.
    """
    with connection.cursor() as cursor:
        for model in _TABLES:
            cursor.execute(f"ALTER TABLE {model._meta.db_table} ALTER COLUMN transaction TYPE bigint USING 0")


def _told(rows: Sequence[ConsentEvent | StandingChange]) -> list[Change]:
    """What is said of each row, in the same order."""
    answers = _with_answers([each for each in rows if isinstance(each, ConsentEvent)])
    others = {
        each.change.pk: each
        for each in standing.told([each for each in rows if isinstance(each, StandingChange)])
    }
    return [
        _choice(each, answers[each.pk]) if isinstance(each, ConsentEvent) else _unsaid(others[each.pk])
        for each in rows
    ]


def _choice(event: ConsentEvent, now: Contact) -> Change:
    number = event.subject.source_key if event.subject else ""
    what = (event.purpose, event.channel, event.happened_at, now.allowed, now.because)
    return Change("choice", event, number, event.address, *what)


def _unsaid(told: standing.Told) -> Change:
    change = told.change
    what = (change.purpose, change.channel, change.at, told.allowed, told.because)
    return Change(change.kind, None, told.number, "", *what)


def _with_answers(events: Sequence[ConsentEvent]) -> dict[int, Contact]:
    """Whether each may be contacted now: a few queries for each purpose and channel on the page."""
    lots: dict[tuple[str, str, bool], list[ConsentEvent]] = defaultdict(list)
    for event in events:
        lots[event.purpose, event.channel, event.subject is None].append(event)
    answers: dict[int, Contact] = {}
    for (purpose, channel, alone), lot in lots.items():
        answers |= zip((each.pk for each in lot), _answers(lot, purpose, channel, alone), strict=True)
    return answers


def _answers(lot: Sequence[ConsentEvent], purpose: str, channel: str, alone: bool) -> Sequence[Contact]:
    try:
        if alone:
            return contacting.of_addresses([each.address for each in lot], purpose, channel)
        people = [each.subject for each in lot if each.subject is not None]
        return contacting.of_subjects(people, purpose, channel)
    except UnknownKey:
        return [Contact(False, "This purpose is not in the record of processing any more.")] * len(lot)


def _database() -> str:
    """Which database it is: numbers of transactions mean nothing in another one, such as one filled from a copy."""
    with connection.cursor() as asking:
        asking.execute("SELECT system_identifier FROM pg_control_system()")
        return str(asking.fetchone()[0])


def _write(database: str, transaction: int, table: int, pk: int) -> str:
    text = f"{database}.{transaction}.{table}.{pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, here: str) -> Place:
    """The place behind which to go on. A cursor of two numbers is one from before there was a second table."""
    if not cursor:
        return 0, 0, 0
    wrong = UnknownCursor(
        "This cursor is none of this database. Use the last one you were given; "
        "after the portal was restored from a copy, begin again without one."
    )
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode(
            "ascii"
        )
        database, *numbers = text.split(".")
        if database != here or len(numbers) not in {2, 3} or not all(each.isdecimal() for each in numbers):
            raise wrong
        transaction, *table, pk = (int(each) for each in numbers)
    except (binascii.Error, ValueError):
        raise wrong from None
    if max(transaction, pk) >= _WIDEST or table not in ([], [0], [1]):
        raise wrong
    return transaction, table[0] if table else 0, pk
