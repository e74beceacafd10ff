"""The first question of a request, without the question before it whether anybody is there.

Django asks a kept connection for a sign of life before the first statement of a request (CONN_HEALTH_CHECKS). A
statement that only reads tells as well by itself: when the connection turns out to be dead it is asked once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import InterfaceError, OperationalError, connection


def first_row(sql: str, params: Sequence[Any]) -> tuple[Any, ...] | None:
    """The first row of a statement that only reads; None for none."""
    if connection.connection is None or connection.in_atomic_block:
        return _row(sql, params)
    connection.health_check_done = True
    try:
        return _row(sql, params)
    except (InterfaceError, OperationalError):
        connection.close()
        return _row(sql, params)


def _row(sql: str, params: Sequence[Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row
