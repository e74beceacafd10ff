"""The journal: what was disposed of, in files outside the database, so that it outlives the database.

Each act writes a `JournalEntry` in its own transaction; `export` moves these into the files, one JSON line each, and
waits until the disk has them before it lets go of the rows. So a crash between the two leaves an entry twice, never
nowhere, and an entry twice is one act.

The lines are numbered and chained by keyed digests (HMAC by MASTER_KEY): a line that was changed, left out or made up
is noticed. The database knows the last line that it has (`JournalHead`); when the files go further than that, the
database is a restored one, and `retention.replaying` does the rest again.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import hmac
import json
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Subquery, TextField

from portal import queue
from retention.keys import listed
from retention.models import Chunk, Disposal, JournalEntry, JournalHead
from retention.models import Line as PlanLine
from subjects import datamap

GENESIS = "0" * 64
SEGMENT = 8 * 1024 * 1024  # bytes after which a new file is begun
LONGEST_LINE = 4 * 1024 * 1024  # bytes; a line holds the keys of one batch
AT_ONCE = 200  # entries of one transaction
KEYS_AT_ONCE = 500_000  # so many keys, and the transaction is full before that: they all lie in memory
Kind = JournalEntry.Kind
Line = dict[str, Any]


class Problem(Exception):
    """The journal cannot be used as it is; the text says what is wrong and what to do."""


# --- writing down ----------------------------------------------------------------------------------------


def batch(line: PlanLine, keys: Sequence[str], chunk: Chunk | None = None) -> None:
    """Write one batch down: records of a line of a plan, in the transaction in which they went.

    chunk: what was listed for this batch; when all of it went, the database copies the keys itself.
    """
    top = last_number(datamap.get(line.dataset).model_class)
    whole = chunk is not None and len(keys) == len(chunk.keys)
    listed_there = Subquery(Chunk.objects.filter(pk=chunk.pk).values("keys")) if chunk and whole else None
    _write(line.disposal, Kind.BATCH, keys, listed_there, dataset=line.dataset, action=line.decision, top=top)


def note(disposal: Disposal, kind: Kind, *, keys: Sequence[str], action: str = "") -> None:
    """Write down what else was done about people (primary keys as text), in the transaction of the act."""
    _write(disposal, kind, keys, action=action)


def _write(disposal: Disposal, kind: Kind, keys: Sequence[str], value: Any = None, **more: Any) -> None:
    if not keys:
        return
    JournalEntry.objects.create(
        kind=kind,
        run=disposal.reference,
        register_version=disposal.register_version,
        keys=value or listed(keys, TextField()),
        **more,
    )
    from retention.tasks import export_journal  # the task imports this module

    queue.nudge(export_journal)


def last_number(model: Any) -> int | None:
    """The last number that a table has given out; None for keys that are no numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)",
            [connection.ops.quote_name(model._meta.db_table), model._meta.pk.column],
        )
        found: int | None = cursor.fetchone()[0]
    return found


# --- into the files ----------------------------------------------------------------------------------------


def export() -> int:
    """Move what waits into the files; returns how many entries. Raises Problem, and then nothing is lost."""
    moved = 0
    if not JournalEntry.objects.exists():
        return 0
    while count := _some():
        moved += count
    return moved


def _some() -> int:
    with transaction.atomic():
        head = _head()
        folder = folder_of(head)
        with _alone(folder):
            _agree(head, folder)
            entries = _next()
            if not entries:
                return 0
            _append(folder, head, entries)
        JournalEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
        head.save(update_fields=["number", "digest"])
    return len(entries)


def _next() -> list[JournalEntry]:
    """The oldest entries, as many as go into the files at once."""
    entries, keys = [], 0
    for entry in JournalEntry.objects.order_by("pk")[:AT_ONCE].iterator(chunk_size=5):
        entries.append(entry)
        keys += len(entry.keys)
        if keys >= KEYS_AT_ONCE:
            break
    return entries


def _head() -> JournalHead:
    """The row, locked: one process exports at a time."""
    JournalHead.objects.get_or_create(pk=1)
    return JournalHead.objects.select_for_update().get(pk=1)


def folder_of(head: JournalHead, root: Path | None = None) -> Path:
    """Where the files of this database lie: each database has a folder of its own under DISPOSAL_JOURNAL."""
    return (root or settings.DISPOSAL_JOURNAL) / str(head.folder)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        gate = (folder / ".lock").open("a")
    except OSError as error:
        raise Problem(
            f"The journal cannot be written ({error.strerror}). Make {folder.name} in DISPOSAL_JOURNAL writable."
        ) from error
    with gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def _agree(head: JournalHead, folder: Path) -> None:
    """See that the files end where the database thinks. Raises Problem when one of them is not of today."""
    _forget_half_a_line(folder)
    end = last(folder)
    number = end["n"] if end else 0
    if number == head.number:
        if end and end["digest"] != head.digest:
            raise Problem(
                "The journal is another one than this database knows. Put back the folder it belongs to."
            )
        return
    if number < head.number:
        raise Problem(
            f"The journal ends at line {number}, but there were {head.number}. Put its files back; if they are lost, "
            "take a backup of the database now and begin a new journal with `replay_disposals --begin-again`."
        )
    extra = list(lines(folder, after=head.number))
    marks = [line["mark"] for line in extra]
    if JournalEntry.objects.filter(mark__in=marks).count() < len(marks):
        raise Problem(
            f"The journal goes on to line {number}, but this database ends at {head.number}: it was restored from a "
            "backup. Run `replay_disposals` before anybody uses the portal."
        )
    # A crash between the disk and the commit: the files have them, the rows only have to be let go.
    JournalEntry.objects.filter(mark__in=marks).delete()
    head.number, head.digest = extra[-1]["n"], extra[-1]["digest"]
    head.save(update_fields=["number", "digest"])


