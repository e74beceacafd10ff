"""What a reader hands on: the columns of a file and its rows, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from subjects.importing.problems import Unreadable, quoted

MOST_COLUMNS = 200
# The first columns of the file of refused rows, which may come back corrected.
REPORT_COLUMNS = ("Import row", "Import column", "Import value", "What to do")

Row = tuple[int, list[Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """An opened file. `columns` are the names in its first row, `note` says in words how it was read."""

    format: str  # "csv", "xlsx" or "jsonl"
    columns: tuple[str, ...]
    note: str
    _rows: Callable[[], Iterator[Row]]
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """(row number, cells) from the top; every row has as many cells as there are columns.

        Raises Unreadable where the file breaks off.
        """
        return self._rows()


@dataclass(frozen=True, slots=True)
class Misshapen:
    """Stands for a row that has no cells to look at; says why."""

    sentence: str
    cells: tuple[str, ...] = ()


def column_names(cells: list[Any]) -> tuple[str, ...]:
    """The names in a header row. Raises Unreadable when two columns have one name or there are too many."""
    names = [" ".join(str(cell).split()) if cell is not None else "" for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not any(names):
        raise Unreadable("Row 1 is empty. Put the names of the columns there.")
    if len(names) > MOST_COLUMNS:
        raise Unreadable(
            f"The file has {len(names)} columns; at most {MOST_COLUMNS} can be read. Remove some."
        )
    names = [name[:120] or f"Column {number}" for number, name in enumerate(names, start=1)]
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise Unreadable(f"Two columns are called {quoted(name)}. Rename or remove one of them.")
        seen.add(name.casefold())
    return tuple(names)
