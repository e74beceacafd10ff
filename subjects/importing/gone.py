"""Old files and what was done since: a row never brings an erased person back, and never undoes a correction unseen.

The systems that files come from may still hold who was erased here, or the value that was corrected here. Such a row
is refused and the report says why, so that it is put right there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone

from subjects import datamap, identifiers, items
from subjects.datamap import Dataset
from subjects.importing.forms import Form, Part
from subjects.importing.parsing import FileRow
from subjects.models import Account, DetailChange, Gone, Subject

NAMED = (Subject, Account)  # everything else hangs on one of these, and is refused without it
ERASED = (
    "This was erased here on {day}. Erase it in the system that the file comes from. If they are a customer again, "
    "they need a new number there."
)
CORRECTED = (
    "This was corrected here on {day}, and the file has the old value. Correct it in the system that the file comes "
    "from."
)


def digest(model: str, key: str) -> str:
    """The code of a key of a table."""
    return identifiers.digest(f"gone:{model}:{key}", settings.DIGEST_KEY)


def remember(model: str, keys: Iterable[str]) -> int:
    """Keys whose rows must not come back; returns how many are new. Again, it changes nothing."""
    now = timezone.now()
    rows = [Gone(digest=digest(model, key), at=now) for key in keys]
    known = set(Gone.objects.filter(digest__in=[row.digest for row in rows]).values_list("digest", flat=True))
    Gone.objects.bulk_create([row for row in rows if row.digest not in known], ignore_conflicts=True)
    return len(rows) - len(known)


def refuse(form: Form, rows: list[FileRow], stored: list[dict[str, dict[str, Any]]]) -> None:
    """Refuse the rows of a chunk that bring back what was erased or corrected. Two queries at most."""
    new = [
        (row, part, found.key)
        for index, part in enumerate(form.parts)
        if part.table in NAMED
        for row in rows
        if not row.problems and (found := row.parts[index]) and found.key not in stored[index]
    ]
    codes = {digest(part.model, key): (part, key) for _, part, key in new}
    gone = dict(Gone.objects.filter(digest__in=codes).values_list("digest", "at")) if codes else {}
    for row, part, key in new if gone else ():
        if at := gone.get(digest(part.model, key)):
            row.refuse(part.key_column, key, ERASED.format(day=_day(at)))
    _refuse_old_values(form, rows, stored)


class _Change(NamedTuple):
    row: FileRow
    part: Part
    dataset: Dataset
    record: str
    name: str
    was: str
    becomes: str


def _refuse_old_values(form: Form, rows: list[FileRow], stored: list[dict[str, dict[str, Any]]]) -> None:
    changes = [change for change in _changes(form, rows, stored) if change.was != change.becomes]
    if not changes:
        return
    newest: dict[tuple[str, str, str], DetailChange] = {}
    records = {change.record for change in changes}
    for corrected in DetailChange.objects.filter(record__in=records).order_by("at", "pk"):
        newest[corrected.dataset, corrected.record, corrected.column] = corrected
    for change in changes:
        found = newest.get((change.dataset.key, change.record, change.name))
        if found and (found.before, found.after) == (change.becomes, change.was):
            change.row.refuse(
                change.part.prefix + change.name, change.becomes, CORRECTED.format(day=_day(found.at))
            )


def _changes(form: Form, rows: list[FileRow], stored: list[dict[str, dict[str, Any]]]) -> Iterator[_Change]:
    """What rows would change of columns that people see and may have had corrected."""
    for index, part in enumerate(form.parts):
        kinds = [each for each in datamap.datasets() if each.model == part.model]
        known = {column.path: (each, column) for each in kinds for column in each.columns}
        for row in rows:
            found = row.parts[index]
            before = stored[index].get(found.key) if found and not row.problems else None
            if found is None or before is None:
                continue
            for name, value in found.given.items():
                if name in known and before.get(name) != value:
                    dataset, column = known[name]
                    texts = (items.text_of(column, before[name]), items.text_of(column, value))
                    yield _Change(row, part, dataset, str(before["id"]), name, *texts)


def _day(at: dt.datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.day} {local:%B %Y}"
