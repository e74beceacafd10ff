"""Looking for terms in bytes: plain text in the usual encodings, also inside ZIP files (workbooks) and gzip."""

from __future__ import annotations

import gzip
import html
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO

from retention.tracing.found import Limits
from retention.tracing.terms import Term

CHUNK = 1024 * 1024
OVERLAP = 2_000  # bytes that two pieces share, so that nothing is cut in two
LARGEST_UNPACKED = 2 * 1024**3
DEEPEST = 3  # archives in archives
_BLIND = {  # beginnings of files whose words are packed or drawn
    b"%PDF": "PDF: only words that lie open in it",
    b"\xff\xd8\xff": "picture: its words are drawn",
    b"\x89PNG": "picture: its words are drawn",
    b"RIFF": "sound: only its description",
    b"ID3": "sound: only its description",
    b"OggS": "sound: only its description",
}


class Stopped(Exception):
    """The time was over in the middle of a file."""


def labels_in(file: IO[bytes], terms: Sequence[Term], limits: Limits) -> tuple[set[str], str]:
    """Labels of the terms that stand in a file, and what of it could not be read. Raises Stopped."""
    start = file.read(8)
    file.seek(0)
    blind = next((words for begins, words in _BLIND.items() if start.startswith(begins)), "")
    found: set[str] = set()
    try:
        for text in _texts(file, limits, 0):
            found |= {term.label for term in terms if term.label not in found and term.stands_in(text)}
    except (zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, EOFError, NotImplementedError, RuntimeError):
        blind = "a packed file that cannot be unpacked"
    except OverflowError:
        blind = "a packed file that is too large unpacked"
    return found, blind


def _texts(file: IO[bytes], limits: Limits, depth: int) -> Iterator[str]:
    """Its texts in lower case, in pieces."""
    start = file.read(4)
    file.seek(0)
    if depth < DEEPEST and start == b"PK\x03\x04":
        with zipfile.ZipFile(file) as archive:
            yield "\n".join(archive.namelist()).lower()
            if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
                raise OverflowError
            for part in archive.infolist():
                with archive.open(part) as inner:
                    yield from _texts(io.BytesIO(inner.read()), limits, depth + 1)
    elif depth < DEEPEST and start[:2] == b"\x1f\x8b":
        with gzip.open(file) as unpacked:
            yield from _pieces(unpacked, limits)
    else:
        yield from _pieces(file, limits)


def _pieces(file: IO[bytes] | gzip.GzipFile, limits: Limits) -> Iterator[str]:
    rest, total = b"", 0
    while piece := file.read(CHUNK):
        if limits.over:
            raise Stopped
        total += len(piece)
        if total > LARGEST_UNPACKED:
            raise OverflowError
        yield from ways(rest + piece)
        rest = (rest + piece)[-OVERLAP:]


def ways(raw: bytes) -> Iterator[str]:
    """The texts that some bytes may be, in lower case: also with escapes undone, and in two-byte letters."""
    text = raw.decode("utf-8", "replace")
    yield text.lower()
    if "&" in text:
        yield html.unescape(text).lower()
    if "\\u" in text:
        yield _unescaped(text).lower()
    if b"\x00" in raw:
        yield raw.decode("utf-16-le", "replace").lower()
        yield raw[1:].decode("utf-16-le", "replace").lower()
    if not raw.isascii():
        yield raw.decode("latin-1").lower()


def _unescaped(text: str) -> str:
    parts = text.split("\\u")
    found = [parts[0]]
    for part in parts[1:]:
        try:
            found.append(json.loads(f'"\\u{part[:4]}"') + part[4:])
        except ValueError:
            found.append(part)
    return "".join(found)
