"""Record rows as worksheet XML, written a column at a time.

openpyxl makes the book; this module makes what stands between <sheetData> and </sheetData>, because a million
cells pass through it: one converter per column is chosen once, each batch is turned on its side, and
escaping, cleaning and looking for dangerous texts happen on the whole column joined together. Measured: about
a tenth of the time of openpyxl's own writer for the same rows (bench/writers.py).

No value can become a formula here: there is no code that writes an <f> element. Texts are inline strings
(ECMA-376 part 1, 18.3.1.53); one that begins like a formula also gets the style with quotePrefix, so that it
stays a text when somebody edits the cell.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from requests_sar import cells
from requests_sar.cells import SEPARATOR
from requests_sar.document import Column, Kind, Row, Value

Cells = list[str]
MOST_LINKS = 65_530  # hyperlinks Excel accepts on one sheet
LINE_POINTS = 14.2  # one line of Arial 11
ONE_LINE = 18.0  # height of a row of one line, in points; the default of every sheet
TALLEST = 409.0  # Excel's limit
# before it Excel counts a 29 February 1900 that never was: such dates stay text
_FIRST_DAY = dt.date(1900, 3, 1)
# date(1899, 12, 30).toordinal(): day 0 of the 1900 date system, as every program counts it now
_DAY_ZERO = 693_594
_UNIX_DAY = 25_569
_WHOLE = 10**15  # Excel keeps 15 digits; longer numbers are written as text
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # ST_Xstring: "_x0041_" would be read as "A"
_MONEY_COLUMN = re.compile(rf"(?:{cells.MONEY.pattern}{SEPARATOR})+")
_SPACE = frozenset(" \n\t\u00a0\u2003\u3000")
KEEP = ' xml:space="preserve"'


def letter(index: int) -> str:
    """Column letters: 0 -> A, 26 -> AA."""
    name = ""
    while index >= 0:
        index, rest = divmod(index, 26)
        name, index = chr(65 + rest) + name, index - 1
    return name


def escape(text: str) -> str:
    """`text` as XML content that spreadsheet programs read back unchanged. Control characters must be gone
    already.
    """
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ESCAPED.sub("_x005F_", text) if "_x" in text else text


@dataclass(slots=True)
class Tally:
    """What is learnt about the values while they stream past."""

    words: cells.Words
    removal_rows: Mapping[int, int]  # R number -> its row on "What is removed"
    marks: int = 0  # "[Removed Rn: ...]" seen
    replaced: int = 0  # characters replaced by U+FFFD
    cut: bool = False  # a text needs more lines than the tallest row can show
    links: list[str] = field(default_factory=list)  # hyperlinks of the sheet being written


@dataclass(frozen=True, slots=True)
class Place:
    """Where a batch stands: row numbers on the sheet, and the number of its first record within the kind."""

    numbers: list[str]
    record: int


class ColumnWriter:
    """Turns one column's values into cells and says how many lines each needs."""

    def __init__(
        self, column: Column, index: int, sheet: str, width: float, styles: Mapping[str, int], tally: Tally
    ) -> None:
        self._column, self._letter, self._sheet = column, letter(index), sheet
        self._width, self._styles, self._tally = room(width), styles, tally
        writers: dict[Kind, Callable[[Place, Sequence[Value]], tuple[Cells, list[int] | None]]] = {
            Kind.DATE: self._dates,
            Kind.MOMENT: self._moments,
            Kind.INTEGER: self._integers,
            Kind.MONEY: self._money,
        }
        self._write = writers.get(column.kind, self._texts)
        self._words = cells.shown(column.kind) if column.kind in (Kind.BOOLEAN, Kind.DURATION) else None

    def cells(self, place: Place, values: Sequence[Value]) -> tuple[Cells, list[int] | None]:
        """The cells of one column of a batch, and the lines of each (None: all have one)."""
        if self._words is not None:
            values = [self._words(value) if value is not None else None for value in values]
        if None not in values and "" not in values:
            return self._write(place, values)
        return self._with_gaps(place, values)

    def _with_gaps(self, place: Place, values: Sequence[Value]) -> tuple[Cells, list[int] | None]:
        here = [i for i, value in enumerate(values) if value is not None and value != ""]
        start, middle = self._opening("missing")
        out = [f"{start}{n}{middle}{cells.NOT_RECORDED}</t></is></c>" for n in place.numbers]
        lines: list[int] | None = None
        if here:
            found, found_lines = self._each(place, values, here)
            for i, cell in zip(here, found, strict=True):
                out[i] = cell
            if found_lines:
                lines = [1] * len(out)
                for i, count in zip(here, found_lines, strict=True):
                    lines[i] = count
        return out, lines

    def _each(self, place: Place, values: Sequence[Value], here: list[int]) -> tuple[Cells, list[int] | None]:
        """The cells at the positions `here`. Long texts are settled first, while the record's number is still
        known.
        """
        values = self._fit(place, values)
        return self._write(Place([place.numbers[i] for i in here], place.record), [values[i] for i in here])

    def _fit(self, place: Place, values: Sequence[Value]) -> Sequence[Value]:
        """`values` with each text that is too long for a cell shortened, naming the file that has the whole
        of it.
        """
        texts = cells.as_texts([value for value in values if value is not None])
        if max(map(len, texts), default=0) * 2 <= cells.CELL_LIMIT:
            return values
        return [
            cells.shortened(value, cells.long_text_path(self._sheet, place.record + i, self._column.key))
            if isinstance(value, str) and cells.too_long(value)
            else value
            for i, value in enumerate(values)
        ]

    def _opening(self, style: str, keep: bool = False) -> tuple[str, str]:
        space = KEEP if keep else ""
        return f'<c r="{self._letter}', f'" s="{self._styles[style]}" t="inlineStr"><is><t{space}>'

    # --- texts ---

    def _texts(self, place: Place, values: Sequence[Value]) -> tuple[Cells, list[int] | None]:
        texts, joined, replaced = cells.join(cells.as_texts(self._fit(place, values)))
        self._tally.replaced += replaced
        if self._column.kind is Kind.TEXT:
            self._tally.words.see(texts, joined)
        longest = max(map(len, texts))
        keep = (
            "\n" in joined
            or "\r" in joined
            or not _SPACE.isdisjoint({text[0] for text in texts} | {text[-1] for text in texts})
        )
        escaped = escape(joined).split(SEPARATOR)
        # older Excel shows "####" for longer texts in the format "@"
        plain = "text" if longest <= 255 else "long"
        lines = self._lines(texts, joined, longest)
        if cells.REMOVED_SIGN in joined or cells.any_starts_like_formula(texts):
            return self._styled(place, texts, escaped, plain, keep), lines
        start, middle = self._opening(plain, keep)
        return [
            f"{start}{n}{middle}{v}</t></is></c>" for n, v in zip(place.numbers, escaped, strict=True)
        ], lines

    def _styled(
        self, place: Place, texts: Sequence[str], escaped: list[str], plain: str, keep: bool
    ) -> Cells:
        out = []
        for number, text, value in zip(place.numbers, texts, escaped, strict=True):
            style = "quote" if cells.starts_like_formula(text) else plain
            if cells.REMOVED_SIGN in text and self._removed(number, text) and style != "quote":
                style = "removed"
            start, middle = self._opening(style, keep)
            out.append(f"{start}{number}{middle}{value}</t></is></c>")
        return out

    def _removed(self, number: str, text: str) -> bool:
        """Count the removal marks in `text` and link the cell to the first one's reason. False: not our
        marks.
        """
        reasons = [int(n) for n in cells.REMOVED.findall(text) if int(n) in self._tally.removal_rows]
        self._tally.marks += len(reasons)
        if reasons and len(text) <= self._width and len(self._tally.links) < MOST_LINKS:
            row = self._tally.removal_rows[reasons[0]]
            self._tally.links.append(link(f"{self._letter}{number}", "What is removed", f"A{row}"))
        return bool(reasons)

    def _lines(self, texts: Sequence[str], joined: str, longest: int) -> list[int] | None:
        if "\n" in joined or "\r" in joined or not joined.isascii():
            lines = [lines_of(text, self._width) for text in texts]
        elif longest <= self._width:
            return None
        else:
            width = int(self._width)
            lines = [-(-len(text) // width) for text in texts]
        most = max(lines)
        self._tally.cut |= most * LINE_POINTS > TALLEST
        return lines if most > 1 else None

    # --- values with a type of their own; one that breaks its declaration is written as text, never lost ---

    def _numbers(self, place: Place, values: Sequence[str], style: str) -> Cells:
        start, middle = f'<c r="{self._letter}', f'" s="{self._styles[style]}"><v>'
        return [f"{start}{n}{middle}{v}</v></c>" for n, v in zip(place.numbers, values, strict=True)]

    def _mixed(
        self, place: Place, values: Sequence[Value], style: str, number: Callable[[Value], str | None]
    ) -> tuple[Cells, list[int] | None]:
        out = []
        for n, value in zip(place.numbers, values, strict=True):
            serial = number(value)
            one = Place([n], place.record)
            if serial is None:
                words = cells.shown(self._column.kind)(value)
                out += self._texts(one, [words])[0]
            else:
                out += self._numbers(one, [serial], style)
        return out, None

    def _typed(
        self, place: Place, values: Sequence[Value], style: str, number: Callable[[Value], str | None]
    ) -> tuple[Cells, list[int] | None]:
        serials = [number(value) for value in values]
        if None in serials:
            return self._mixed(place, values, style, number)
        return self._numbers(place, [serial for serial in serials if serial is not None], style), None

    def _dates(self, place: Place, values: Sequence[Value]) -> tuple[Cells, list[int] | None]:
        return self._typed(place, values, "date", date_serial)

    def _moments(self, place: Place, values: Sequence[Value]) -> tuple[Cells, list[int] | None]:
        return self._typed(place, values, "moment", moment_serial)

    def _integers(self, place: Place, values: Sequence[Value]) -> tuple[Cells, list[int] | None]:
        return self._typed(place, values, "integer", integer_text)

    def _money(self, place: Place, values: Sequence[Value]) -> tuple[Cells, list[int] | None]:
        try:
            texts: list[str] = [*values]  # type: ignore[list-item]
            if _MONEY_COLUMN.fullmatch(SEPARATOR.join(texts) + SEPARATOR):
                return self._numbers(place, texts, "money"), None
        except TypeError:
            pass
        return self._mixed(place, values, "money", money_text)


@lru_cache(maxsize=8_192)
def date_serial(value: Value) -> str | None:
    """Excel's day number of an ISO date; None when it has none (before March 1900, or not a date)."""
    try:
        day = dt.date.fromisoformat(value)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return None
    return str(day.toordinal() - _DAY_ZERO) if day >= _FIRST_DAY else None


def moment_serial(value: Value) -> str | None:
    """Excel's day number, with fraction, of an aware ISO moment in UK time; None when it has none.

    To the second. All digits of the float are written: with nine of them, 11:00 is a hair before eleven and
    shows as 10:59.
    """
    try:
        moment = dt.datetime.fromisoformat(value)  # type: ignore[arg-type]
        if moment.tzinfo is None or moment.year <= 1900:
            return None
        seconds = int(moment.timestamp() // 1)
        return repr((_UNIX_DAY * 86_400 + seconds + cells.uk_offset(seconds)) / 86_400)
    except (ValueError, TypeError, OverflowError):
        return None


def integer_text(value: Value) -> str | None:
    """An integer's digits, None when Excel could not keep them all."""
    return str(value) if type(value) is int and -_WHOLE < value < _WHOLE else None


def money_text(value: Value) -> str | None:
    """A decimal string as it stands, None when it is no plain amount."""
    return value if isinstance(value, str) and cells.MONEY.fullmatch(value) else None


def room(width: float) -> float:
    """Average letters on one line of a column of `width`: Arial's are narrower than the digits widths are
    counted in.
    """
    return max(8.0, (width - 2) * 1.1)


def lines_of(text: str, width: float) -> int:
    """Lines that `text` needs in a column of `width` characters, at least 1, at most what the tallest row can
    show.

    Characters outside ASCII are counted by their UTF-8 length, which follows their width on paper closely
    enough: Chinese and emoji are about twice as wide as Latin letters.
    """
    most = int(TALLEST / LINE_POINTS) + 1
    lines = 0
    for part in text[:4000].replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        size = len(part) if part.isascii() else max(len(part), 0.65 * len(part.encode("utf-8", "replace")))
        lines += max(1, math.ceil(size / width))
        if lines >= most:
            return most
    return lines


def height(lines: int) -> float:
    """Points that a row of `lines` lines needs."""
    return ONE_LINE if lines <= 1 else min(TALLEST, round(lines * LINE_POINTS + 4, 1))


@lru_cache(maxsize=4_096)
def height_xml(lines: int) -> str:
    """The attributes of a row of `lines` lines; none for one line, which is every sheet's default."""
    return f' ht="{height(lines)}" customHeight="1"' if lines > 1 else ""


def rows_xml(writers: Sequence[ColumnWriter], batch: Sequence[Row], first_row: int, record: int) -> bytes:
    """A batch of records as <row> elements. `first_row`: row on the sheet; `record`: number within the kind,
    from 1.
    """
    place = Place([str(n) for n in range(first_row, first_row + len(batch))], record)
    columns, tallest = [], None
    for writer, values in zip(writers, zip(*batch, strict=True), strict=True):
        column, lines = writer.cells(place, values)
        columns.append(column)
        if lines is not None:
            tallest = lines if tallest is None else [*map(max, tallest, lines)]
    if tallest is None:
        heads = [f'<row r="{n}">' for n in place.numbers]
    else:
        heads = [f'<row r="{n}"{height_xml(lines)}>' for n, lines in zip(place.numbers, tallest, strict=True)]
    return ("</row>".join(map("".join, zip(heads, *columns, strict=True))) + "</row>").encode()


# --- the rows of the front sheets and of titles -------------------------------------------------------------


class Cell(NamedTuple):
    """One cell of a title or front sheet."""

    style: str
    value: str | int
    link: str = ""  # title of the sheet it leads to


Line = Sequence[Cell | None]


def link(ref: str, sheet: str, target: str = "A1") -> str:
    """A link inside the workbook. It needs no relationship, so the package has none that leads outside."""
    location = escape("'" + sheet.replace("'", "''") + "'!" + target).replace('"', "&quot;")
    return f'<hyperlink ref="{ref}" location="{location}" display="{location}"/>'


def links_xml(links: Iterable[str]) -> str:
    """The <hyperlinks> element, or nothing."""
    inside = "".join(links)
    return f"<hyperlinks>{inside}</hyperlinks>" if inside else ""


def lines_xml(
    lines: Sequence[tuple[Line, float]], first_row: int, styles: Mapping[str, int], links: list[str]
) -> str:
    """Titles and front-sheet lines, each with its height in points, as <row> elements; their links go into
    `links`.
    """
    out = []
    for row, (line, points) in enumerate(lines, first_row):
        out.append(f'<row r="{row}" ht="{points}" customHeight="1">')
        for index, cell in enumerate(line):
            if cell is not None:
                out.append(cell_xml(f"{letter(index)}{row}", cell, styles))
                if cell.link:
                    links.append(link(f"{letter(index)}{row}", cell.link))
        out.append("</row>")
    return "".join(out)


def cell_xml(ref: str, cell: Cell, styles: Mapping[str, int]) -> str:
    """One cell: a whole number as a number, everything else as an inline string."""
    style = cell.style
    if isinstance(cell.value, int):
        return f'<c r="{ref}" s="{styles[style]}"><v>{cell.value}</v></c>'
    text = cells.scrub(cell.value)[0]
    if cells.starts_like_formula(text) and f"{style}-quote" in styles:
        style = f"{style}-quote"
    return f'<c r="{ref}" s="{styles[style]}" t="inlineStr"><is><t{KEEP}>{escape(text)}</t></is></c>'


def columns_xml(widths: Sequence[float]) -> str:
    """The <cols> element."""
    inside = "".join(
        f'<col min="{n}" max="{n}" width="{width:.1f}" customWidth="1"/>' for n, width in enumerate(widths, 1)
    )
    return f"<cols>{inside}</cols>"
