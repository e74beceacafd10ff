"""The verbs that change what we hold about a person: correct, undo, and say something beside a record.

Every door (the person's own page, an officer's decision) calls these. Each is atomic, keeps the old value and the
new one in the person's history, keeps the search keys in step, and writes to the trail what was changed, never how.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from subjects import datamap, formats, items, restriction
from subjects.datamap import Column, Dataset, Kind
from subjects.formats import Shape
from subjects.identifiers import normalise_email
from subjects.indexing import reindex
from subjects.models import DetailChange, RecordNote, Subject
from subjects.restriction import Use

CUSTOMER = "customer"
EMAIL_HELP = "Enter an email address, like name@example.com"


class Refused(Exception):
    """The change cannot be made; the text is a sentence for the person who tried, `column` the field at fault."""

    def __init__(self, sentence: str, *, column: str = "") -> None:
        super().__init__(sentence)
        self.column = column


def refuse_change(subject: Subject, dataset: str = "contact-details", record: str = "") -> None:
    """Raise Refused while the kind of data, or its one record, is only stored (Article 18(2))."""
    if restriction.blocks(subject, Use.EDIT, kind=dataset, record=record):
        raise Refused(
            "We only store these details at the moment, because their use is paused. They cannot be changed until "
            "the pause ends."
        )


@dataclass(slots=True)
class _Write:
    """What one row becomes."""

    dataset: Dataset
    row: Any
    values: dict[str, Any]
    undoes: dict[str, DetailChange] = field(default_factory=dict)  # column -> the change that is taken back


def correct(
    *,
    subject: Subject,
    dataset: str,
    record: str,
    values: Mapping[str, str],
    by: Any,
    reference: str = "",
    decided: bool = False,
    everywhere: bool = False,
    proved: str = "",
) -> list[DetailChange]:
    """Change details of one record; returns what really changed, so that the same correction twice changes nothing.

    `values` are column -> new value as typed. `decided`: an officer decided it on a request (`reference`): then every
    stored field may change, also while its use is paused. Otherwise only what the data map calls correctable, and an
    e-mail address only when it is the one `proved` by a code. `everywhere`: other records of the same item (a billing
    address like the home address) that hold the same are changed too. Raises Refused.
    """
    kind = datamap.get(dataset)
    with transaction.atomic():
        person = Subject.objects.select_for_update().get(pk=subject.pk)
        if not decided:
            refuse_change(person, dataset, record)
        row = items.row_of(kind, person, record)
        if row is None:
            raise Refused("We do not hold that any more. Load the page again to see what we hold.")
        clean = {path: _clean(kind, row, path, values, decided, proved) for path in values}
        writes = [_Write(kind, row, clean)]
        if everywhere and kind.item:
            writes += [_Write(kind, other, clean) for other in _alike(kind, person, row, clean)]
        writes += _copies(kind, person, row, clean)
        return _write(person, writes, by=by, reference=reference)


def undo(*, subject: Subject, by: Any) -> list[DetailChange]:
    """Take the person's own last act of correcting back. Raises Refused when that is not safe any more."""
    with transaction.atomic():
        person = Subject.objects.select_for_update().get(pk=subject.pk)
        last = undoable(person)
        if not last:
            raise Refused("There is nothing to undo: something has changed since.")
        for change in last:
            refuse_change(person, change.dataset, change.record)
        rows: dict[tuple[str, str], _Write] = {}
        for change in last:
            kind = datamap.get(change.dataset)
            row = items.row_of(kind, person, change.record)
            write = rows.setdefault((change.dataset, change.record), _Write(kind, row, {}))
            write.values[change.column] = change.before
            write.undoes[change.column] = change
        return _write(person, rows.values(), by=by)


def undoable(subject: Subject) -> list[DetailChange]:
    """The changes of the last act, when the person made it here, its values still stand, and it can be taken back.

    An e-mail address is not: it decides who may sign in, so it changes only with a code sent to it.
    """
    last = DetailChange.objects.filter(subject=subject).order_by("-at", "-pk").first()
    if last is None or last.by != CUSTOMER or last.undoes_id is not None:
        return []
    changes = list(DetailChange.objects.filter(subject=subject, act=last.act))
    return changes if all(_still_stands(subject, change) for change in changes) else []


