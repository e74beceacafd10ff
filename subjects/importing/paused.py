"""Restriction of processing and imports: a row that would change data we only store is refused and reported.

New records about a restricted person are taken in, since that is storing; what they would change about who the person
is and where they live is not (Article 18(2)).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from subjects import datamap, restriction
from subjects.importing.forms import Form, Part
from subjects.importing.parsing import FileRow, PartRow
from subjects.models import Account, Address, Restriction, Subject
from subjects.restriction import Use

WHO_THEY_ARE = (Subject, Address)  # here a new row changes the person's details
REMEDY = "Leave this row out, or ask the data protection officer."
KEPT = "Undo it when the pause has ended."
Stored = Mapping[str, Mapping[str, Any]]


class _Change(NamedTuple):
    row: FileRow
    part: Part
    key: str
    owners: frozenset[str]  # source keys of the people it would change something about
    record: str  # the stored row; "" for a new one


def refuse(form: Form, rows: list[FileRow], stored: list[dict[str, dict[str, Any]]]) -> None:
    """Refuse the rows of a chunk that would change something that is paused. One query, and none without rows."""
    changes = [
        change
        for row in rows
        if not row.problems
        for index, part in enumerate(form.parts)
        if (change := _change(form, row, part, index, stored[index]))
    ]
    standing = _standing({owner for change in changes for owner in change.owners})
    for change in changes:
        paused = [each for owner in change.owners for each in standing.get(owner, [])]
        if sentence := _no(change.part, paused, Use.EDIT, change.record):
            change.row.refuse(change.part.key_column, change.key, f"{sentence} {REMEDY}")


def kept(part: Part, states: Stored, use: Use) -> dict[str, str]:
    """Rows that may not be put back or taken away now: key -> why, for the report of the undoing."""
    owners = {key: _owner(part, key, state) for key, state in states.items()}
    standing = _standing({owner for owner in owners.values() if owner})
    found = {
        key: _no(part, standing.get(owners[key] or "", []), use, str(state["id"]))
        for key, state in states.items()
    }
    return {key: f"{sentence} {KEPT}" for key, sentence in found.items() if sentence}


def _change(form: Form, row: FileRow, part: Part, index: int, stored: Stored) -> _Change | None:
    """What a row would change of one table; None when it would change nothing that is there."""
    found = row.parts[index]
    if found is None:
        return None
    before = stored.get(found.key)
    if before is None and part.table not in WHO_THEY_ARE:
        return None
    if before is not None and all(before[name] == value for name, value in found.given.items()):
        return None
    record = str(before["id"]) if before else ""
    return _Change(row, part, found.key, _owners(form, row, part, found, before), record)


def _owners(
    form: Form, row: FileRow, part: Part, found: PartRow, before: Mapping[str, Any] | None
) -> frozenset[str]:
    """Whose row it is now, and whose it would become."""
    if part.table is Account:  # a shared account is changed by the row of each of its people
        main = row.parts[form.main]
        return frozenset({main.key} if main and form.subject_part.table is Subject else ())
    was = _owner(part, found.key, before) if before else ""
    becomes = found.key if part.table is Subject else found.given.get("subject", "")
    return frozenset(filter(None, (was, becomes)))


def _owner(part: Part, key: str, state: Mapping[str, Any]) -> str:
    return key if part.table is Subject else state.get("subject") or ""


def _standing(owners: Iterable[str]) -> dict[str, list[Restriction]]:
    keys = sorted(set(owners))
    found: dict[str, list[Restriction]] = {}
    if keys:
        rows = Restriction.objects.filter(lifted_at=None, subject__source_key__in=keys).select_related(
            "subject"
        )
        for each in rows:
            found.setdefault(each.subject.source_key, []).append(each)
    return found


def _no(part: Part, paused: list[Restriction], use: Use, record: str) -> str:
    kinds = [each.key for each in datamap.datasets() if each.model == part.model]
    sentences = (restriction.first_no(paused, use, kind=kind, record=record) for kind in kinds)
    return next((sentence for sentence in sentences if sentence), "")
