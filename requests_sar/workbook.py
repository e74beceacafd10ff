"""The workbook a customer opens: openpyxl makes the book, the records stream through it.

openpyxl builds a skeleton once for each set of kinds (styles, one frame per sheet with freeze, print set-up
and footer, a real Excel table for each, the list of sheets) and keeps it; `write_workbook` fills in rows,
names and counts. Building the skeleton anew for every person would take longer than everything else for a
small copy (bench/writers.py).

The order of writing is not the order of the sheets: records go first, so that Start here and Words explained
can say what the records really held.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, BinaryIO
from xml.sax.saxutils import quoteattr

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as OpenpyxlCell
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils.indexed_list import IndexedList
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.functions import tostring

from requests_sar import cells, frontsheets, sentences, sheetxml
from requests_sar.document import Column, Document, Kind, Progress, Row, Sheet, no_progress
from requests_sar.frontsheets import FrontSheet, Listed
from requests_sar.packing import Archive, Watched, write_archive
from requests_sar.sheetxml import Cell, ColumnWriter, Tally

ROW_LIMIT = 1_048_576
HEADER_ROW = 4
LONG_TABLE = 20  # rows above which a table gets filter buttons and a frozen header: ux.md 4.2
NARROWEST, WIDEST = 10.0, 44.0
_INK, _INK_2, _LINE, _BRAND, _LINK, _SUNK, _ACT = (
    "1D2730",
    "4D5A66",
    "D9D5CA",
    "0E5A5E",
    "0B5563",
    "F1EEE6",
    "6A4100",
)
_REFERENCE = "@@reference@@"  # stands in the skeleton's footers
_TABLE_REF = "A4:A5"
_SET_WIDTH = {Kind.DATE: 15.0, Kind.MOMENT: 21.0, Kind.MONEY: 14.0, Kind.INTEGER: 12.0, Kind.BOOLEAN: 10.0}
_SET_WIDTH |= {Kind.DURATION: 18.0}
_RIGHT = (Kind.MONEY, Kind.INTEGER)


# --- looks --------------------------------------------------------------------------------------------------


def _font(color: str = _INK, **more: Any) -> Font:
    return Font(name="Arial", color=f"FF{color}", **{"size": 11, **more})


def _looks() -> dict[str, dict[str, Any]]:
    """Every style of the book: the ledger of the portal, in a spreadsheet's means. No meaning by colour
    alone.
    """
    rule = Border(bottom=Side("thin", color=f"FF{_LINE}"))
    margin = Border(left=Side("thick", color=f"FF{_BRAND}"))
    dotted = Side("dotted", color=f"FF{_INK_2}")
    top = Alignment(vertical="top", horizontal="left", indent=1, wrap_text=True)
    right = Alignment(vertical="top", horizontal="right", indent=1)
    middle = Alignment(vertical="center")
    inset = Alignment(vertical="center", horizontal="left", indent=1)
    heads = {"font": _font("FFFFFF", bold=True), "fill": PatternFill("solid", fgColor=f"FF{_BRAND}")}
    record = {"font": _font(), "border": rule, "alignment": top}
    panel = {"fill": PatternFill("solid", fgColor=f"FF{_SUNK}"), "alignment": top}
    link = _font(_LINK, underline="single")
    return {
        "text": {**record, "number_format": "@"},
        "long": record,
        "quote": {**record, "number_format": "@", "quotePrefix": True},
        "missing": {**record, "font": _font(_INK_2)},
        "removed": {**record, "font": _font(italic=True), "border": Border(dotted, dotted, dotted, dotted)},
        "date": {**record, "number_format": "d mmm yyyy"},
        "moment": {**record, "number_format": "d mmm yyyy hh:mm"},
        "money": {**record, "alignment": right, "number_format": "£#,##0.00"},
        "integer": {**record, "alignment": right, "number_format": "0"},  # a year is not 2,025
        "count": {**record, "alignment": right, "number_format": "#,##0"},
        "header": {**heads, "alignment": Alignment("left", "center", indent=1, wrap_text=True)},
        "header-right": {**heads, "alignment": Alignment("right", "center", indent=1, wrap_text=True)},
        "title": {"font": _font(_BRAND, size=18, bold=True), "alignment": middle},
        "lead": {"font": _font(_INK_2), "alignment": middle},
        "link": {"font": link, "alignment": Alignment(vertical="top")},
        "confidential": {"font": _font(_ACT, bold=True), "alignment": inset, "border": margin},
        "heading": {"font": _font(_BRAND, size=14, bold=True), "alignment": middle},
        "question": {**panel, "font": _font(bold=True), "border": margin},
        "answer": {**panel, "font": _font()},
        "answer-link": {**panel, "font": link},
        "label": {"font": _font(_INK_2), "alignment": top},
        "label-link": {"font": link, "alignment": top},
        "value": {"font": _font(), "alignment": top},
        "value-quote": {"font": _font(), "alignment": top, "quotePrefix": True},
        "cell": record,
        "cell-quote": {**record, "quotePrefix": True},
        "cell-link": {**record, "font": link},
        "strong": {**record, "font": _font(bold=True)},
        "nothing": {"font": _font(), "alignment": middle},
    }


def _register_styles(book: Workbook) -> dict[str, int]:
    """Put every look into the book and return the number each has in its style sheet."""
    normal = _font()
    book._fonts = IndexedList([normal])
    book._named_styles["Normal"].font = normal
    scratch = OpenpyxlCell(book.create_sheet("scratch"), row=1, column=1)
    ids = {}
    for name, look in _looks().items():
        scratch.style = "Normal"
        for attribute in ("font", "fill", "border", "alignment", "number_format"):
            if attribute in look:
                setattr(scratch, attribute, look[attribute])
        scratch._style.quotePrefix = int(look.get("quotePrefix", False))
        ids[name] = book._cell_styles.add(scratch._style)
        scratch._style = type(scratch._style)()
    book.remove(book["scratch"])
    return ids


# --- the skeleton -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tab:
    """One sheet of the skeleton."""

    title: str
    table: str  # name of its Excel table
    headers: tuple[str, ...]
    records: bool  # a sheet of records, not a front sheet
    alt: str  # what the table holds, for screen readers


@dataclass(frozen=True, slots=True)
class Frame:
    """A sheet without its rows: XML before <sheetData>, after it, and its table's part."""

    head: str
    frozen_head: str
    tail: str
    table: str
    rels: bytes


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What openpyxl made: parts that never change, one frame per sheet, and the numbers of the styles."""

    parts: tuple[tuple[str, bytes], ...]
    content_types: str
    frames: tuple[Frame, ...]
    styles: Mapping[str, int]


@lru_cache(maxsize=16)
def _skeleton(tabs: tuple[Tab, ...]) -> Skeleton:
    book = Workbook()
    book.remove(book.worksheets[0])
    styles = _register_styles(book)
    for tab in tabs:
        _make_sheet(book, tab)
    book.calculation.fullCalcOnLoad = False  # nothing to calculate; Excel would ask to save on closing
    with io.BytesIO() as memory:
        book.save(memory)
        with zipfile.ZipFile(memory) as made:
            parts = {name: made.read(name) for name in made.namelist()}
    frames = tuple(_frame(parts, n, tab) for n, tab in enumerate(tabs, 1))
    content_types = parts.pop("[Content_Types].xml").decode()
    del parts["docProps/core.xml"]
    return Skeleton(tuple(parts.items()), content_types, frames, styles)


def _make_sheet(book: Workbook, tab: Tab) -> None:
    sheet: Worksheet = book.create_sheet(tab.title)
    sheet.sheet_view.showGridLines = False
    sheet.sheet_format.defaultRowHeight = sheetxml.ONE_LINE
    sheet.sheet_format.customHeight = True
    if tab.records:
        sheet.freeze_panes = f"B{HEADER_ROW + 1}"
        sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
        sheet.sheet_properties.tabColor = f"FF{_BRAND}"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.page_margins.top, sheet.page_margins.bottom = 0.6, 0.8
    sheet.oddFooter.left.text = f" {_REFERENCE}    Confidential"
    sheet.oddFooter.center.text, sheet.oddFooter.right.text = "&A", "Page &P of &N"
    table = Table(
        displayName=tab.table, ref=_TABLE_REF.replace("A5", f"{sheetxml.letter(len(tab.headers) - 1)}5")
    )
    table._initialise_columns()
    for column, header in zip(table.tableColumns, tab.headers, strict=True):
        column.name = header
    sheet.add_table(table)


def _frame(parts: dict[str, bytes], number: int, tab: Tab) -> Frame:
    """Take sheet `number` out of openpyxl's parts and cut it open where the rows go."""
    xml = parts.pop(f"xl/worksheets/sheet{number}.xml").decode()
    rels = parts.pop(f"xl/worksheets/_rels/sheet{number}.xml.rels")
    table = parts.pop(f"xl/tables/table{number}.xml").decode()
    head, rest = xml.split("<sheetData", 1)
    tail = rest.split("</sheetData>", 1)[-1] if "</sheetData>" in rest else rest.split("/>", 1)[1]
    head = re.sub(r"<cols>.*?</cols>|<dimension[^>]*/>", "", head)
    plain = re.sub(r"<pane[^>]*/>|<selection[^>]*pane=[^>]*/>", "", head)
    alt = f" altText={quoteattr(tab.title)} altTextSummary={quoteattr(tab.alt)}/>"
    extension = (
        '<extLst><ext uri="{504A1905-F514-4f6f-8877-14C23A59335A}" '
        'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
        f"<x14:table{alt}</ext></extLst></table>"
    )  # Office's extension for the alternative text of a table: [MS-XLSX] 2.6.36
    return Frame(plain, head, tail, table.replace("</table>", extension), rels)