def _still_stands(subject: Subject, change: DetailChange) -> bool:
    try:
        kind = datamap.get(change.dataset)
        column = kind.column(change.column)
    except KeyError:  # the map changed since
        return False
    row = items.row_of(kind, subject, change.record)
    if row is None or column.shape is Shape.EMAIL or not column.correctable:
        return False
    return items.value_of(row, change.column) == change.after


def add_note(
    *,
    subject: Subject,
    kind: RecordNote.Kind,
    dataset: str,
    record: str,
    column: str,
    label: str,
    text: str,
    by: Any,
    reference: str,
) -> RecordNote:
    """Put a statement or a correction note beside a record; once for one request, field and kind. Raises Refused."""
    if not text.strip():
        raise Refused("Write the words that are to stand beside the record.")
    with transaction.atomic():
        note, new = RecordNote.objects.get_or_create(
            reference=reference,
            dataset=dataset,
            record=record,
            column=column,
            kind=kind,
            defaults={
                "subject": subject,
                "label": label,
                "text": text.strip(),
                "by": trail.actor(by),
                "at": timezone.now(),
            },
        )
        if not new and note.text != text.strip():
            raise Refused(
                "Other words of this request stand beside it already. Put everything into one note."
            )
        if new:
            trail.record(
                Verb.PERSON_NOTED,
                by=by,
                target=f"person:{subject.reference}",
                reason=f"{kind} {dataset} {reference}",
            )
    return note


def notes_on(subject: Subject, dataset: str = "") -> models.QuerySet[RecordNote]:
    """What stands beside a person's records, oldest first."""
    found = RecordNote.objects.filter(subject=subject)
    return found.filter(dataset=dataset) if dataset else found


def forget_notes(*, dataset: str, records: Iterable[Any]) -> int:
    """Delete what stands beside records that are deleted; returns how many. Call it in the same transaction."""
    keys = [str(record) for record in records]
    return RecordNote.objects.filter(dataset=dataset, record__in=keys).delete()[0]


def check_value(*, dataset: str, row: Any, column: str, value: str) -> str:
    """A value that an officer wants to write, as text that `correct` takes: days as 2026-03-27. Raises Refused."""
    clean = _clean(datamap.get(dataset), row, column, {column: value}, True, "")
    if clean is None:
        return ""
    return str(clean.isoformat()) if isinstance(clean, dt.date) else str(clean)


# --- one value ---------------------------------------------------------------------------------------------


def _clean(kind: Dataset, row: Any, path: str, values: Mapping[str, str], decided: bool, proved: str) -> Any:
    column, stored = _writable(kind, path, decided)
    if "\x00" in values[path]:
        raise Refused(f"{column.label} has a character in it that we cannot read. Type it again", column=path)
    try:
        text = formats.parse(column.shape, values[path], country=_country(kind, row, values))
    except formats.Misspelt as problem:
        raise Refused(str(problem), column=path) from None
    if column.shape is Shape.EMAIL and text:
        _check_email(text, path, proved=None if decided else proved)
    if not text and not stored.blank:
        raise Refused(f"Enter {column.label[:1].lower()}{column.label[1:]}", column=path)
    try:
        return stored.clean(text or (None if stored.null else ""), None)
    except ValidationError as problem:
        raise Refused(_mend(column, stored, problem), column=path) from None


def _writable(kind: Dataset, path: str, decided: bool) -> tuple[Column, Any]:
    """The column and its field. Raises Refused for what is computed, evidence, or not the person's to change."""
    try:
        column = kind.column(path)
        stored: Any = kind.model_class._meta.get_field(path)
    except (KeyError, FieldDoesNotExist):
        raise Refused("That is kept with another record, and is corrected there.", column=path) from None
    if kind.is_evidence(path):
        raise Refused(
            f"{kind.title} are evidence of what was issued or sent, so they are never overwritten. Correct them by a "
            "note.",
            column=path,
        )
    if not decided and not column.correctable:
        raise Refused(f"{column.label} cannot be changed here. Ask us to correct it.", column=path)
    if stored.is_relation or stored.primary_key or column.kind is Kind.FILE:
        raise Refused(f"{column.label} cannot be changed in the portal.", column=path)
    return column, stored


