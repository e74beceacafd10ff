"""Many keys as one value of a statement.

Thousands of elements written out one by one (`ARRAY['1', '2', ...]`) are thousands of expressions to parse and plan,
which takes longer than to look the rows up; a text that the database reads as an array is one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Field, Value
from django.db.models.functions import Cast

_PLAIN = re.compile(r"[0-9a-f-]+(?:,[0-9a-f-]+)*")  # numbers, UUIDs and digests need no quotes


def listed(keys: Sequence[str], kind: Field[Any, Any]) -> Cast:
    """The keys as an array of this kind of field. The database raises DataError for one that is none of it."""
    return Cast(Value(literal(keys)), ArrayField(kind))


def literal(keys: Sequence[str]) -> str:
    """The text of an array (PostgreSQL 8.15.6): elements that could be read as anything else are put in quotes."""
    plain = ",".join(keys)
    if not keys or _PLAIN.fullmatch(plain):
        return f"{{{plain}}}"
    quoted = (each.replace("\\", "\\\\").replace('"', '\\"') for each in keys)
    return "{" + ",".join(f'"{each}"' for each in quoted) + "}"
