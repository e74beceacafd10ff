"""A text cut into pieces for the page: plain, pointed out, found, removed; and the parts of a long one that matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from requests_sar.cells import REMOVED
from requests_sar.suggesting import Spot

LONG = 600  # characters from which a list shows only parts of a text
AROUND = 90  # characters shown before and after a place that matters
MOST = 8  # places of one text that a list shows
GAP = " … "


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters. `tone`: "", "hint" (pointed out), "find" (searched for), "gone" (a removal's mark)."""

    text: str
    tone: str = ""
    why: str = ""


def before(text: str, spots: Iterable[Spot], look: re.Pattern[str] | None) -> list[Piece]:
    """A text as held, with what is searched for and what may be about somebody else."""
    found = [(m.start(), m.end(), "find", "what you searched for") for m in _matches(look, text)]
    hints = [(spot.start, spot.end, "hint", spot.hint.value) for spot in spots]
    taken = [*found, *(each for each in hints if not any(each[0] < f[1] and f[0] < each[1] for f in found))]
    return _cut(text, sorted(taken))


def after(text: str, look: re.Pattern[str] | None) -> list[Piece]:
    """A text as the person gets it, with the marks of what was removed and what is still found in it."""
    marks = [(m.start(), m.end(), "gone", "") for m in REMOVED.finditer(text)]
    found = [(m.start(), m.end(), "find", "what you searched for") for m in _matches(look, text)]
    apart = [each for each in found if not any(each[0] < m[1] and m[0] < each[1] for m in marks)]
    return _cut(text, sorted([*marks, *apart]))


def _matches(look: re.Pattern[str] | None, text: str) -> Iterable[re.Match[str]]:
    return look.finditer(text) if look else ()


def _cut(text: str, places: Sequence[tuple[int, int, str, str]]) -> list[Piece]:
    pieces, upto = [], 0
    for start, end, tone, why in places:
        if start > upto:
            pieces.append(Piece(text[upto:start]))
        pieces.append(Piece(text[start:end], tone, why))
        upto = end
    if upto < len(text):
        pieces.append(Piece(text[upto:]))
    return pieces


def excerpt(pieces: Sequence[Piece]) -> tuple[list[Piece], int]:
    """The parts of a long text that matter, with gaps between them, and how many places are not shown.

    A short text comes back whole.
    """
    if sum(len(piece.text) for piece in pieces) <= LONG:
        return [*pieces], 0
    out: list[Piece] = []
    shown = 0
    for index, piece in enumerate(pieces):
        if piece.tone:
            shown += 1
            if shown <= MOST:
                out.append(piece)
        elif shown < MOST or index == 0:
            out += _ends(piece, first=index == 0, last=index == len(pieces) - 1)
    return out, max(0, shown - MOST)


def _ends(piece: Piece, *, first: bool, last: bool) -> list[Piece]:
    """A plain run, shortened in its middle; the very first shows its beginning, the very last needs no end."""
    head = 3 * AROUND if first and last else AROUND
    if len(piece.text) <= head + AROUND + len(GAP):
        return [piece]
    if last:
        return [replace(piece, text=piece.text[:head] + GAP)]
    return [replace(piece, text=piece.text[:head] + GAP + piece.text[-AROUND:])]