# --- the writer ---------------------------------------------------------------------------------------------


def write_workbook(
    document: Document, out: BinaryIO, progress: Progress = no_progress, *, row_limit: int = ROW_LIMIT
) -> None:
    """Write `document` as XLSX to `out`, a seekable binary file.

    `row_limit` is the number of rows one sheet can hold; a kind with more continues on "... (2)".
    Raises RowCountMismatch when a kind yields another number of records than announced; `out` is of no use
    then.
    """

    watched = Watched(progress)

    def fill(archive: Archive) -> None:
        watched.start()
        _Writer(document, archive, watched, row_limit - HEADER_ROW).write()

    write_archive(out, document.made_at.astimezone(cells.LONDON), fill)


@dataclass(frozen=True, slots=True)
class _Page:
    """One sheet of records: the part `number` of `pages` of one kind."""

    sheet: Sheet
    number: int
    pages: int
    start: int  # records of the kind on earlier sheets
    rows: int


class _Writer:
    def __init__(self, document: Document, archive: Archive, progress: Progress, capacity: int) -> None:
        self._document, self._archive, self._progress = document, archive, progress
        self._pages = [page for sheet in document.sheets for page in _pages(sheet, capacity)]
        titles = _titles([(page.sheet.title, page.number) for page in self._pages])
        self._tabs = _tabs(self._pages, titles)
        self._titles = titles
        self._skeleton = _skeleton(self._tabs)
        self._tally = Tally(cells.Words(document.words), frontsheets.removal_rows(document))
        self._notes: list[str] = []

    def write(self) -> None:
        """All parts. Programs that guess a file's type from its first bytes expect the list of contents
        first.
        """
        self._fixed_parts()
        rows: Iterator[Row] = iter(())
        for index, page in enumerate(self._pages):
            rows = rows if page.number > 1 else cells.counted(page.sheet)
            before, self._tally.cut = self._tally.replaced, False
            self._records(index, page, rows)
            if self._tally.replaced > before:
                self._notes.append(sentences.replaced(self._titles[index], self._tally.replaced - before))
            if self._tally.cut:
                self._notes.append(sentences.cut(self._titles[index]))
            if page.number == page.pages:
                next(rows, None)  # lets `counted` complain about rows too many
        for number, sheet in self._front_sheets():
            self._front(number, sheet)

    # --- records ---

    def _records(self, index: int, page: _Page, rows: Iterator[Row]) -> None:
        number = len(frontsheets.FIRST) + index
        batches = cells.batches(islice(rows, page.rows))
        first = next(batches, [])
        names = self._tabs[number].headers
        widths = _widths(page.sheet.columns, names, first, filters=page.rows > LONG_TABLE)
        self._tally.links = []
        writers = [
            ColumnWriter(column, i, page.sheet.key, widths[i], self._skeleton.styles, self._tally)
            for i, column in enumerate(page.sheet.columns)
        ]
        frame = self._skeleton.frames[number]
        with self._archive.entry(f"xl/worksheets/sheet{number + 1}.xml") as entry:
            head = frame.frozen_head if page.rows > LONG_TABLE else frame.head
            entry.write(f"{head}{sheetxml.columns_xml(widths)}<sheetData>".encode())
            entry.write(self._titles_xml(index, page, names, widths).encode())
            done = 0
            while first:
                entry.write(sheetxml.rows_xml(writers, first, HEADER_ROW + 1 + done, page.start + done + 1))
                done += len(first)
                self._progress(len(first))
                first = next(batches, [])
            self._close_sheet(entry.write, frame, page.rows > 0)
        if page.rows:
            self._table(number, HEADER_ROW, HEADER_ROW + page.rows, filters=page.rows > LONG_TABLE)

    def _titles_xml(self, index: int, page: _Page, names: Sequence[str], widths: Sequence[float]) -> str:
        about = sentences.about(page.sheet)
        if page.pages > 1:
            upto = page.start + page.rows
            about += f" This sheet shows records {page.start + 1:,} to {upto:,} of {page.sheet.count:,}."
        head = [
            ([Cell("title", self._titles[index])], frontsheets.TITLE_POINTS),
            ([Cell("lead", about)], sheetxml.ONE_LINE),
            ([Cell("link", frontsheets.BACK, frontsheets.START)], 22.0),
        ]
        if page.rows:
            right = [column.kind in _RIGHT for column in page.sheet.columns]
            header = [
                Cell("header-right" if r else "header", name) for r, name in zip(right, names, strict=True)
            ]
            lines = max(
                sheetxml.lines_of(n, sheetxml.room(w) * 0.95) for n, w in zip(names, widths, strict=True)
            )
            head.append((header, lines * sheetxml.LINE_POINTS + 8))
        else:
            head.append(([Cell("nothing", sentences.NOTHING_FOUND)], 24.0))
        return sheetxml.lines_xml(head, 1, self._skeleton.styles, self._tally.links)

    def _close_sheet(self, write: Callable[[bytes], None], frame: Frame, table: bool) -> None:
        tail = frame.tail if table else re.sub(r"<tableParts.*?</tableParts>", "", frame.tail)
        reference = sheetxml.escape(self._document.reference.replace("&", "&&"))
        tail = tail.replace(_REFERENCE, reference)
        write(f"</sheetData>{sheetxml.links_xml(self._tally.links)}{tail}".encode())

    def _table(self, number: int, header_row: int, last_row: int, *, filters: bool) -> None:
        """The part that makes rows a real Excel table, and the relationship of the sheet to it."""
        frame = self._skeleton.frames[number]
        width = sheetxml.letter(len(self._tabs[number].headers) - 1)
        xml = frame.table.replace(f'ref="A4:{width}5"', f'ref="A{header_row}:{width}{last_row}"')
        if not filters:
            xml = re.sub(r"<autoFilter[^>]*/>", "", xml)
        self._archive.add(f"xl/tables/table{number + 1}.xml", xml.encode())
        self._archive.add(f"xl/worksheets/_rels/sheet{number + 1}.xml.rels", frame.rels)

    # --- front sheets ---

    def _front_sheets(self) -> list[tuple[int, FrontSheet]]:
        document = self._document
        for text in sentences.outside_records(document):
            self._tally.words.read(text)
        listed = [
            Listed(title, _summary(page), page.rows)
            for title, page in zip(self._titles, self._pages, strict=True)
        ]
        first = [
            frontsheets.start_here(document, listed, self._tally.marks, self._notes),
            frontsheets.why(document),
            frontsheets.rights(document),
        ]
        last = [
            frontsheets.removed(document),
            frontsheets.words(self._tally.words.found()),
            frontsheets.searched(document),
        ]
        after = len(first) + len(self._pages)
        return [*enumerate(first), *enumerate(last, after)]

    def _front(self, number: int, sheet: FrontSheet) -> None:
        frame = self._skeleton.frames[number]
        links: list[str] = []
        rows = sheetxml.lines_xml(sheet.lines, 1, self._skeleton.styles, links)
        self._tally.links = links
        with self._archive.entry(f"xl/worksheets/sheet{number + 1}.xml") as entry:
            widths = sheetxml.columns_xml(frontsheets.WIDTHS[sheet.title])
            entry.write(f"{frame.head}{widths}<sheetData>{rows}".encode())
            self._close_sheet(entry.write, frame, sheet.table is not None)
        if sheet.table is not None:
            self._table(number, *sheet.table, filters=False)

    # --- everything that is not a sheet ---

    def _fixed_parts(self) -> None:
        types = self._skeleton.content_types
        for number in self._without_table():
            types = re.sub(rf'<Override PartName="/xl/tables/table{number + 1}\.xml"[^>]*/>', "", types)
        when = self._document.made_at.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
        organisation = cells.scrub(self._document.organisation)[0]
        properties = DocumentProperties(
            title=cells.scrub(f"Your data {self._document.reference}")[0],
            creator=organisation,
            lastModifiedBy=organisation,
            created=when,
            modified=when,
        )
        self._archive.add("[Content_Types].xml", types.encode())
        for name, data in self._skeleton.parts:
            self._archive.add(name, data)
        self._archive.add("docProps/core.xml", tostring(properties.to_tree()))

    def _without_table(self) -> set[int]:
        """Numbers of the sheets that say "found nothing" instead of having a table."""
        document, first = self._document, len(frontsheets.FIRST)
        empty = {first + index for index, page in enumerate(self._pages) if not page.rows}
        fronts = {
            0: document.sheets,
            1: document.why,
            2: document.rights,
            first + len(self._pages): document.removed,
            len(self._tabs) - 1: document.searched,
        }
        return empty | {number for number, rows in fronts.items() if not rows}


