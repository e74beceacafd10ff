"""Making the flags anew from the ledger, to prove that they agree with it.

The live table is kept by a trigger, event by event; this is another way to the same state: one look at all events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from portal.audit import trail
from portal.audit.trail import Verb

_COLUMNS = "subject_id, address, purpose, channel, act, how, happened_at, event_id"
_FROM_LEDGER = """
SELECT DISTINCT ON (subject_id, address, purpose, channel)
       subject_id, address, purpose, channel, act, how, happened_at, id AS event_id
FROM consent_consentevent
ORDER BY subject_id, address, purpose, channel, happened_at DESC, id DESC
"""
_LIVE = f"SELECT {_COLUMNS} FROM consent_consentflag"  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class Difference:
    """How the live flags differ from what the ledger says."""

    events: int
    flags: int  # that the ledger gives
    wrong: int  # stand in the live table and do not follow from the ledger
    lacking: int  # follow from the ledger and do not stand in the live table

    @property
    def agrees(self) -> bool:
        """Whether there is none."""
        return not self.wrong and not self.lacking


def compare() -> Difference:
    """Look, and change nothing. One transaction, so that both sides are of the same moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        return _compare(cursor)


def _compare(cursor: Any) -> Difference:
    cursor.execute("DROP TABLE IF EXISTS rebuilt_flag")
    cursor.execute(f"CREATE TEMPORARY TABLE rebuilt_flag ON COMMIT DROP AS {_FROM_LEDGER}")
    rebuilt = f"SELECT {_COLUMNS} FROM rebuilt_flag"  # noqa: S608 - our own names

    def count(query: str) -> int:
        cursor.execute(f"SELECT count(*) FROM ({query}) AS found")  # noqa: S608 - our own names
        return int(cursor.fetchone()[0])

    return Difference(
        events=count("SELECT 1 FROM consent_consentevent"),
        flags=count(rebuilt),
        wrong=count(f"{_LIVE} EXCEPT {rebuilt}"),
        lacking=count(f"{rebuilt} EXCEPT {_LIVE}"),
    )


def rebuild(*, by: Any) -> Difference:
    """Make the flags anew where they differ; returns how they differed. Nobody writes to the ledger meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE consent_consentevent IN SHARE ROW EXCLUSIVE MODE")
        found = _compare(cursor)
        if not found.agrees:
            cursor.execute("DELETE FROM consent_consentflag")
            cursor.execute(
                f"INSERT INTO consent_consentflag ({_COLUMNS}) SELECT {_COLUMNS} FROM rebuilt_flag"  # noqa: S608
            )
        trail.record(
            Verb.CONSENT_REBUILT, by=by, target="consent:flags", reason=f"{found.wrong} {found.lacking}"
        )
    return found
