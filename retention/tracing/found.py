"""What a search says of one place."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """How a place was searched."""

    SEARCHED = "searched"
    PARTLY = "partly"  # something in it cannot be read; `unread` says what
    UNFINISHED = "unfinished"  # the time was over


@dataclass(frozen=True, slots=True)
class Group:
    """One place: a table, the stored files, the cache, the logs. Only references and counts, never what was found."""

    place: str  # machine name, to go on from: "table public.subjects_email", "files"
    title: str
    count: int = 0  # rows, files, keys, lines
    unit: str = "row"
    where: dict[str, list[str]] = field(default_factory=dict)  # column or kind -> labels of the terms
    keys: Sequence[str] = ()  # the first of them: numbers of rows, random names of files
    why: Sequence[str] = ()
    state: State = State.SEARCHED
    unread: Sequence[str] = ()  # what could not be read, in words

    @property
    def units(self) -> str:
        """ "1 row", "12 files"."""
        return f"{self.count:,} {self.unit}{'' if self.count == 1 else 's'}"


@dataclass(slots=True)
class Limits:
    """How long a search may take; None: as long as it takes."""

    seconds: float | None = None
    _ends: float | None = None

    def __post_init__(self) -> None:
        if self.seconds is not None:
            self._ends = time.monotonic() + self.seconds

    @property
    def left(self) -> float | None:
        """Seconds that are left, None without a limit; never below zero."""
        return None if self._ends is None else max(0.0, self._ends - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether the time is over."""
        return self.left == 0.0


SHOWN = 10  # keys that a report names