def _country(kind: Dataset, row: Any, values: Mapping[str, str]) -> str:
    path = next((c.path for c in kind.columns if c.shape is Shape.COUNTRY), "")
    return str(values.get(path, getattr(row, path, ""))) if path else ""


def _check_email(text: str, path: str, *, proved: str | None) -> None:
    try:
        validate_email(text)
    except ValidationError:
        raise Refused(EMAIL_HELP, column=path) from None
    if proved is not None and normalise_email(proved) != normalise_email(text):
        raise Refused("An email address changes only with the code that we send to it.", column=path)


def _mend(column: Column, stored: Any, problem: ValidationError) -> str:
    if problem.error_list[0].code == "max_length":
        return f"{column.label} must be {stored.max_length} characters or fewer"
    examples = {Kind.DATE: "2026-03-27", Kind.MONEY: "120.50", Kind.INTEGER: "12", Kind.DURATION: "90"}
    example = examples.get(column.kind)
    return f"Enter {column.label.lower()}, like {example}" if example else " ".join(problem.messages)


# --- which rows, and the writing -----------------------------------------------------------------------------


def _alike(kind: Dataset, person: Subject, row: Any, clean: Mapping[str, Any]) -> list[Any]:
    """Other records of the item that hold what this one held: a billing address like the home address."""
    held = {path: getattr(row, path) for path in clean}
    return list(kind.of(person.pk).filter(**held).exclude(pk=row.pk))


def alike(*, subject: Subject, dataset: str, record: str) -> list[Any]:
    """Other records that hold the very same item, for offering to change them too."""
    kind = datamap.get(dataset)
    row = items.row_of(kind, subject, record)
    if row is None or not kind.item:
        return []
    return _alike(kind, subject, row, {c.path: None for c in kind.columns if c.correctable})


def _copies(kind: Dataset, person: Subject, row: Any, clean: Mapping[str, Any]) -> list[_Write]:
    """Live copies of a changed value elsewhere (the name of a personal account), when they are this person's alone."""
    writes = []
    for other in datamap.datasets():
        for column in other.columns:
            place, _, path = column.copy_of.partition(".")
            if place != kind.key or path not in clean or not (held := getattr(row, path)):
                continue
            for copy in other.of(person.pk).filter(**{column.path: held}):
                owners = other.model_class._default_manager.filter(pk=copy.pk).values_list(other.subject_path)
                if len(set(owners)) == 1:
                    writes.append(_Write(other, copy, {column.path: clean[path]}))
    return writes


def _side(by: Any) -> DetailChange.Side:
    side = DetailChange.Side
    return side.REQUESTER if trail.actor(by) == CUSTOMER else side.COMPANY


def _write(person: Subject, writes: Iterable[_Write], *, by: Any, reference: str = "") -> list[DetailChange]:
    """Store, index, note: the row of the person is locked. Nothing at all is written for values that stand already."""
    act, now = uuid.uuid4(), timezone.now()
    changes: list[DetailChange] = []
    for write in writes:
        changed = {p: v for p, v in write.values.items() if items.value_of(write.row, p) != v}
        if not changed:
            continue
        for path, value in changed.items():
            column = write.dataset.column(path)
            changes.append(
                DetailChange(
                    subject=person,
                    act=act,
                    at=now,
                    dataset=write.dataset.key,
                    record=str(write.row.pk),
                    column=path,
                    label=items.name_of(write.dataset, write.row, path)[:200],
                    before=items.text_of(column, items.value_of(write.row, path)),
                    after=items.text_of(column, value),
                    side=_side(by),
                    by=trail.actor(by),
                    reference=reference,
                    undoes=write.undoes.get(path),
                )
            )
        if any(write.dataset.column(path).shape is Shape.EMAIL for path in changed):
            Subject.objects.filter(pk=person.pk).update(email_changed_at=now)
        write.dataset.model_class._default_manager.filter(pk=write.row.pk).update(**changed)
    if changes:
        DetailChange.objects.bulk_create(changes)
        reindex([person.pk])
        trail.record_many(
            [
                (Verb.PERSON_CORRECTED, f"person:{person.reference}", f"{c.dataset}.{c.column} {reference}")
                for c in changes
            ],
            by=by,
        )
    return changes
