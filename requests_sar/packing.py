"""ZIP archives that stream: entries of known size, one fixed time stamp, digests on the way, no surprises
past 2 GiB.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

LEVEL = 1  # zlib level: measured on sheet XML, 6 costs three times the time and saves a quarter of the size


class TooLarge(RuntimeError):
    """A file passed 2 GiB that nobody expected to: it has to be written again with ZIP64 fields."""


class Archive:
    """A ZIP file being written to `out` (seekable). The same input gives the same bytes: the time stamp is
    fixed.
    """

    def __init__(self, out: BinaryIO, when: dt.datetime, large: bool) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
        self._when = (max(1980, when.year), when.month, when.day, when.hour, when.minute, when.second)
        self._large = large

    @contextmanager
    def entry(self, name: str, deflate: bool = True, large: bool = False) -> Iterator[Entry]:
        """A file called `name`; only one can be open at a time. `large`: it may pass 2 GiB."""
        info = zipfile.ZipInfo(name, self._when)
        info.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
        info._compresslevel = LEVEL  # type: ignore[attr-defined]  # public only from Python 3.13
        info.external_attr = 0o600 << 16
        limit = None if large or self._large else zipfile.ZIP64_LIMIT
        with self._zip.open(info, "w", force_zip64=limit is None) as stream:
            yield Entry(stream, name, limit)

    def add(self, name: str, data: bytes) -> Entry:
        """A whole small file."""
        with self.entry(name) as entry:
            entry.write(data)
        return entry

    def close(self) -> None:
        """Write the directory; without it the archive is not readable."""
        self._zip.close()

    def abandon(self) -> None:
        """Leave the file without a directory, so that no half archive can be taken for a whole one.

        Otherwise ZipFile writes one when it is garbage-collected, in the worst case into the next attempt.
        """
        self._zip.fp = None


class Entry:
    """One file inside the archive: where to write, and what was written."""

    def __init__(self, stream: IO[bytes], name: str, limit: int | None) -> None:
        self.name, self.size, self._limit = name, 0, limit
        self._stream, self._digest = stream, hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Add `data` to the file."""
        self._stream.write(data)
        self._digest.update(data)
        self.size += len(data)
        if self._limit is not None and self.size > self._limit:
            raise TooLarge(self.name)

    @property
    def sha256(self) -> str:
        """Hexadecimal digest of what was written so far."""
        return self._digest.hexdigest()


def write_archive(out: BinaryIO, when: dt.datetime, fill: Callable[[Archive], None]) -> None:
    """Let `fill(archive)` write an archive to `out` from its present position.

    Entries carry no ZIP64 fields unless they must: Excel offers to "repair" a workbook with needless ones. If
    an entry unexpectedly passes 2 GiB, everything is written once more with them.
    """
    start = out.tell()
    try:
        _write(out, when, fill, again=False)
    except RuntimeError as fault:
        # zipfile raises its own RuntimeError on closing the file, in the course of ours.
        if not isinstance(fault, TooLarge) and not isinstance(fault.__context__, TooLarge):
            raise
        out.seek(start)
        out.truncate()
        _write(out, when, fill, again=True)


def _write(out: BinaryIO, when: dt.datetime, fill: Callable[[Archive], None], *, again: bool) -> None:
    archive = Archive(out, when, large=again)
    try:
        fill(archive)
    except BaseException:
        archive.abandon()
        raise
    archive.close()


class Watched:
    """Passes progress on. When everything is written once more, rows already told are not told again."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self._progress, self._told, self._now = progress, 0, 0

    def start(self) -> None:
        """An attempt begins."""
        self._now = 0

    def __call__(self, rows: int) -> None:
        """`rows` more are written. Whoever watches always hears something: a sign that work goes on."""
        self._now += rows
        news = max(0, self._now - self._told)
        self._told += news
        self._progress(news)
