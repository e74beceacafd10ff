"""Writing a judged chunk, with what undoing it needs; and undoing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.utils import timezone

from subjects.copying import copy_in
from subjects.importing import paused
from subjects.importing.forms import Form, Part, default_of, plain
from subjects.importing.judging import Verdict, Work, mark, state_of
from subjects.indexing import reindex
from subjects.models import Identifier, ImportBatch, ImportChange, Subject
from subjects.restriction import Use

_LOCK = 0x696D706F  # "impo"


def one_at_a_time() -> None:
    """Let no two imports write at once, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def write(batch: ImportBatch, form: Form, verdict: Verdict) -> None:
    """Store what a chunk says and note what it replaced. In a transaction; set by set."""
    now = timezone.now()
    notes: list[ImportChange] = []
    for part, work in zip(form.parts, verdict.work, strict=True):
        for each in work:
            if part.touch and each.before is not None:
                each.changes |= part.touch(each.before, each.changes, now)
        _store(part, work)
        notes += [_note(batch, part, each) for each in work]
    names = ("batch_id", "model", "key", "before", "after", "kept")
    copy_in(ImportChange, names, ([getattr(note, name) for name in names] for note in notes))


def refresh_statistics(form: Form) -> None:
    """Tell the planner how large the tables have become.

    Otherwise the session goes on checking every foreign key with the plan it made when they were empty, which
    is to read the whole table.
    """
    tables = [part.table for part in form.parts]
    if Subject in tables:
        tables.append(Identifier)
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table._meta.db_table)}")


def _note(batch: ImportBatch, part: Part, work: Work) -> ImportChange:
    if work.before is None:
        written = {name: _made(part, work, name) for name in part.stored}
        return ImportChange(batch=batch, model=part.model, key=work.key, before=None, after=mark(written))
    before = {name: plain(work.before[name]) for name in work.changes}
    return ImportChange(batch=batch, model=part.model, key=work.key, before=before, after=mark(work.changes))


def _made(part: Part, work: Work, name: str) -> Any:
    """A value of a new row: what the file says, or what the model says."""
    if name in work.changes:
        return work.changes[name]
    return work.key if name == part.key else default_of(part.model_fields[name])


def _store(part: Part, work: Sequence[Work]) -> None:
    """Write rows of one table: new ones by COPY, changed ones by one upsert."""
    ids = _linked_ids(part, work)
    linked = {link.attr for link in part.links}
    new, old = [], []
    for each in work:
        if each.before is None:
            state = {name: _made(part, each, name) for name in part.inserted}
        else:
            state = {**each.before, part.key: each.key, **each.changes}
        for attr in linked:
            state[attr] = ids[attr, state[attr]] if state[attr] is not None else None
        (new if each.before is None else old).append(state)
    if new:
        copy_in(
            part.table, list(part.inserted.values()), ([row[name] for name in part.inserted] for row in new)
        )
    if old:
        changed = {name for each in work if each.before is not None for name in each.changes}
        _upsert(part, old, sorted(changed))
    if part.table is Subject:
        reindex(row["id"] for row in (*new, *old))


def _upsert(part: Part, rows: list[dict[str, Any]], changed: list[str]) -> None:
    """Change stored rows. An insert that always meets its row, because that is one statement for all of them."""
    names = {"id": "id"} | {name: field.attname for name, field in part.model_fields.items()}
    objects = [part.table(**{names[name]: value for name, value in row.items()}) for row in rows]
    part.table._default_manager.bulk_create(
        objects, update_conflicts=True, unique_fields=[part.key], update_fields=changed
    )


def _linked_ids(part: Part, work: Sequence[Work]) -> dict[tuple[str, str], Any]:
    """(link attribute, key) -> id of the row it names."""
    ids: dict[tuple[str, str], Any] = {}
    for link in part.links:
        keys = {
            key
            for each in work
            for state in (each.before or {}, each.changes)
            if (key := state.get(link.attr))
        }
        rows = link.target._default_manager.filter(**{f"{link.key}__in": keys}).values_list(link.key, "pk")
        ids.update({(link.attr, key): pk for key, pk in rows})
    return ids


# --- undoing ----------------------------------------------------------------------------------------------


def undo_some(batch: ImportBatch, form: Form, *, limit: int = 1_000) -> int:
    """Undo the latest changes that are not undone yet, in a transaction; returns how many were looked at.

    A row that something else has changed since stays as it is; its note then says why in `kept`.
    """
    with transaction.atomic():
        one_at_a_time()
        notes = list(ImportChange.objects.filter(batch=batch, kept="").order_by("-pk")[:limit])
        for group in _runs(notes):
            part = next(part for part in form.parts if part.model == group[0].model)
            _undo(part, group)
        ImportChange.objects.bulk_update([note for note in notes if note.kept], ["kept"])
        ImportChange.objects.filter(pk__in=[note.pk for note in notes if not note.kept]).delete()
    return len(notes)


def _runs(notes: Iterable[ImportChange]) -> list[list[ImportChange]]:
    """The notes cut where the table changes or a row comes a second time: each piece is undone as one set."""
    runs: list[list[ImportChange]] = []
    keys: set[str] = set()
    for note in notes:
        if not runs or runs[-1][0].model != note.model or note.key in keys:
            runs.append([])
            keys = set()
        runs[-1].append(note)
        keys.add(note.key)
    return runs


