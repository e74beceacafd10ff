"""Samples of columns that PostgreSQL keeps to plan its queries. They outlive the rows that they were taken from."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection

from subjects import checks


def renew(*, every: bool = False) -> int:
    """Take them anew for the tables of ours that changed since they were taken; returns how many tables.

    A table of many rows in which a few were erased would else keep the old samples for months. The statement runs
    beside ordinary work: it locks nobody out. `every`: also tables that are not known to have changed.
    """
    ours = {
        model._meta.db_table for label in checks.OURS for model in apps.get_app_config(label).get_models()
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_stat_user_tables "
            "WHERE relname = ANY(%s) AND (%s OR n_mod_since_analyze > 0) ORDER BY 1",
            [sorted(ours), every],
        )
        tables = [name for (name,) in cursor.fetchall()]
        for name in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(name)}")
            _forget_if_empty(cursor, name)
    return len(tables)


def _forget_if_empty(cursor: Any, table: str) -> None:
    """ANALYZE leaves the samples of a table alone that has become empty; PostgreSQL 18 can forget them."""
    cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608 - a model's name
    if cursor.fetchone() or connection.pg_version < 180000:
        return
    cursor.execute(
        "SELECT pg_clear_attribute_stats(schemaname, tablename, attname, inherited) FROM pg_stats "
        "WHERE tablename = %s AND schemaname = current_schema()",
        [table],
    )
