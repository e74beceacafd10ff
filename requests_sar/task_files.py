"""What colleagues found, at rest: sealed with a key of the task's own, destroyed with that key.

They are copies of what lies elsewhere, made for one answer, so they go when that answer has been given out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import vault
from requests_sar.models import Answer, FoundFile, Task
from requests_sar.uploads import TYPES, label_of
from requests_sar.workflow import ENDED

MOST_FILES = 20  # of one task
MOST_BYTES = 20 * 1024 * 1024  # of one file
KEPT_REMOVED = dt.timedelta(days=1)  # a copy that is being made may still need what was just taken out


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it came; `kind` is what `uploads.kind_of` says it is."""

    name: str
    kind: str
    file: IO[bytes]


def folder(task: Task) -> str:
    """Where a task's files lie in the store."""
    return f"tasks/{task.pk}"


def seal(task: Task, uploads: Sequence[Upload]) -> list[FoundFile]:
    """Seal files and write them down, inside the caller's transaction. Sets the task's key on its first file."""
    if uploads and task.key is None:
        task.key = vault.new_key()
        Task.objects.filter(pk=task.pk).update(key=task.key, files_gone_at=None)
    sealed: list[FoundFile] = []
    try:
        for upload in uploads:
            upload.file.seek(0)
            digest = hashlib.file_digest(upload.file, "sha256").hexdigest()
            size = upload.file.seek(0, os.SEEK_END)
            found = FoundFile(
                task=task,
                name=label_of(upload.name),
                ending=upload.kind,
                media_type=TYPES[upload.kind].media,
                size=size,
                sha256=digest,
                at=timezone.now(),
            )
            vault.seal(upload.file, found.path, task.key)
            sealed.append(found)
        return FoundFile.objects.bulk_create(sealed)
    except BaseException:
        for found in sealed:
            vault.full_path(found.path).unlink(missing_ok=True)
        raise


def opened(found: FoundFile) -> BinaryIO:
    """The plain bytes, in a file without a name. Raises vault.Unreadable."""
    plain = vault.anonymous()
    vault.unseal_to(found.path, found.task.key, plain)
    plain.seek(0)
    return plain


def hand_out(found: FoundFile, *, by: Any) -> Iterator[bytes]:
    """The bytes for a member of staff; the reading is written down first. Raises vault.Unreadable."""
    chunks = vault.stream(found.path, found.task.key)
    trail.record(Verb.TASK_FILE_READ, by=by, target=f"task:{found.task_id}", reason=found.task.case.reference)
    return chunks


def destroy(task: Task, *, by: Any = None) -> None:
    """Destroy key and files of a task. What was said about them stays."""
    with transaction.atomic():
        if (
            not Task.objects.filter(pk=task.pk)
            .exclude(key=None)
            .update(key=None, files_gone_at=timezone.now())
        ):
            return
        FoundFile.objects.filter(task=task).delete()
        Answer.objects.filter(task=task).update(places="")
        trail.record(Verb.TASK_FILES_DESTROYED, by=by, target=f"task:{task.pk}")
        transaction.on_commit(lambda: vault.destroy(folder(task)))


def tidy() -> int:
    """Destroy the files of cases that ended long enough ago, and what was taken out or left by a crash.

    Returns how many tasks lost their files.
    """
    now = timezone.now()
    over = Task.objects.filter(
        case__state__in=ENDED, case__closed_at__lte=now - dt.timedelta(days=settings.PACKAGE_DAYS)
    ).exclude(key=None)
    tasks = list(over[:200])
    for task in tasks:
        destroy(task)
    for found in FoundFile.objects.filter(removed_at__lte=now - KEPT_REMOVED).select_related("task")[:200]:
        vault.full_path(found.path).unlink(missing_ok=True)
        found.delete()
    _remove_leftovers(now)
    return len(tasks)


def _remove_leftovers(now: dt.datetime) -> None:
    """Sealed files that no row names: what a crash between the disk and the row leaves. None is younger than a day."""
    store = vault.full_path("tasks")
    if not store.is_dir():
        return
    old = [path for path in store.glob("*/*") if _made(path) < now - KEPT_REMOVED]
    names = {path.stem for path in old}
    known = {str(pk) for pk in FoundFile.objects.filter(pk__in=_uuids(names)).values_list("pk", flat=True)}
    for path in old:
        if path.stem not in known:
            path.unlink(missing_ok=True)
    for place in store.iterdir():
        if place.is_dir() and not any(place.iterdir()):
            shutil.rmtree(place, ignore_errors=True)


def _made(path: Path) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    except FileNotFoundError:
        return dt.datetime.max.replace(tzinfo=dt.UTC)


def _uuids(names: set[str]) -> list[str]:
    return [name for name in names if len(name) == 36 and name.count("-") == 4]
