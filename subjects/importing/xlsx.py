"""Excel workbooks, row by row, in the same memory however long they are.

openpyxl opens the book (sheets, date formats) and understands the cells. Two things of it are replaced,
because they keep a piece of every row: the table of shared strings (kept here in a temporary file with an
index of offsets) and the loop over the sheet (which here lets go of each row after it was read).
"""

from __future__ import annotations

import re
import tempfile
import warnings
import zipfile
from array import array
from collections.abc import Iterator
from typing import IO, Any

from defusedxml.ElementTree import iterparse
from openpyxl.reader.excel import SHARED_STRINGS, ExcelReader
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import FORMULA_TAG, ROW_TAG, WorkSheetParser

from subjects.importing.problems import Unreadable

MOST_UNPACKED = 4 * 1024**3  # bytes of all parts of a book together
MOST_RATIO = 250  # unpacked to packed; real sheets reach about 20
SMALL = 10 * 1024**2  # a part below this size may be packed as tightly as it likes
MOST_PARTS = 5_000
MOST_CELLS = 2_000  # columns looked at; the reader above refuses far fewer with a sentence

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DAMAGED = (
    "The Excel file is damaged or was not made by a spreadsheet program. "
    "Open it in Excel and save it again as .xlsx."
)


class Fault(str):
    """A cell that holds an error of the spreadsheet instead of a value; the text says what to do."""

    __slots__ = ()


class Book:
    """A workbook. `file` is open, seekable and binary. Raises Unreadable."""

    def __init__(self, file: IO[bytes]) -> None:
        file.seek(0)
        try:
            _refuse_bombs(file)
            reader = _Reader(file, read_only=True, data_only=True, keep_links=False)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about styles and extensions that do not matter here
                reader.read()
        except Unreadable:
            raise
        except Exception:  # a broken part breaks openpyxl, zlib or lxml in some way of its own
            raise Unreadable(_DAMAGED) from None
        self._sheets = {
            sheet.title: sheet for sheet in reader.wb._sheets if isinstance(sheet, ReadOnlyWorksheet)
        }

    @property
    def sheets(self) -> list[str]:
        """The names of the sheets that can hold rows."""
        return list(self._sheets)

    def rows(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        """(row number, cells) of each row that stands in the file."""
        page = self._sheets[sheet]
        book = page.parent
        with page._get_source() as source:
            parser = _Parser(
                source,
                page._shared_strings,
                data_only=True,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    yield from parser.numbered_rows()
            except Unreadable:
                raise
            except Exception:  # as above
                raise Unreadable(_DAMAGED) from None


def _refuse_bombs(file: IO[bytes]) -> None:
    """A small file that unpacks to a huge one is refused before anything is unpacked."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable(
            "The Excel file unpacks to more than can be read. Save the sheet with the rows as CSV instead."
        )
    for part in parts:
        if part.file_size > SMALL and part.file_size > MOST_RATIO * max(1, part.compress_size):
            raise Unreadable(
                "The Excel file is packed so tightly that it may be a trap. "
                "Save the sheet with the rows as CSV instead."
            )


class _Reader(ExcelReader):
    """openpyxl's own, with the shared strings outside the memory and without what an import does not need."""

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            with self.archive.open(part.PartName[1:]) as source:
                self.shared_strings = _Strings(source)

    def read_properties(self) -> None:
        """Who made the book is nobody's business here."""

    def read_custom(self) -> None:
        """As above."""

    def read_theme(self) -> None:
        """Colours."""

    def read_chartsheet(self, sheet: Any, rel: Any) -> None:
        """A picture holds no rows."""


class _Strings:
    """The table of shared strings: texts in a temporary file, their places in memory (eight bytes a text)."""

    def __init__(self, source: IO[bytes]) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        self._ends = array("Q", [0])
        root = None
        for event, element in iterparse(source, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                root = element if root is None else root
            elif element.tag == f"{_NS}si":
                data = _text(element).encode("utf-8", "surrogatepass")
                self._file.write(data)
                self._ends.append(self._ends[-1] + len(data))
                root.clear()
        self._file.flush()

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self._ends) - 1:
            raise IndexError(index)
        start, end = self._ends[index], self._ends[index + 1]
        self._file.seek(start)
        return self._file.read(end - start).decode("utf-8", "surrogatepass")


def _text(element: Any) -> str:
    """The words of a string item; readings (phonetic guides) are left out, escaped letters are put back."""
    pieces = [
        node.text or "" for child in element if child.tag != f"{_NS}rPh" for node in child.iter(f"{_NS}t")
    ]
    return unescaped("".join(pieces))


def unescaped(text: str) -> str:
    """Excel writes letters that XML cannot hold as _x0007_, and a real "_x0007_" as _x005F_x0007_."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


class _Parser(WorkSheetParser):
    """openpyxl's understanding of cells, with a loop that forgets each row."""

    def numbered_rows(self) -> Iterator[tuple[int, list[Any]]]:
        data = None
        for event, element in iterparse(self.source, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                if element.tag == f"{_NS}sheetData":
                    data = element
            elif element.tag == ROW_TAG:
                number, cells = self.parse_row(element)
                self.row_dimensions.clear()
                if data is not None:
                    data.clear()
                yield number, _in_place(cells)
            elif element.tag == f"{_NS}sheetData":
                return

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        kind, value = cell["data_type"], cell["value"]
        if kind == "e":
            cell["value"] = Fault(
                f"The cell holds the spreadsheet error {value}. Mend the formula or type the value."
            )
        elif value is None and element.get("t") != "str" and element.find(FORMULA_TAG) is not None:
            cell["value"] = Fault(
                "The cell holds a formula without a result. Open the file in Excel and save it again."
            )
        elif kind in {"s", "inlineStr"} and isinstance(value, str) and element.get("t") != "s":
            cell["value"] = unescaped(value)
        return cell


def _in_place(cells: list[dict[str, Any]]) -> list[Any]:
    """The values at their columns, without the empty ones at the end."""
    filled = [cell for cell in cells if cell["value"] is not None]
    width = max((cell["column"] for cell in filled), default=0)
    if width > MOST_CELLS:
        raise Unreadable(f"A row has a value in column {width}; at most {MOST_CELLS} can be read. Remove it.")
    row: list[Any] = [None] * width
    for cell in filled:
        row[cell["column"] - 1] = cell["value"]
    return row
