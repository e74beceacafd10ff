"""Every stored file, opened where we can, and every log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from django.apps import apps
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import models

from retention.tracing import reading, reasons
from retention.tracing.found import SHOWN, Group, Limits, State
from retention.tracing.terms import Term

Opened = AbstractContextManager[IO[bytes]]
Opener = Callable[
    [Path, str], Opened | None
]  # (folder, path in it): the plain bytes; None: not one of its own
LEAVES = {".key"}  # a key beside a sealed file: random letters


class Sealed(Exception):
    """A file is sealed and cannot be opened; the text says why."""


_OPENERS: list[Opener] = []


def register(opener: Opener) -> None:
    """Declare how sealed files are opened. The opener raises Sealed for one of its own that it cannot open."""
    _OPENERS.append(opener)


def roots() -> list[Path]:
    """The folders that hold stored files."""
    found = [Path(settings.STORAGE_DIR), Path(settings.DISPOSAL_JOURNAL)]
    if isinstance(default_storage, FileSystemStorage) or hasattr(default_storage, "location"):
        found.append(Path(default_storage.location))
    return list(dict.fromkeys(path.resolve() for path in found if path.is_dir()))


def search(terms: Sequence[Term], limits: Limits) -> Group:
    """Look through the stored files: their names and what stands in them."""
    look = _Look(terms, limits)
    for root in roots():
        for path in sorted(root.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.suffix not in LEAVES:
                look.at(root, path)
    return look.group("files", "Stored files")


def search_logs(terms: Sequence[Term], limits: Limits) -> Group:
    """Look through the log files that this installation knows (the setting LOG_FOLDERS)."""
    look = _Look(terms, limits)
    for folder in settings.LOG_FOLDERS:
        if not folder.is_dir():
            look.unread[f"{folder.name}: there is no such folder"] = 1
            continue
        for path in sorted(path for path in folder.iterdir() if ".log" in path.suffixes):
            look.at(folder, path, own=False)
    if not settings.LOG_FOLDERS:
        look.unread["logs that go elsewhere: set LOG_FOLDERS, or search where your system keeps them"] = 0
    return look.group("logs", "Log files")


class _Look:
    """What was met so far."""

    def __init__(self, terms: Sequence[Term], limits: Limits) -> None:
        self.terms, self.limits = terms, limits
        self.where: dict[str, list[str]] = {}
        self.hits: list[str] = []
        self.unread: dict[str, int] = {}
        self.finished = True

    def at(self, root: Path, path: Path, *, own: bool = True) -> None:
        """One file."""
        if self.limits.over:
            self.finished = False
            return
        name = str(path.relative_to(root))
        labels = {term.label for term in self.terms if term.stands_in(name.lower())}
        try:
            with _opened(root, name, path) as plain:
                found, blind = reading.labels_in(plain, self.terms, self.limits)
        except Sealed as why:
            found, blind = set(), f"sealed files: {why}"
        except reading.Stopped:
            self.finished = False
            return
        except FileNotFoundError:
            return  # it went while we looked
        except OSError as error:
            found, blind = set(), f"files that cannot be read ({error.__class__.__name__})"
        if blind:
            self.unread[blind] = self.unread.get(blind, 0) + 1
        if labels | found:
            self.hits.append(name)
            place = name.split("/")[0] if own and "/" in name else "files" if own else name
            self.where[place] = sorted({*self.where.get(place, []), *labels, *found})

    def group(self, place: str, title: str) -> Group:
        """All of it."""
        unread = [f"{count:,} x {words}" if count else words for words, count in sorted(self.unread.items())]
        state = State.SEARCHED if self.finished else State.UNFINISHED
        return Group(
            place,
            title,
            count=len(self.hits),
            unit="file",
            where=self.where,
            keys=self.hits[:SHOWN],
            why=list(_why(self.hits[:SHOWN])) if place == "files" and self.hits else self._log_words(),
            state=State.PARTLY if unread and self.finished else state,
            unread=unread,
        )

    def _log_words(self) -> list[str]:
        if not self.hits:
            return []
        return ["Logs should name nobody. Remove the lines, and tell the administrator what wrote them."]


def _opened(root: Path, name: str, path: Path) -> Opened:
    for opener in _OPENERS:
        if (plain := opener(root, name)) is not None:
            return plain
    return path.open("rb")


def _why(names: Iterable[str]) -> Iterator[str]:
    """Which record names a file, and why that is kept."""
    said: set[str] = set()
    for name in names:
        for sentence in _owner_of(name):
            if sentence not in said:
                said.add(sentence)
                yield sentence


def _owner_of(name: str) -> list[str]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.FileField):
                keys = list(
                    model._default_manager.filter(**{field.name: name}).values_list("pk", flat=True)[:5]
                )
                if keys:
                    return reasons.of_rows(model._meta.db_table, [str(key) for key in keys])
    folder = name.split("/")[0]
    if folder in {"packages", "tasks"}:
        return ["Part of a copy that is kept until it expires (see Short-lived things in the register)."]
    return ["No record names this file: it is a leftover, and can be deleted."]
