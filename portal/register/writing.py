"""A register's tables as TOML, for the versions that people make in the browser. What is written reads back the same.

Pure. Only the kinds of values that a register has: texts, whole numbers, true and false, dates, and lists of these.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any


def dump(document: Mapping[str, Any]) -> str:
    """The document as TOML. Raises TypeError for a value that a register cannot have."""
    parts = []
    for name, table in document.items():
        if isinstance(table, Mapping):
            parts.append(_table(f"[{name}]", table))
        else:
            parts += [_table(f"[[{name}]]", each) for each in table]
    return "\n".join(parts)


def _table(heading: str, table: Mapping[str, Any]) -> str:
    lines = [f"{key} = {_value(value)}\n" for key, value in table.items()]
    return f"{heading}\n{''.join(lines)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # A JSON string is a TOML basic string, but for one character that TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(each) for each in value)}]"
    raise TypeError(f"A register has no values like {value!r}.")
