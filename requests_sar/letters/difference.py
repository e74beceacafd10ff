"""What changed between two wordings, word by word. Pure."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text: "same", "added" or "removed"."""

    change: str
    text: str


def pieces(before: str, after: str) -> list[Piece]:
    """The two texts as one, in order: what stayed, what went, what came."""
    old, new = (re.findall(r"\s+|[^\s]+", text) for text in (before, after))
    found: list[Piece] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(old[a:b])))
            continue
        if a < b:
            found.append(Piece("removed", "".join(old[a:b])))
        if c < d:
            found.append(Piece("added", "".join(new[c:d])))
    return found
