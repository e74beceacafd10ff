"""The frozen list: the keys of the records that a plan is about, in chunks of a size that one transaction can do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from retention.models import Action, Chunk, Line

SIZE = 10_000  # keys of a chunk, and so records of one transaction
OF_DELETES = 50_000  # the same where nothing has to be written anew

AT_ONCE = 5_000_000  # keys that the database holds in memory while it cuts them up: 80 MB of UUIDs

# One array of all keys, cut into pieces: to number the rows and group them would take twice as long.
_LIST = """
WITH whole AS MATERIALIZED (
    SELECT array_agg(pk ORDER BY pk) AS keys
    FROM (SELECT pk FROM ({rows}) AS found (pk) {after} ORDER BY pk LIMIT %s) AS next
), listed AS (
    INSERT INTO retention_chunk (line_id, number, keys)
    SELECT %s, %s + part, keys[part * %s + 1 : (part + 1) * %s]::text[]
    FROM whole, generate_series(0, (cardinality(keys) - 1) / %s) AS part
)
SELECT cardinality(keys), keys[cardinality(keys)] FROM whole
"""


def write_down(line: Line, rows: QuerySet[Any], *, size: int | None = None) -> int:
    """The keys of these rows onto the list of a line, in their order, by the database itself; returns how many.

    size: keys of a chunk, where one transaction can do fewer.
    """
    sql, params = rows.order_by().values_list("pk").query.sql_with_params()
    size = size or (OF_DELETES if line.decision == Action.DELETE else SIZE)
    listed, number, last = 0, 0, None
    with connection.cursor() as cursor:
        while True:
            after, behind = ("", []) if last is None else ("WHERE pk > %s", [last])
            cursor.execute(
                _LIST.format(rows=sql, after=after),
                [*params, *behind, AT_ONCE, line.pk, number, size, size, size],
            )
            count, last = cursor.fetchone()
            listed += count or 0
            if not count or count < AT_ONCE:
                return listed
            number += -(-count // size)


def next_chunk(line: Line) -> Chunk | None:
    """The first chunk that is left, locked until the end of the transaction; None when the list is empty."""
    return Chunk.objects.select_for_update().filter(line=line).order_by("number").first()


def left(line: Line) -> int:
    """How many records are still listed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(cardinality(keys)), 0) FROM retention_chunk WHERE line_id = %s", [line.pk]
        )
        return int(cursor.fetchone()[0])


class Listed:
    """The list of some lines as a sequence for a page: (line, key), sorted by the database, a slice at a time."""

    def __init__(self, lines: Sequence[int], order: str = "key") -> None:
        self.lines = list(lines)
        self.order = "DESC" if order == "-key" else "ASC"

    def __len__(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(sum(cardinality(keys)), 0) FROM retention_chunk WHERE line_id = ANY(%s)",
                [self.lines],
            )
            return int(cursor.fetchone()[0])

    def __getitem__(self, part: slice) -> list[tuple[int, str]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT line_id, key FROM retention_chunk, unnest(keys) AS key WHERE line_id = ANY(%s) "  # noqa: S608
                f"ORDER BY line_id, length(key) {self.order}, key {self.order} OFFSET %s LIMIT %s",
                [self.lines, part.start, part.stop - part.start],
            )
            return list(cursor.fetchall())


def every(lines: Sequence[int]) -> Iterator[tuple[int, str]]:
    """All keys of some lines, chunk by chunk: (line, key)."""
    chunks = Chunk.objects.filter(line__in=lines).order_by("line", "number").values_list("line", "keys")
    for line, keys in chunks.iterator(chunk_size=5):
        for key in keys:
            yield line, key
