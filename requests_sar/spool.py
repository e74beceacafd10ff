"""One kind of data, as collected: rows as JSON lines in an anonymous file, and a sealed copy on disk.

The sealed copy lets a worker that takes over begin where the dead one stopped; the anonymous file is what the
writers read, as often as they like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

import orjson

from requests_sar import vault
from requests_sar.document import Row

BUFFER = 1024 * 1024
REPORT = 1_000  # rows between reports of progress


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
        pending: list[bytes] = []
        first = last = None
        for row in rows:
            if first is None:
                first = row
            last = row
            pending.append(orjson.dumps(row))
            if len(pending) == REPORT:
                plain.write(b"\n".join(pending) + b"\n")
                count += len(pending)
                pending.clear()
                progress(REPORT)
        if pending:
            plain.write(b"\n".join(pending) + b"\n")
            count += len(pending)
            progress(len(pending))
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
            return
        self._plain.seek(0)
        loads = orjson.loads
        for line in self._plain:
            yield loads(line)

    def close(self) -> None:
        """Let the anonymous file go."""
        if self._plain is not None:
            self._plain.close()
            self._plain = None
