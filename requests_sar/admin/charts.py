"""Bar charts as numbers: what the template draws as SVG. Pure; a table always stands beside the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LABEL, LENGTH, ROW, THICK = (
    220,
    300,
    28,
    18,
)  # units of the drawing: room for words, longest bar, a row, a bar


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a bar: where it begins, how long it is, which tone it has."""

    x: float
    width: float
    tone: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the drawing."""

    label: str
    number: int
    y: int
    middle: int
    end: float
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its name, which says in words what is drawn."""

    key: str
    title: str
    legend: list[tuple[str, str]]  # tone, words
    bars: list[Bar]
    width: int = LABEL + LENGTH + 50
    thick: int = THICK
    label_end: int = LABEL - 8

    @property
    def height(self) -> int:
        """Of the drawing."""
        return ROW * len(self.bars)


def chart(
    key: str,
    title: str,
    rows: Sequence[tuple[str, Sequence[tuple[str, int]]]],
    legend: Sequence[tuple[str, str]] = (),
) -> Chart:
    """A chart of rows: the label, and the pieces of its bar as (tone, number). The longest bar fills the width."""
    most = max((sum(number for _, number in pieces) for _, pieces in rows), default=0) or 1
    bars = []
    for place, (label, pieces) in enumerate(rows):
        x, drawn = float(LABEL), []
        for tone, number in pieces:
            width = round(LENGTH * number / most, 2)
            if width:
                drawn.append(Piece(round(x, 2), width, tone))
            x += width
        total = sum(number for _, number in pieces)
        y = ROW * place
        bars.append(Bar(label, total, y + (ROW - THICK) // 2, y + ROW // 2, round(x + 6, 2), drawn))
    return Chart(key, title, list(legend), bars)
