"""What another register would change: how many records of each kind are due today by the one and by the other."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from portal.register import store
from portal.register.facts import Retention
from portal.register.model import Register
from retention import due, holds
from subjects import datamap
from subjects.datamap import Dataset

SECONDS = 15.0  # that a page may count for; 1,000,000 invoices of 20,000 people take about 3


@dataclass(frozen=True, slots=True)
class Effect:
    """One kind of data: records due today `before` and `after`, and how many of those after are held.

    `counted` is false where the time was over: then the figures say nothing.
    """

    dataset: Dataset
    before: int
    after: int
    held: int
    counted: bool = True

    @property
    def more(self) -> int:
        """How many more would be due; less than nothing when fewer."""
        return self.after - self.before


def counts(dataset: Dataset, *, as_of: dt.date) -> tuple[int, int]:
    """Of this kind, by the register in use: records due on a UK day, and how many of them something holds."""
    found = [(each.rows, each.rows.count()) for each in due.of(dataset, as_of)]
    return sum(many for _, many in found), sum(_held(over, dataset) for over, many in found if many)


def _held(over: QuerySet[Any], dataset: Dataset) -> int:
    """Counted from what holds them, of which there is little, and not from the records, of which there are many."""
    ways = [over.filter(way).values("pk") for each in holds.standing(dataset) for way in each.ways]
    return ways[0].union(*ways[1:]).count() if ways else 0


def of(
    draft: Register, *, as_of: dt.date, categories: Collection[str] = (), seconds: float = SECONDS
) -> list[Effect]:
    """The kinds of data whose rules the draft changes, in the order of the data map. `categories`: only of these.

    What is not counted when the time is over is named all the same, as not counted.
    """
    active = store.current()
    ends = time.monotonic() + seconds
    found = []
    for dataset in datamap.datasets():
        if categories and dataset.category not in categories:
            continue
        if _rules(active, dataset.category) == _rules(draft, dataset.category):
            continue
        try:
            found.append(_of_kind(draft, dataset, as_of, ends))
        except (_TimeOver, OperationalError):
            found.append(Effect(dataset, 0, 0, 0, counted=False))
    return found


class _TimeOver(Exception):
    pass


def _of_kind(draft: Register, dataset: Dataset, as_of: dt.date, ends: float) -> Effect:
    with _until(ends):
        before = sum(each.rows.count() for each in due.of(dataset, as_of))
        with store.using(draft):
            after, held = counts(dataset, as_of=as_of)
    return Effect(dataset, before, after, held)


@contextlib.contextmanager
def _until(ends: float) -> Iterator[None]:
    """No statement in it lasts longer than is left now; the database stops the one that does."""
    left = int((ends - time.monotonic()) * 1000)
    if left < 1:
        raise _TimeOver
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT usual, set_config('statement_timeout', %s, true) "
            "FROM current_setting('statement_timeout') AS usual",
            [str(left)],
        )
        usual, _ = cursor.fetchone()
        yield
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [usual])


def _rules(register: Register, category: str) -> tuple[tuple[Retention, ...], ...]:
    """Everything that decides when records of this kind are due: its rules, and those of the kinds that it outlives."""
    mine = register.retention_rules_for(category)
    others = {key for rule in mine for key in rule.not_before}
    return (mine, *(register.retention_rules_for(key) for key in sorted(others)))
