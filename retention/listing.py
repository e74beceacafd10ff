"""The frozen list: the keys of the records that a plan is about, in chunks of a size that one transaction can do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from retention.models import Chunk, Line

SIZE = 10_000  # keys of a chunk, and so records of one transaction

_LIST = """
WITH listed AS (
    INSERT INTO retention_chunk (line_id, number, keys)
    SELECT %s, place / {size}, array_agg(pk::text ORDER BY pk)
    FROM (SELECT pk, row_number() OVER (ORDER BY pk) - 1 AS place FROM ({rows}) AS found (pk)) AS placed
    GROUP BY place / {size}
    RETURNING cardinality(keys) AS records
)
SELECT coalesce(sum(records), 0) FROM listed
"""


def write_down(line: Line, rows: QuerySet[Any], *, size: int | None = None) -> int:
    """The keys of these rows onto the list of a line, in one statement of the database; returns how many.

    size: keys of a chunk, where one transaction can do fewer.
    """
    sql, params = rows.order_by().values_list("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_LIST.format(size=int(size or SIZE), rows=sql), [line.pk, *params])
        return int(cursor.fetchone()[0])


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
