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
TOO_LARGE = "File size unexpectedly exceeded ZIP64 limit"  # zipfile's words in Python 3.11 to 3.14


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
        with self._zip.open(info, "w", force_zip64=large or self._large) as stream:
            yield Entry(stream, name)

    def add(self, name: str, data: bytes) -> Entry:
        """A whole small file."""
        with self.entry(name) as entry:
            entry.write(data)
        return entry

    def close(self) -> None:
        """Write the directory; without it the archive is not readable."""
        self._zip.close()


class Entry:
    """One file inside the archive: where to write, and what was written."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.name, self.size = name, 0
        self._stream, self._digest = stream, hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Add `data` to the file."""
        self._stream.write(data)
        self._digest.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        """Hexadecimal digest of what was written so far."""
        return self._digest.hexdigest()


def write_archive(out: BinaryIO, when: dt.datetime, fill: Callable[[Archive, bool], None]) -> None:
    """Let `fill(archive, again)` write an archive to `out` from its present position.

    Entries carry no ZIP64 fields unless they must: Excel offers to "repair" a workbook with needless ones. If
    an entry unexpectedly passes 2 GiB, everything is written once more with them (`again` is true then).
    """
    start = out.tell()
    try:
        _write(out, when, fill, again=False)
    except RuntimeError as fault:
        if TOO_LARGE not in str(fault):
            raise
        out.seek(start)
        out.truncate()
        _write(out, when, fill, again=True)


def _write(out: BinaryIO, when: dt.datetime, fill: Callable[[Archive, bool], None], *, again: bool) -> None:
    archive = Archive(out, when, large=again)
    # on an exception the archive stays without a directory: no half file can be taken for a whole one
    fill(archive, again)
    archive.close()