def _append(folder: Path, head: JournalHead, entries: Sequence[JournalEntry]) -> None:
    target = _segment(folder, head.number + 1)
    new = not target.exists()
    with open(target, "ab", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
        for entry in entries:
            line = _line(entry, head.number + 1, head.digest)
            out.write(json.dumps(line, separators=(",", ":"), sort_keys=True).encode() + b"\n")
            head.number, head.digest = line["n"], line["digest"]
        out.flush()
        os.fsync(out.fileno())
    if new:
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _segment(folder: Path, number: int) -> Path:
    """The file that a line goes into: the last one, or a new one when that is full."""
    newest = max(segments(folder), default=None)
    if newest is not None and newest.stat().st_size < SEGMENT:
        return newest
    return folder / f"{number:012}.jsonl"


def segments(folder: Path) -> list[Path]:
    """The files in their order; each is named after its first line."""
    return sorted(folder.glob("[0-9]*.jsonl"))


def _line(entry: JournalEntry, number: int, previous: str) -> Line:
    line: Line = {
        "n": number,
        "mark": str(entry.mark),
        "at": entry.at.astimezone(dt.UTC).isoformat(),
        "kind": entry.kind,
        "run": entry.run,
        "dataset": entry.dataset,
        "action": entry.action,
        "register": entry.register_version,
        "keys": entry.keys,
        "top": entry.top,
        "previous": previous,
    }
    return line | {"digest": digest(line)}


def digest(line: Line) -> str:
    """The keyed digest of a line without its digest; it covers that of the line before."""
    text = json.dumps({k: v for k, v in line.items() if k != "digest"}, separators=(",", ":"), sort_keys=True)
    return hmac.new(settings.JOURNAL_KEY, text.encode(), hashlib.sha256).hexdigest()


# --- out of the files --------------------------------------------------------------------------------------


def lines(folder: Path, *, after: int = 0) -> Iterator[Line]:
    """The lines behind number `after`, each checked against the one before. Raises Problem at one that is not sound.

    Files that end before `after` are not read. Half a line at the very end is what a crash leaves: it is no line.
    """
    files = segments(folder)
    first = max((i for i, path in enumerate(files) if int(path.stem) <= max(after, 1)), default=0)
    if files and int(files[0].stem) > 1 and int(files[0].stem) > after + 1:
        raise Problem(f"The journal begins with line {int(files[0].stem)}: the files before it are missing.")
    previous: Line | None = None
    for path in files[first:]:
        with path.open("rb") as file:
            for place, raw in enumerate(file, start=1):
                if not raw.endswith(b"\n") and path == files[-1]:
                    return
                line = _sound(raw, f"line {place} of {path.name}", previous)
                if previous is None and line["n"] != int(path.stem):
                    raise Problem(f"The journal is damaged: {path.name} does not begin with its own line.")
                previous = line
                if line["n"] > after:
                    yield line


def _sound(raw: bytes, place: str, previous: Line | None) -> Line:
    try:
        line = json.loads(raw)
        number, before, mark = line["n"], line["previous"], line["digest"]
    except (ValueError, KeyError, TypeError) as error:
        raise Problem(
            f"The journal is damaged: {place} cannot be read. Put back a copy of the file."
        ) from error
    if not hmac.compare_digest(str(mark), digest(line)):
        raise Problem(
            f"The journal is damaged: {place} was changed, or written with another MASTER_KEY. Put back a copy of "
            "the file, or set the MASTER_KEY it was written with."
        )
    if previous is not None and (number != previous["n"] + 1 or before != previous["digest"]):
        raise Problem(
            f"The journal is damaged: before {place} something is missing. Put back a copy of the file."
        )
    if previous is None and number == 1 and before != GENESIS:
        raise Problem(f"The journal is damaged: {place} is not its beginning.")
    return dict(line)


def last(folder: Path) -> Line | None:
    """The last whole line, read from the end of the files. Raises Problem when it is not sound."""
    for path in reversed(segments(folder)):
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LONGEST_LINE))
            whole, end, _ = file.read().rpartition(b"\n")
        if end:
            return _sound(whole.rpartition(b"\n")[2] + b"\n", f"the last line of {path.name}", None)
    return None


def _forget_half_a_line(folder: Path) -> None:
    """Cut off what a crash left behind the last whole line; its entry still waits in the database."""
    for path in segments(folder)[-1:]:
        raw = path.read_bytes()
        if raw and not raw.endswith(b"\n"):
            with path.open("r+b") as file:
                file.truncate(raw.rfind(b"\n") + 1)
                os.fsync(file.fileno())


def begin_again() -> str:
    """Begin a new journal in a folder of its own, because the files of the old one are lost; returns its name.

    What the old one said can then only be replayed from a copy of it: take a backup of the database first.
    """
    with transaction.atomic():
        head = _head()
        head.folder, head.number, head.digest = uuid.uuid4(), 0, GENESIS
        head.save()
    return str(head.folder)