def _pages(sheet: Sheet, capacity: int) -> list[_Page]:
    pages = max(1, -(-sheet.count // capacity))
    return [
        _Page(sheet, n + 1, pages, n * capacity, min(capacity, sheet.count - n * capacity))
        for n in range(pages)
    ]


def _summary(page: _Page) -> str:
    """What Start here says of a sheet."""
    parts = [sentences.with_stop(page.sheet.what)]
    if not page.rows:
        parts.append("We found nothing.")
    elif page.number > 1:
        parts = [
            f"Continued: records {page.start + 1:,} to {page.start + page.rows:,} of {page.sheet.count:,}."
        ]
    elif page.pages > 1:
        parts.append(
            f"The first {page.rows:,} of {page.sheet.count:,} records; the rest is on the next sheets."
        )
    elif days := sentences.dates(page.sheet):
        parts.append(days + ".")
    return " ".join(parts)


def _titles(wanted: Sequence[tuple[str, int]]) -> list[str]:
    """Sheet names Excel accepts: 31 characters, none of []:*?/\\, no apostrophe at an end, unique without
    case.
    """
    # Excel keeps that one
    taken = {title.casefold() for title in (*frontsheets.FIRST, *frontsheets.LAST)} | {"history"}
    titles = []
    for title, page in wanted:
        base = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", cells.scrub(title)[0])
        base = " ".join(base.split()).strip("' ") or "Data"
        suffix, number = (f" ({page})" if page > 1 else ""), page
        name = _cut(base, 31 - len(suffix)) + suffix
        while name.casefold() in taken:
            number = max(2, number + 1)
            suffix = f" ({number})"
            name = _cut(base, 31 - len(suffix)) + suffix
        taken.add(name.casefold())
        titles.append(name)
    return titles


def _cut(text: str, units: int) -> str:
    """`text` cut to `units` UTF-16 units, which is how Excel counts."""
    cut = text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")
    return cut.strip("' ")


def _tabs(pages: Sequence[_Page], titles: Sequence[str]) -> tuple[Tab, ...]:
    def front(title: str) -> Tab:
        return Tab(title, _table_name(title, taken), frontsheets.HEADERS[title], False, title)

    taken: set[str] = set()
    tabs = [front(title) for title in frontsheets.FIRST]
    for page, title in zip(pages, titles, strict=True):
        headers = tuple(cells.headers(page.sheet))
        tabs.append(Tab(title, _table_name(title, taken), headers, True, cells.scrub(page.sheet.what)[0]))
    return (*tabs, *(front(title) for title in frontsheets.LAST))


def _table_name(title: str, taken: set[str]) -> str:
    """`t_Support_calls`: letters, digits and underscores, unique in the book without regard to case."""
    base = "t_" + (re.sub(r"[^A-Za-z0-9]+", "_", title).strip("_") or "data")
    name, number = base, 2
    while name.casefold() in taken:
        name, number = f"{base}_{number}", number + 1
    taken.add(name.casefold())
    return name


def _widths(
    columns: Sequence[Column], names: Sequence[str], sample: Sequence[Row], *, filters: bool
) -> list[float]:
    """Column widths in characters: what the first records need, between 10 and 44; a header's longest word
    always fits.
    """
    widths = []
    for index, (column, name) in enumerate(zip(columns, names, strict=True)):
        word = max(map(len, name.split()), default=1) * 1.15 + (6 if filters else 3)
        if column.kind in _SET_WIDTH:
            need = _SET_WIDTH[column.kind]
        else:
            need = max((_widest_line(row[index]) for row in sample), default=0.0) + 3
        widths.append(min(WIDEST, max(NARROWEST, need, word)))
    return widths


def _widest_line(value: object) -> float:
    if value is None or value == "":
        return float(len(cells.NOT_RECORDED))
    part = max(str(value)[:2000].split("\n"), key=len)
    if not part.isascii():
        return 0.65 * len(part.encode("utf-8", "replace"))
    return len(part) + 0.4 * sum(map(str.isupper, part))  # capitals are wider than figures
