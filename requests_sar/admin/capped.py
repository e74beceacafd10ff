"""Counting that ends: a list of a hundred thousand rows is not counted to its end to say that it is long.

A number up to the limit is exact; above it the page says "1,000+".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils.functional import cached_property

COUNTED = 1_000  # the most that is counted without being asked to


def first(rows: QuerySet[Any], most: int = COUNTED) -> list[UUID]:
    """The keys of these rows, in no order; `most` + 1 of them, which means "more"."""
    return list(rows.order_by().values_list("pk", flat=True)[: most + 1])


def among(rows: QuerySet[Any], few: Sequence[UUID]) -> QuerySet[Any]:
    """Those of the rows that are among a few whose keys are known: what they were found by is not asked again."""
    return rows.filter(pk__in=RawSQL("SELECT unnest(%s::uuid[])", (list(few),)))


def numbers(
    rows: Mapping[str, QuerySet[Any]], most: int = COUNTED, *, few: Sequence[UUID] | None = None
) -> dict[str, int]:
    """How many rows each has, at most `most` + 1 (which means "more"), in one query.

    `few`: only among the rows with these keys.
    """
    found = dict.fromkeys(rows, 0)
    begin, values = "", []
    if few is not None:
        begin, values = "WITH few (id) AS MATERIALIZED (SELECT unnest(%s::uuid[])) ", [list(few)]
        rows = {key: each.filter(pk__in=RawSQL("SELECT id FROM few", ())) for key, each in rows.items()}
    parts = []
    for key, each in rows.items():
        try:
            sql, of = each.order_by().values("pk")[: most + 1].query.sql_with_params()
        except EmptyResultSet:  # a condition that nothing can meet
            continue
        parts.append((key, f"(SELECT count(*) FROM ({sql}) AS counted)"))  # noqa: S608 - the ORM's own SQL
        values += of
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"{begin}SELECT " + ", ".join(part for _, part in parts), values)
            found |= dict(zip((key for key, _ in parts), cursor.fetchone(), strict=True))
    return found


def said(number: int, most: int = COUNTED) -> str:
    """ "12", "1,000", "1,000+"."""
    return f"{number:,}" if number <= most else f"{most:,}+"


class FirstPages(Paginator):
    """Pages through the first rows; `number` is how many there are, as `numbers` counts. `more`: others follow."""

    def __init__(self, rows: Any, per_page: int, *args: Any, number: int, **options: Any) -> None:
        super().__init__(rows, per_page, *args, **options)
        self.more = number > COUNTED
        self._number = min(number, COUNTED)

    @cached_property
    def count(self) -> int:
        """Rows that can be paged through."""
        return self._number
