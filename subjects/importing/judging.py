"""Holding rows of a file against what is stored: new, changed, the same, or refused."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import orjson
from django.conf import settings
from django.db import connection

from subjects.importing import gone, paused
from subjects.importing.forms import Field, Form, Part, plain
from subjects.importing.parsing import FileRow, PartRow


@dataclass(slots=True)
class Work:
    """What has to be done to one row of one table. `before` is None for a row that is new."""

    key: str
    before: dict[str, Any] | None  # the whole stored state, links as keys
    changes: dict[str, Any]


@dataclass(slots=True)
class Verdict:
    """What a chunk of rows comes to: the work for each part of the form, in the order of the parts."""

    rows: list[FileRow]
    work: list[list[Work]] = field(default_factory=list)


class Seen:
    """The keys met earlier in the same file, in a temporary table: no memory, however long the file."""

    def __enter__(self) -> Seen:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS import_seen")
            cursor.execute(
                "CREATE TEMPORARY TABLE import_seen"
                " (part smallint, key text, row integer, mark text, PRIMARY KEY (part, key))"
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:  # after a database error the session may refuse everything; the table ends with it
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS import_seen")

    def meet(
        self, part: int, rows: Mapping[str, int], marks: Mapping[int, str]
    ) -> dict[str, tuple[int, str]]:
        """Note these keys (key -> row) and return for each the row that spoke first for it, and its mark.

        A row with an empty mark said nothing and gives way to a later one that does.
        """
        keys = list(rows)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO import_seen SELECT %s, * FROM unnest(%s::text[], %s::integer[], %s::text[])"
                " ON CONFLICT (part, key) DO UPDATE SET row = EXCLUDED.row, mark = EXCLUDED.mark"
                " WHERE import_seen.mark = '' AND EXCLUDED.mark <> ''",
                [part, keys, list(rows.values()), [marks[row] for row in rows.values()]],
            )
            cursor.execute(
                "SELECT key, row, mark FROM import_seen WHERE part = %s AND key = ANY(%s)", [part, keys]
            )
            return {key: (row, said) for key, row, said in cursor.fetchall()}


def state_of(part: Part, keys: Sequence[str], *, lock: bool = False) -> dict[str, dict[str, Any]]:
    """The stored state of rows: key -> attribute -> value, links as keys, and the row's id under "id"."""
    rows = part.table._default_manager.filter(**{f"{part.key}__in": keys})
    if lock:
        rows = rows.order_by("pk").select_for_update(of=("self",))
    names = ["id", *part.stored]
    found = rows.values_list(part.key, "pk", *part.stored.values())
    return {key: dict(zip(names, values, strict=True)) for key, *values in found}


