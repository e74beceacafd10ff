"""What another register would change: how many records of each kind are due today by the one and by the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from portal.register import store
from portal.register.facts import Retention
from portal.register.model import Register
from retention import due, holds
from subjects import datamap
from subjects.datamap import Dataset


@dataclass(frozen=True, slots=True)
class Effect:
    """One kind of data: records due today `before` and `after`, and how many of those after are held."""

    dataset: Dataset
    before: int
    after: int
    held: int

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
    return ways[0].union(*ways[1:]).count()


def of(draft: Register, *, as_of: dt.date, categories: Collection[str] = ()) -> list[Effect]:
    """The kinds of data whose rules the draft changes, in the order of the data map. `categories`: only of these."""
    active = store.current()
    found = []
    for dataset in datamap.datasets():
        if categories and dataset.category not in categories:
            continue
        if _rules(active, dataset.category) == _rules(draft, dataset.category):
            continue
        before = sum(each.rows.count() for each in due.of(dataset, as_of))
        with store.using(draft):
            after, held = counts(dataset, as_of=as_of)
        found.append(Effect(dataset, before, after, held))
    return found


def _rules(register: Register, category: str) -> tuple[tuple[Retention, ...], ...]:
    """Everything that decides when records of this kind are due: its rules, and those of the kinds that it outlives."""
    mine = register.retention_rules_for(category)
    others = {key for rule in mine for key in rule.not_before}
    return (mine, *(register.retention_rules_for(key) for key in sorted(others)))
