"""The stream of changes: every event of the ledger once, in an order in which none can slip in behind a reader's back.

Numbers of events are given when they are written and become visible when their transaction commits, so a reader who
remembers the highest number it saw would miss one that a slower transaction commits later. Each event therefore
carries the number of its transaction, and only those are handed on whose transaction is older than every one that
is still under way (`pg_snapshot_xmin`): all of its events are visible then, and no other can come before them. A long
transaction (an import) holds the stream up for its length and loses nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from consent import contacting
from consent.deciding import Contact
from consent.models import ConsentEvent
from portal.register.model import UnknownKey

MOST = 1_000  # events at once
_WIDEST = 2**63


class Restored(Exception):
    """Events carry numbers that this database has not given yet: it was filled from a copy of another one."""


class UnknownCursor(Exception):
    """It is none of ours; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Change:
    """One event, and what follows from everything known now."""

    event: ConsentEvent
    now: Contact


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
    rows = list(
        ConsentEvent.objects.select_related("subject")
        .extra(
            where=[
                "(consent_consentevent.transaction, consent_consentevent.id) > (%s, %s)",
                "consent_consentevent.transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
            ],
            params=list(place),
        )
        .order_by("transaction", "id")[: limit + 1]
    )
    found = rows[:limit]
    end = (found[-1].transaction, found[-1].pk) if found else place
    return Page(_with_answers(found), _write(here, *end), len(rows) > limit)


def _from_elsewhere() -> bool:
    with connection.cursor() as asking:
        asking.execute(
            "SELECT max(transaction) >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint "
            "FROM consent_consentevent"
        )
        return bool(asking.fetchone()[0])


def renumber() -> None:
    """After a restore into another database: every event there is comes before every event to come.

    It is no change of what was said, so the trigger that keeps the ledger as it is does not see it. Readers begin
    again: their cursors are of the other database.
    """
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE consent_consentevent ALTER COLUMN transaction TYPE bigint USING 0")


def _with_answers(events: Sequence[ConsentEvent]) -> list[Change]:
    """Whether each may be contacted now: a few queries for each purpose and channel on the page."""
    lots: dict[tuple[str, str, bool], list[ConsentEvent]] = defaultdict(list)
    for event in events:
        lots[event.purpose, event.channel, event.subject is None].append(event)
    answers: dict[int, Contact] = {}
    for (purpose, channel, alone), lot in lots.items():
        answers |= zip((each.pk for each in lot), _answers(lot, purpose, channel, alone), strict=True)
    return [Change(event, answers[event.pk]) for event in events]


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


def _write(database: str, transaction: int, pk: int) -> str:
    return base64.urlsafe_b64encode(f"{database}.{transaction}.{pk}".encode()).decode().rstrip("=")


def _read(cursor: str, here: str) -> tuple[int, int]:
    if not cursor:
        return 0, 0
    wrong = UnknownCursor(
        "This cursor is none of this database. Use the last one you were given; "
        "after the portal was restored from a copy, begin again without one."
    )
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode(
            "ascii"
        )
        database, *numbers = text.split(".")
        if database != here or len(numbers) != 2 or not all(each.isdecimal() for each in numbers):
            raise wrong
        transaction, pk = (int(each) for each in numbers)
    except (binascii.Error, ValueError):
        raise wrong from None
    if max(transaction, pk) >= _WIDEST:
        raise wrong
    return transaction, pk


def parts(change: Change) -> dict[str, Any]:
    """Who it is about, as other systems know them."""
    event = change.event
    if event.subject is not None:
        return {"customer_number": event.subject.source_key, "address": ""}
    return {"customer_number": "", "address": event.address}
