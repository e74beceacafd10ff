"""Looking for a text in the finished files of a copy: every part of each, unpacked. The last proof of a removal."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from requests_sar import vault
from requests_sar.cells import REMOVED
from requests_sar.models import File, Package

LARGEST = 25 * 1024 * 1024  # bytes of a file that is looked through while somebody waits
LARGEST_UNPACKED = 200 * 1024 * 1024
READABLE = (".xml", ".rels", ".json", ".csv", ".txt", ".html")
_JSON_BLANK = re.compile(r"\\[nrt]")


@dataclass(frozen=True, slots=True)
class Left:
    """How often a text stands in one file; None when the file is too large to be looked through here."""

    title: str
    count: int | None


def left(package: Package, look: re.Pattern[str]) -> list[Left]:
    """How often `look` finds something in each finished file. Raises vault.Unreadable for a file that is damaged."""
    return [Left(file.get_kind_display(), _count(file, look)) for file in package.files.all()]


def _count(file: File, look: re.Pattern[str]) -> int | None:
    if file.size > LARGEST:
        return None
    with vault.anonymous() as plain:
        vault.unseal_to(file.path, file.package.key, plain)
        plain.seek(0)
        total = 0
        for text in _texts(plain):
            if text is None:
                return None
            total += len(look.findall(REMOVED.sub(" ", text)))
        return total


def _texts(plain: BinaryIO) -> Iterator[str | None]:
    """Every readable part as text, with its escapes undone; None when there is more than can be looked through."""
    if not zipfile.is_zipfile(plain):
        plain.seek(0)
        yield html.unescape(plain.read().decode("utf-8", "replace"))
        return
    with zipfile.ZipFile(plain) as archive:
        parts = [part for part in archive.infolist() if part.filename.endswith(READABLE)]
        if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            yield None
            return
        for part in parts:
            text = archive.read(part).decode("utf-8", "replace")
            if part.filename.endswith(".json"):
                yield _JSON_BLANK.sub(" ", text).replace('\\"', '"').replace("\\\\", "\\")
            else:
                yield html.unescape(text) if part.filename.endswith((".xml", ".html")) else text
