"""What the right to data portability covers (UK GDPR Article 20), read from the register and the data map.

In scope is what the person gave us, the observed use of our services included, where we use it by their consent or
under a contract. What we or our systems concluded or wrote down is not; it is in a copy of their data (Article 15).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from portal.register import store
from portal.register.facts import Basis
from requests_sar.models import Case, Package, ReplyBy
from requests_sar.rights import Right
from subjects import datamap
from subjects.datamap import Dataset

BASES = frozenset({Basis.CONSENT, Basis.CONTRACT})  # Article 20(1)(a)
OURS = "we wrote it down; you did not give it to us"


def datasets(case: Case | None) -> tuple[Dataset, ...]:
    """The kinds of data that a copy for this case may hold: all of them, or what Article 20 covers."""
    if case is None or case.right != Right.PORTABILITY:
        return datamap.datasets()
    return tuple(narrowed(dataset) for dataset in datamap.datasets() if in_scope(dataset))


def dataset(package: Package, key: str) -> Dataset:
    """One kind of data as this package holds it. Raises KeyError."""
    whole = datamap.get(key)
    portable = package.case is not None and package.case.right == Right.PORTABILITY
    return narrowed(whole) if portable else whole


def in_scope(dataset: Dataset) -> bool:
    """Whether some function uses it by consent or contract, and the person provided some of it."""
    used_by = {each.basis for each in store.current().functions_for(dataset.category)}
    return bool(used_by & BASES) and any(column.provided for column in dataset.columns)


def narrowed(dataset: Dataset) -> Dataset:
    """The kind with the columns and rows that the person provided; the date that orders the rows stays with them."""
    columns = tuple(c for c in dataset.columns if c.provided or c.path == dataset.order)
    return replace(dataset, columns=columns, only=dataset.provided_rows)


def notes(case: Case | None, kinds: list[str]) -> Iterator[str]:
    """What the files leave out and why, kind by kind, as sentences for the person. `kinds`: those in the files."""
    if case is None or case.right != Right.PORTABILITY:
        return
    for each in datamap.datasets():
        if not in_scope(each):
            yield f"“{each.title}” is not here: {_why(each)}"
        elif each.key in kinds:
            yield from _left_out_of(each)
    if case.reply_by == ReplyBy.OTHER:
        yield (
            f"You asked us to send the files to: {case.reply_needs} We have no secure connection of our own to other "
            "companies, so you get the files, and can pass them on"
        )


def _why(dataset: Dataset) -> str:
    bases = {each.basis for each in store.current().functions_for(dataset.category)}
    if not bases & BASES:
        reasons = " and ".join(basis.label.lower() for basis in Basis if basis in bases)
        return f"our reason for holding it is {reasons}, and the right covers only what rests on consent or a contract"
    also = "; we use them for reasons of our own too (legitimate interests)"
    return f"our systems or our staff made these records{also if Basis.LEGITIMATE_INTERESTS in bases else ''}"


def _left_out_of(dataset: Dataset) -> Iterator[str]:
    ours = [f"“{c.label}”" for c in dataset.columns if not c.provided and c.path != dataset.order]
    if ours:
        *most, last = ours
        names = f"{', '.join(most)} and {last}" if most else last
        yield f"“{dataset.title}” is without {names}: {OURS}"
    if dataset.provided_rows:
        yield f"“{dataset.title}” holds what you sent to us. What we sent to you is in a copy of your data"
