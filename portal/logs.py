"""Logs say what happened, never to whom."""

from __future__ import annotations

import logging
import re
from typing import Any

_ADDRESS = re.compile(r"[^\s@<>'\"=]{1,64}@[^\s@<>'\",;]{1,255}")
_SECRET_PATH = re.compile(r"(/(?:u|link|task)/)[^/\s?]+")


# What a database adds to its refusals: the row it refused, value by value.
_ROW = re.compile(
    r"^(DETAIL|CONTEXT|QUERY|STATEMENT): .*(\n(?![A-Z]+: |\S+Error|Traceback|The above|During ).*)*", re.M
)


class Line(logging.Formatter):
    """The form of a line in the log. The text of a fault is written by others, so it is cleaned as well."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is the library's
        """Where it broke and of what kind; addresses, secret parts of paths and refused rows are blanked."""
        text = _ROW.sub(r"\1: [row]", super().formatException(ei))
        return _SECRET_PATH.sub(r"\1[token]", _ADDRESS.sub("[address]", text))


class ReferencesOnly(logging.Filter):
    """Last guard: e-mail addresses and secret parts of paths are blanked in whatever reaches a handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record's text; never drops it."""
        text = record.getMessage()
        clean = _SECRET_PATH.sub(r"\1[token]", _ADDRESS.sub("[address]", text))
        if clean != text:
            record.msg, record.args = clean, ()
        return True
