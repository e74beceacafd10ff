"""What can be wrong with an import, in sentences that say what to do."""

from __future__ import annotations


class Unreadable(Exception):
    """The file as a whole cannot be read; the message is for the person who chose it."""


class ImportProblem(Exception):
    """A verb cannot be done now; the message says why and what to do instead."""


class Bad(Exception):
    """One cell cannot be taken; the message says how to mend it."""


def quoted(value: object, *, longest: int = 60) -> str:
    """A value for a sentence: shortened, on one line, between quotation marks."""
    return f"'{shortened(value, longest=longest)}'"


def shortened(value: object, *, longest: int = 60) -> str:
    """A value on one line and not longer than it needs to be to be recognised."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in str(value)[:1000]).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"