def _undo(part: Part, notes: list[ImportChange]) -> None:
    stored = state_of(part, [note.key for note in notes], lock=True)
    gone: list[tuple[ImportChange, Any]] = []
    back: list[Work] = []
    for note in notes:
        state = stored.get(note.key)
        if state is None:
            note.kept = "" if note.before is None else "It was deleted after the import."
        elif note.before is None:
            if mark({name: state[name] for name in part.stored}) == note.after:
                gone.append((note, state["id"]))
            else:
                note.kept = "It was changed after the import."
        elif mark({name: state[name] for name in note.before}) == note.after:
            back.append(Work(note.key, state, _values(part, note.before)))
        else:
            note.kept = "It was changed again after the import."
    _leave_paused(part, notes, stored)
    left = {note.key for note in notes if note.kept}
    _restore(part, [each for each in back if each.key not in left], notes)
    _remove(part, [pair for pair in gone if not pair[0].kept], stored)


def _leave_paused(part: Part, notes: list[ImportChange], stored: dict[str, dict[str, Any]]) -> None:
    """Rows of people whose data we only store are neither put back nor taken away; their notes say so."""
    there = [note for note in notes if not note.kept and note.key in stored]
    for use, some in (
        (Use.EDIT, [note for note in there if note.before is not None]),
        (Use.DISPOSAL, [note for note in there if note.before is None]),
    ):
        why = paused.kept(part, {note.key: stored[note.key] for note in some}, use)
        for note in some:
            note.kept = why.get(note.key, "")


def _values(part: Part, before: dict[str, Any]) -> dict[str, Any]:
    """Values from JSON, as the model holds them."""
    linked = {link.attr for link in part.links}
    meta = part.table._meta
    return {
        name: value if name in linked else meta.get_field(name).to_python(value)
        for name, value in before.items()
    }


def _restore(part: Part, work: list[Work], notes: list[ImportChange]) -> None:
    """Put former values back, except where what they name has gone."""
    ids = _linked_ids(part, work)
    by_key = {note.key: note for note in notes}
    possible = []
    for each in work:
        lost = [
            a.attr
            for a in part.links
            if each.changes.get(a.attr) and (a.attr, each.changes[a.attr]) not in ids
        ]
        if lost:
            by_key[each.key].kept = "What it belonged to before was deleted since."
        else:
            possible.append(each)
    _store(part, possible)


def _remove(part: Part, rows: list[tuple[ImportChange, Any]], stored: dict[str, dict[str, Any]]) -> None:
    """Delete rows that the import made, except those that something else hangs on."""
    held = _held(part.table, [pk for _, pk in rows])
    for note, pk in rows:
        if pk in held:
            note.kept = f"Other records belong to it now ({held[pk]}). Undo their import first."
    free = [(note, pk) for note, pk in rows if pk not in held]
    ids = [pk for _, pk in free]
    if part.table is Subject:
        _delete(Identifier, "subject_id", ids)
    _delete(part.table, "id", ids)
    names = {stored[note.key]["file"] for note, _ in free if stored[note.key].get("file")}
    if names:
        _drop_files(part.table, names)


def _held(table: type[models.Model], ids: Sequence[Any]) -> dict[Any, str]:
    """Rows that others point at -> the name of one such kind. Search keys only follow the person."""
    held: dict[Any, str] = {}
    if not ids:
        return held
    for relation in table._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and relation.related_model and not relation.concrete):
            continue
        other = relation.related_model
        if other is Identifier or not isinstance(relation.field, models.ForeignKey):
            continue
        pointed = _matching("SELECT DISTINCT {column} FROM {table}", other, relation.field.attname, ids)
        held.update({pk: str(other._meta.verbose_name_plural) for pk in pointed if pk not in held})
    return held


def _delete(table: type[models.Model], attribute: str, ids: Sequence[Any]) -> None:
    """Delete rows nothing hangs on. If something does by now, the database refuses the whole transaction."""
    _matching("DELETE FROM {table}", table, attribute, ids)


def _matching(statement: str, table: type[models.Model], attribute: str, ids: Sequence[Any]) -> list[Any]:
    """Run a statement on the rows whose column is one of `ids`; thousands of them in one array."""
    field = next(each for each in table._meta.concrete_fields if each.attname == attribute)
    quote = connection.ops.quote_name
    column, name = quote(field.column or ""), quote(table._meta.db_table)
    sql = f"{statement.format(column=column, table=name)} WHERE {column} = ANY(%s::{field.db_type(connection)}[])"
    with connection.cursor() as cursor:
        cursor.execute(sql, [[str(pk) for pk in ids]])
        return [pk for (pk,) in cursor.fetchall()] if cursor.description else []


def _drop_files(table: type[models.Model], names: Iterable[str]) -> None:
    """Delete stored files that no row names any more, once that is certain."""
    still = set(table._default_manager.filter(file__in=list(names)).values_list("file", flat=True))

    def drop() -> None:
        for name in set(names) - still:
            default_storage.delete(name)

    transaction.on_commit(drop)


def forget(batch: ImportBatch) -> None:
    """Delete what was kept for undoing an import; afterwards it cannot be undone."""
    ImportChange.objects.filter(batch=batch).delete()
