"""Copies, keys and working papers about a person that are no kind of data of their own, and must go with them.

Search keys, old values kept by an import, copies of e-mails, prepared files: each app declares its own (`register`),
and erasure clears them all. A table that can hold words about a person is in the data map, is a trace, or is named
here with the reason why it never holds any (`nothing_in`); a test asks every column of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from subjects.identifiers import normalise_email
from subjects.models import Subject

Scrap = Callable[
    [str, str], None
]  # (field, name): a stored file that has to go, see `retention.models.Scrap`


@dataclass(frozen=True, slots=True)
class Erased:
    """Whose traces are cleared, and the file of the request that it is done for, which has its own period."""

    subject: Subject
    reference: str

    @property
    def addresses(self) -> frozenset[str]:
        """Their e-mail addresses on file, in one form."""
        given = (self.subject.email, self.subject.second_email)
        return frozenset(normalise_email(address) for address in given if normalise_email(address))


@dataclass(frozen=True, slots=True)
class Trace:
    """One kind of trace. `clear` runs in the caller's transaction, removes it all and says how many rows that was."""

    key: str
    what: str  # for staff: "old values kept for undoing an import"
    models: tuple[str, ...]
    clear: Callable[[Erased, Scrap], int]


_TRACES: dict[str, Trace] = {}
_NOTHING: dict[str, str] = {}


def register(trace: Trace) -> None:
    """Declare a kind of trace. Raises ValueError for a key declared twice."""
    if trace.key in _TRACES:
        raise ValueError(f"The trace {trace.key!r} is declared twice.")
    _TRACES[trace.key] = trace


def nothing_in(model: str, reason: str) -> None:
    """Say why a table holds no words about a person, or loses them by itself."""
    _NOTHING[model] = reason


def traces() -> tuple[Trace, ...]:
    """All kinds of traces, in the order in which they are declared."""
    return tuple(_TRACES.values())


def without() -> Mapping[str, str]:
    """The tables that hold nothing, with the reason."""
    return dict(_NOTHING)
