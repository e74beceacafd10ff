"""One kind of data, as collected: rows as JSON, many to a line, in an anonymous file, and a sealed copy on disk.

The sealed copy lets a worker that takes over begin where the dead one stopped; the anonymous file is what the
writers read, as often as they like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import BinaryIO

import orjson

from requests_sar import vault
from requests_sar.document import Row

CHUNK = 250  # rows a line: one call of the parser for many rows, little memory for long ones


class Spool:
    """The rows of one kind. `path` is where the sealed copy lies."""

    def __init__(self, path: str, key: bytes | memoryview) -> None:
        self.path, self.key = path, key
        self.count = 0
        self.ends: tuple[Row, Row] | None = None  # first and last row
        self._plain: BinaryIO | None = None

    def fill(self, rows: Iterator[Row], progress: Callable[[int], None]) -> int:
        """Write the rows down; returns how many."""
        plain = vault.anonymous()
        count = 0
        first = last = None
        while chunk := list(islice(rows, CHUNK)):
            first = first or chunk[0]
            last = chunk[-1]
            plain.write(orjson.dumps(chunk, option=orjson.OPT_APPEND_NEWLINE))
            count += len(chunk)
            progress(len(chunk))
        self._plain, self.count = plain, count
        self.ends = (first, last) if first is not None and last is not None else None
        return count

    def keep(self) -> None:
        """Seal a copy, for a worker that may have to take over."""
        if self.count and self._plain is not None:
            vault.seal(self._plain, self.path, self.key, durable=False)

    def open_again(self, count: int) -> None:
        """Read the sealed copy back (after a worker died). Raises vault.Unreadable."""
        self._plain = vault.anonymous()
        if count:
            vault.unseal_to(self.path, self.key, self._plain)
        self.count = count

    def rows(self) -> Iterator[Row]:
        """The rows, from the beginning; may be called many times, one reading at a time."""
        if not self.count or self._plain is None:
            return iter(())
        self._plain.seek(0)
        return chain.from_iterable(map(orjson.loads, self._plain))

    def close(self) -> None:
        """Let the anonymous file go."""
        if self._plain is not None:
            self._plain.close()
            self._plain = None
