"""Columns whose text the database cannot read: sealed by a key of ours, signed, packed. Each has an opener here.

Upper floors register theirs (`register`); sessions, which are Django's, are opened here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.contrib.sessions.models import Session

from retention.tracing.found import Limits
from retention.tracing.terms import Term

Rows = Callable[[], Iterator[tuple[str, str | None]]]  # (key of the row, its text; None: cannot be read)


@dataclass(frozen=True, slots=True)
class Opener:
    """How the texts of one column are read."""

    table: str
    column: str
    rows: Rows


_OPENERS: list[Opener] = []


def register(opener: Opener) -> None:
    """Declare how a column is read that the database cannot read."""
    _OPENERS.append(opener)


def hits(
    table: str, terms: Sequence[Term], limits: Limits
) -> tuple[list[tuple[str, list[str], str]], list[str]]:
    """(column, labels, key) of each row that holds a term, and what could not be read, in words."""
    found: list[tuple[str, list[str], str]] = []
    unread: list[str] = []
    for opener in _OPENERS:
        if opener.table != table:
            continue
        closed = 0
        for key, text in opener.rows():
            if limits.over:
                unread.append(f"{opener.column}: the time was over")
                break
            if text is None:
                closed += 1
            elif labels := [term.label for term in terms if term.stands_in(text.lower())]:
                found.append((opener.column, labels, key))
        if closed:
            unread.append(f"{opener.column}: {closed:,} could not be opened")
    return found, unread


def _sessions() -> Iterator[tuple[str, str | None]]:
    for session in Session.objects.iterator(chunk_size=500):
        yield session.session_key, str(session.get_decoded())


register(Opener("django_session", "session_data", _sessions))
