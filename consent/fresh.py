"""The first question of a request, without the question before it whether anybody is there.

Django asks a kept connection for a sign of life before the first statement of a request (CONN_HEALTH_CHECKS). A
statement that only reads tells as well by itself: when the connection turns out to be dead it is asked once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import InterfaceError, OperationalError, connection


def rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement that only reads."""
    if connection.connection is None or connection.in_atomic_block:
        return _rows(sql, params)
    connection.health_check_done = True
    try:
        return _rows(sql, params)
    except (InterfaceError, OperationalError):
        connection.close()
        return _rows(sql, params)


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
