"""From the cells of one row to what each table shall hold: no database, only the row itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from subjects.importing import values
from subjects.importing.forms import Field, Form, Part
from subjects.importing.problems import Bad, shortened
from subjects.importing.table import Misshapen


class Problem(NamedTuple):
    """Why a row is refused: the file's column ("" for the whole row), the value, what to do."""

    column: str
    value: str
    remedy: str


@dataclass(slots=True)
class PartRow:
    """What one row of the file says about one table."""

    key: str
    given: dict[str, Any]  # attribute -> value, for mapped columns
    stand_ins: dict[str, Any] = field(default_factory=dict)  # used when the row is new and nothing is given


@dataclass(slots=True)
class FileRow:
    """One row of the file, understood as far as the row alone allows."""

    number: int
    cells: Sequence[Any]
    names: Mapping[str, str] = field(default_factory=dict)  # what the file calls our columns
    parts: list[PartRow | None] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    outcome: str = ""  # "new", "changed" or "same" once judged
    made: Any = None  # what a kind that is appended makes of it

    def refuse(self, column: str, value: Any, remedy: str) -> None:
        """Note a reason for refusing the row; one a column is enough."""
        column = self.names.get(column, column)
        if any(problem.column == column for problem in self.problems):
            return
        shown = "" if value is None else shortened(value, longest=80)
        self.problems.append(Problem(column, shown, remedy))


class _Plan(NamedTuple):
    """What of a part the file fills."""

    part: Part
    main: bool
    filled: tuple[Field, ...]
    own: tuple[str, ...]  # columns that speak of this part only


def plain_row(number: int, cells: Sequence[Any], names: Mapping[str, str]) -> FileRow:
    """A row as it was read; one without cells to look at is refused."""
    if len(cells) == 1 and isinstance(cells[0], Misshapen):
        row = FileRow(number, cells[0].cells, names)
        row.refuse("", None, cells[0].sentence)
        return row
    return FileRow(number, cells, names)


class RowParser:
    """Understands rows of one file. `mapping` is form column -> file column."""

    def __init__(self, form: Form, columns: Sequence[str], mapping: Mapping[str, str]) -> None:
        self.form, self.mapping = form, mapping
        places = {name: place for place, name in enumerate(columns)}
        self.places = [(ours, places[theirs]) for ours, theirs in mapping.items()]
        if form.prepare and {"first_name", "last_name"} & set(mapping):
            self.mapping = {"full_name": mapping.get("first_name", mapping.get("last_name", "")), **mapping}
        self.plans = [self._plan(part) for part in form.parts]

    def _plan(self, part: Part) -> _Plan:
        filled = tuple(each for each in part.fields if each.column in self.mapping)
        own = tuple(each.column for each in filled if not (each.link and each.link.inside))
        return _Plan(part, part is self.form.subject_part, filled, own)

    def parse(self, number: int, cells: Sequence[Any]) -> FileRow:
        """One row; what is wrong with it stands in its `problems`."""
        row = plain_row(number, cells, self.mapping)
        if row.problems:
            return row
        raw = {ours: cells[place] for ours, place in self.places}
        if self.form.prepare:
            self.form.prepare(raw)
        row.parts = [self._part(row, plan, raw) for plan in self.plans]
        return row

    def _part(self, row: FileRow, plan: _Plan, raw: Mapping[str, Any]) -> PartRow | None:
        part = plan.part
        speaks = plan.main or any(not values.is_empty(raw.get(column)) for column in plan.own)
        key = self._key(row, part, raw, needed=plan.main or (speaks and not part.key_of))
        if not key or (part.key_of and not speaks):
            return None
        given: dict[str, Any] = {}
        for each in () if part.shared and not speaks else plan.filled:
            self._field(row, each, raw.get(each.column), given)
        return self._completed(row, part, PartRow(key, given), raw)

    def _key(self, row: FileRow, part: Part, raw: Mapping[str, Any], *, needed: bool) -> str:
        cell = raw.get(part.key_column)
        if values.is_empty(cell):
            if needed:
                row.refuse(part.key_column, None, f"Write the {part.key_label.lower()}.")
            return ""
        longest = part.model_fields[part.key].max_length
        try:
            key = values.key(cell, longest=longest or 80)
        except Bad as problem:
            if not part.key_of:  # said once, for the part that owns the column
                row.refuse(part.key_column, cell, str(problem))
            return ""
        return part.key_of(key) if part.key_of else key

    def _field(self, row: FileRow, each: Field, cell: Any, given: dict[str, Any]) -> None:
        if values.is_empty(cell):
            if each.link and each.link.needed:
                row.refuse(each.column, None, f"Write the {each.label.lower()}.")
            elif not each.needed:
                given[each.attr] = each.empty
            return
        try:
            given[each.attr] = each.parse(cell)
        except Bad as problem:
            row.refuse(each.column, cell, str(problem))

    def _completed(self, row: FileRow, part: Part, found: PartRow, raw: Mapping[str, Any]) -> PartRow:
        if part.complete and not row.problems:
            found.given = part.complete(found.given)
        for attr, column in part.stand_ins.items():
            each = next(each for each in part.fields if each.attr == attr)
            if attr not in found.given and not values.is_empty(raw.get(column)):
                try:
                    found.stand_ins[attr] = each.parse(raw[column])
                except Bad:
                    continue  # said where that column belongs
        return found