def mark(state: dict[str, Any]) -> str:
    """A keyed mark of values, to tell later whether they are still what they were."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
    text = orjson.dumps(state, default=plain, option=options)
    return hashlib.blake2b(text, key=settings.DIGEST_KEY, digest_size=16).hexdigest()


def judge(form: Form, rows: list[FileRow], seen: Seen, *, lock: bool = False) -> Verdict:
    """Decide about a chunk of rows. Only reads (and locks what it read, if asked to)."""
    stored = [_stored(form, index, rows, lock=lock) for index in range(len(form.parts))]
    for index, part in enumerate(form.parts):
        _refuse_missing_links(part, index, rows)
        _refuse_incomplete(part, index, rows, stored[index])
    paused.refuse(form, rows, stored)
    gone.refuse(form, rows, stored)
    firsts: dict[int, dict[str, tuple[int, str]]] = {}
    # What rows share comes last: the row that speaks for it must not be refused for its own number later.
    for index, part in sorted(enumerate(form.parts), key=lambda pair: pair[1].shared):
        firsts[index] = _refuse_repeated(part, index, rows, seen)
    verdict = Verdict(rows)
    for index, part in enumerate(form.parts):
        verdict.work.append(_work(form, part, index, rows, stored[index], firsts[index]))
    for row in rows:
        row.outcome = "" if row.problems else row.outcome or "same"
    return verdict


def _standing(rows: list[FileRow], index: int) -> list[tuple[FileRow, PartRow]]:
    return [(row, part) for row in rows if not row.problems and (part := row.parts[index])]


def _stored(form: Form, index: int, rows: list[FileRow], *, lock: bool) -> dict[str, dict[str, Any]]:
    keys = sorted({part.key for _, part in _standing(rows, index)})
    return state_of(form.parts[index], keys, lock=lock) if keys else {}


def _refuse_missing_links(part: Part, index: int, rows: list[FileRow]) -> None:
    for link in part.links:
        if link.inside:
            continue
        standing = [pair for pair in _standing(rows, index) if pair[1].given.get(link.attr)]
        keys = {found.given[link.attr] for _, found in standing}
        known = set(
            link.target._default_manager.filter(**{f"{link.key}__in": keys}).values_list(link.key, flat=True)
        )
        for row, found in standing:
            if found.given[link.attr] not in known:
                row.refuse(link.column, found.given[link.attr], link.remedy)


def _refuse_incomplete(
    part: Part, index: int, rows: list[FileRow], stored: dict[str, dict[str, Any]]
) -> None:
    needed: list[Field] = [
        each for each in part.fields if each.needed and not (each.link and each.link.inside)
    ]
    for row, found in _standing(rows, index):
        if found.key in stored:
            continue
        for each in needed:
            if each.attr not in found.given and each.attr not in found.stand_ins:
                what = part.table._meta.verbose_name
                row.refuse(each.column, None, f"A new {what} needs this: {each.label.lower()}. Fill it in.")


def _refuse_repeated(part: Part, index: int, rows: list[FileRow], seen: Seen) -> dict[str, tuple[int, str]]:
    """Refuse a key that stood in an earlier row; rows may share a shared part when they agree about it.

    Returns for each key the number of the row that speaks for it and the mark of what it says ("": nothing).
    """
    if part.key_of:
        return {}  # follows the main part's key
    standing = _standing(rows, index)
    marks = {row.number: mark(found.given) if part.shared and found.given else "" for row, found in standing}
    speaking: dict[str, int] = {}
    for row, found in sorted(standing, key=lambda pair: not marks[pair[0].number]):
        speaking.setdefault(found.key, row.number)
    firsts = seen.meet(index, speaking, marks)
    for row, found in standing:
        (first, was), said = firsts[found.key], marks[row.number]
        if first == row.number or (part.shared and said in {"", was}):
            continue
        if part.shared:
            remedy = (
                f"Row {first} says something else about this {part.key_label.lower()}. Make the rows agree."
            )
        else:
            remedy = (
                f"This number stands in row {first} already. Give each row its own number, or remove one."
            )
        row.refuse(part.key_column, found.key, remedy)
    return firsts


def _work(
    form: Form,
    part: Part,
    index: int,
    rows: list[FileRow],
    stored: dict[str, dict[str, Any]],
    firsts: dict[str, tuple[int, str]],
) -> list[Work]:
    work = []
    main = part is form.subject_part
    done: set[str] = set()
    for row, found in _standing(rows, index):
        if found.key in done or (found.key in firsts and firsts[found.key][0] != row.number):
            continue  # a shared row was dealt with where it stood first
        done.add(found.key)
        before = stored.get(found.key)
        if before is None:
            empty = {each.attr: each.empty for each in part.fields}
            work.append(Work(found.key, None, {**empty, **found.stand_ins, **found.given}))
            row.outcome = "new" if main else row.outcome or "changed"
            continue
        changes = {name: value for name, value in found.given.items() if before[name] != value}
        if changes:
            work.append(Work(found.key, before, changes))
            row.outcome = row.outcome or "changed"
    return work
