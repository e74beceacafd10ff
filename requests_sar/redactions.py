"""The redactions of a case as the collection, the release and the evidence read them. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from requests_sar import vault
from requests_sar.document import Column, Kind
from requests_sar.models import Case, Package, Redaction
from requests_sar.redacting import Cleaner, Plan, Reach, Removal
from subjects import datamap

# What the mark says, by the kind of reason.
WHAT: dict[str, str] = {
    Redaction.Category.PERSON: "another person's details",
    Redaction.Category.LEGAL: "legal advice",
    Redaction.Category.OTHER: "information the law lets us keep back",
}


def live(case: Case) -> Any:
    """The redactions that count now."""
    return Redaction.objects.filter(case=case, undone_at=None)


def removal(row: Redaction) -> Removal:
    """A row as the plain value that takes things out. Raises vault.Unreadable when its words do not open."""
    return Removal(
        id=row.pk,
        number=row.number,
        what=WHAT[row.category],
        why=row.why,
        law=row.law,
        reach=Reach(row.reach),
        dataset=row.dataset,
        record=row.record,
        column=row.column,
        phrase=words(row),
    )


def words(row: Redaction) -> str:
    """The words that a redaction removes; empty for one of a cell or a record. Raises vault.Unreadable."""
    return vault.open_words(row.phrase) if row.phrase else ""


def plan_of(case: Case | None) -> Plan | None:
    """What to remove from the copy of a case; None when that is nothing. Raises vault.Unreadable."""
    rows = list(live(case)) if case else []
    return Plan([removal(row) for row in rows]) if rows else None


def columns_of(dataset: datamap.Dataset) -> tuple[Column, ...]:
    """The columns of a kind as the writers know them."""
    return tuple(Column(c.key, c.label, c.meaning, Kind(c.kind)) for c in dataset.columns)


def order_key(dataset: datamap.Dataset) -> str:
    """The key of the column that orders the records of a kind: a date, which a removed record keeps."""
    return dataset.order.replace("__", "_")


def cleaner(plan: Plan, dataset: datamap.Dataset, subject_id: Any) -> Cleaner:
    """What takes the removals of `plan` out of the rows of `dataset`.

    A file that is withheld in one record is withheld in each record that names it.
    """
    made = Cleaner(plan, dataset.key, dataset.title, columns_of(dataset), order_key(dataset))
    if dataset.file:
        at = next(c.key for c in dataset.columns if c.path == dataset.file)
        withheld = {
            record: each
            for record in plan.records(dataset.key)
            for each in plan.of(dataset.key, record)
            if each.reach in (Reach.HIDDEN, Reach.RECORD) or (each.reach is Reach.CELL and each.column == at)
        }
        named = dataset.of(subject_id).filter(pk__in=list(withheld)).values_list("pk", dataset.file)
        made.withheld = {name: withheld[str(pk)] for pk, name in named if name}
    return made


# --- how the files of a case stand to its redactions -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether finished files are what the redactions now say."""

    changed: bool  # redactions were made or undone since: the files have to be made again
    lost: tuple[Redaction, ...]  # made, but met nothing to remove: the data have changed


def standing(case: Case, package: Package | None) -> Standing:
    """How the finished files of `package` stand to the redactions of `case`."""
    rows = list(live(case))
    made = package.redactions if package else {}
    applied, missed = set(made.get("applied", ())), set(made.get("missed", ()))
    now = {row.pk for row in rows}
    return Standing(
        changed=bool(now - applied - missed or applied - now),
        lost=tuple(row for row in rows if row.pk in missed),
    )


def outcome(plan: Plan | None, collected: Iterable[str]) -> dict[str, list[int]]:
    """What is kept with the package: which redactions its files were made with, and which met nothing."""
    if plan is None:
        return {}
    missed = plan.missed(collected)
    return {"applied": [each.id for each in plan.removals if each.id not in missed], "missed": missed}


def reasons(package: Package) -> list[str]:
    """What the files of a package are without and why: one sentence a reason, for a letter."""
    applied = Redaction.objects.filter(pk__in=package.redactions.get("applied", ()))
    found: dict[int, str] = {}
    for row in applied.exclude(reach=Reach.HIDDEN):
        what = WHAT[row.category]
        found[row.number] = f"R{row.number}: {what[:1].upper()}{what[1:]}. {row.why} ({row.law})"
    return [found[number] for number in sorted(found)]


def hides(package: Package) -> bool:
    """Whether the files of a package are without records that are not even listed in them."""
    applied = Redaction.objects.filter(pk__in=package.redactions.get("applied", ()))
    return bool(applied.filter(reach=Reach.HIDDEN).exists())


# --- the log -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Logged:
    """One line of the redaction log. It never holds what was removed."""

    mark: str  # "R1"
    dataset: str  # title of the kind of data; empty for words wherever they occur
    handle: str  # the record's date, or its key where it has none
    scope: str
    reason: str
    law: str
    who: str  # as in the trail: "staff:3"
    when: dt.datetime
    undone: dt.datetime | None
    undone_by: str


def log(case: Case) -> list[Logged]:
    """Every redaction of a case, undone ones included, in the order of their R numbers. For the evidence pack."""
    return [
        Logged(
            mark=f"R{row.number}",
            dataset=title(row),
            handle=handle(row),
            scope=scope(row),
            reason=f"{row.get_category_display()}: {row.why}",
            law=row.law,
            who=_staff(row.by_id),
            when=row.at,
            undone=row.undone_at,
            undone_by=_staff(row.undone_by_id) if row.undone_at else "",
        )
        for row in Redaction.objects.filter(case=case)
    ]


def _staff(pk: int | None) -> str:
    return f"staff:{pk}" if pk else "a former colleague"


def title(row: Redaction) -> str:
    """The title of the kind of data; empty for words wherever they occur."""
    try:
        return datamap.get(row.dataset).title if row.dataset else ""
    except KeyError:  # the kind is not declared any more
        return row.dataset


def handle(row: Redaction) -> str:
    """What tells the record from others without saying what is in it."""
    if row.reach == Reach.EVERYWHERE:
        return "wherever they occur"
    day = row.record_on
    return f"{day.day} {day:%B} {day.year}, record {row.record}" if day else f"record {row.record}"


def scope(row: Redaction) -> str:
    """How much was removed, in words: "One cell (Text)"."""
    label = next((c.label for c in _columns(row.dataset) if c.key == row.column), row.column)
    return f"{row.get_reach_display()} ({label})" if row.column else row.get_reach_display()


def _columns(key: str) -> tuple[datamap.Column, ...]:
    try:
        return datamap.get(key).columns
    except KeyError:
        return ()
