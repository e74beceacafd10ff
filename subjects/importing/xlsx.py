"""Excel workbooks, row by row, in the same memory however long they are.

openpyxl opens the book: its sheets, its date formats. The rows and the table of shared texts are read here, by
a parser that keeps nothing: openpyxl would hold a piece of every row and every text, and takes several times
as long (measured by `bench/imports.py`). The texts lie in a temporary file with an index of eight bytes each.

A book may come from anybody. Parts that unpack to too much are refused before they are unpacked, and a document
type, without which there are no entities to blow up or to fetch, is refused where it begins.
"""

from __future__ import annotations

import re
import tempfile
import warnings
import zipfile
from array import array
from collections.abc import Iterator
from typing import IO, Any
from xml.parsers import expat

from openpyxl.reader.excel import SHARED_STRINGS, ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601

from subjects.importing.problems import Unreadable

MOST_UNPACKED = 4 * 1024**3  # bytes of all parts of a book together
MOST_BESIDE = 64 * 1024**2  # bytes of a part that is read as a whole: styles, the list of sheets
MOST_RATIO = 250  # unpacked to packed; real sheets reach about 20
SMALL = 10 * 1024**2  # a part below this size may be packed as tightly as it likes
MOST_PARTS = 5_000
MOST_CELLS = 2_000  # columns looked at; the reader above refuses far fewer with a sentence

_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PIECE = 1 << 16  # bytes read at a time
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
                reader.open()
        except Unreadable:
            raise
        except Exception:  # a broken part breaks openpyxl, zlib or lxml in some way of its own
            raise Unreadable(_DAMAGED) from None
        self._reader = reader

    @property
    def sheets(self) -> list[str]:
        """The names of the sheets that can hold rows."""
        return list(self._reader.pages)

    def rows(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        """(row number, cells) of each row that stands in the file, without the empty cells at the end."""
        try:
            with self._reader.archive.open(self._reader.pages[sheet]) as source:
                yield from _Rows(self._reader.wb, self._reader.shared_strings).read(source)
        except Unreadable:
            raise
        except Exception:  # as above
            raise Unreadable(_DAMAGED) from None


def _refuse_bombs(file: IO[bytes]) -> None:
    """A small file that unpacks to a huge one is refused before anything is unpacked."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    beside = (
        part.file_size for part in parts if not re.match(r"(?i)xl/(worksheets/|sharedStrings)", part.filename)
    )
    total = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or total > MOST_UNPACKED or max(beside, default=0) > MOST_BESIDE:
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
    """openpyxl's own, with the shared texts outside the memory and without what an import does not need."""

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            self.shared_strings = _Strings(self.archive.open(part.PartName[1:]))

    def open(self) -> None:
        """What has to be known before the rows; the rows themselves are not looked at."""
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)
        self.pages: dict[str, str] = {
            sheet.name: relation.target
            for sheet, relation in self.parser.find_sheets()
            if relation.target in self.valid_files and "chartsheet" not in relation.Type
        }


def _parser() -> Any:
    """A parser of names with their namespaces that refuses document types."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def refuse(*declaration: Any) -> None:
        raise Unreadable(_DAMAGED)

    parser.StartDoctypeDeclHandler = refuse
    return parser


class _Strings:
    """The table of shared texts, read as far as it is asked for: in a temporary file, their places in memory."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source: IO[bytes] | None = source
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        self._ends = array("Q", [0])
        self._words: list[str] = []
        self._wanted = False
        self._aside = 0  # inside a reading aid (how to pronounce what stands there)
        self._parser = _parser()
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end
        self._parser.CharacterDataHandler = self._text

    def __getitem__(self, index: int) -> str:
        while index >= len(self._ends) - 1 and self._source:
            piece = self._source.read(_PIECE)
            self._parser.Parse(piece, not piece)
            if not piece:
                self._source.close()
                self._source = None
        if not 0 <= index < len(self._ends) - 1:
            raise IndexError(index)
        start, end = self._ends[index], self._ends[index + 1]
        self._file.seek(start)
        return self._file.read(end - start).decode("utf-8", "surrogatepass")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == f"{_NS}si":
            self._words.clear()
        self._aside += name == f"{_NS}rPh"
        self._wanted = name == f"{_NS}t" and not self._aside

    def _text(self, text: str) -> None:
        if self._wanted:
            self._words.append(text)

    def _end(self, name: str) -> None:
        self._wanted = False
        self._aside -= name == f"{_NS}rPh"
        if name == f"{_NS}si":
            data = unescaped("".join(self._words)).encode("utf-8", "surrogatepass")
            self._file.seek(0, 2)
            self._file.write(data)
            self._ends.append(self._ends[-1] + len(data))


def unescaped(text: str) -> str:
    """Excel writes letters that XML cannot hold as _x0007_, and a real "_x0007_" as _x005F_x0007_."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


class _Rows:
    """Puts the rows of one sheet together from what the parser meets."""

    def __init__(self, book: Any, strings: Any) -> None:
        self.strings = strings
        self.epoch, self.dates, self.lengths = book.epoch, book._date_formats, book._timedelta_formats
        self.done: list[tuple[int, list[Any]]] = []
        self.number, self.row = 0, []  # type: tuple[int, list[Any]]
        self.cell: dict[str, str] = {}
        self.words: list[str] = []
        self.wanted = self.formula = False
        self.aside = 0
        self.columns: dict[str, int] = {}

    def read(self, source: IO[bytes]) -> Iterator[tuple[int, list[Any]]]:
        """Yield rows as they are complete."""
        parser = _parser()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        while piece := source.read(_PIECE):
            parser.Parse(piece, False)
            yield from self.done
            self.done.clear()
        parser.Parse(b"", True)
        yield from self.done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == f"{_NS}c":
            self.cell = attributes
            self.words.clear()
            self.formula = False
        elif name in {f"{_NS}v", f"{_NS}t"}:
            self.wanted = not self.aside
        elif name == f"{_NS}row":
            self.number = int(attributes.get("r", self.number + 1))
            self.row = []
        elif name == f"{_NS}f":
            self.formula = True
        elif name == f"{_NS}rPh":
            self.aside += 1

    def _text(self, text: str) -> None:
        if self.wanted:
            self.words.append(text)

    def _end(self, name: str) -> None:
        if name == f"{_NS}c":
            self._put(self._value())
        elif name in {f"{_NS}v", f"{_NS}t"}:
            self.wanted = False
        elif name == f"{_NS}row":
            while self.row and self.row[-1] is None:
                self.row.pop()
            self.done.append((self.number, self.row))
        elif name == f"{_NS}rPh":
            self.aside -= 1

    def _put(self, value: Any) -> None:
        """The value at its column; columns that are left out are empty."""
        letters = self.cell.get("r", "").rstrip("0123456789")
        column = self._column(letters) if letters else len(self.row) + 1
        if value is not None and column > MOST_CELLS:
            raise Unreadable(
                f"A row has a value in column {letters}; at most {MOST_CELLS} can be read. Remove it."
            )
        if value is not None or column == len(self.row) + 1:
            self.row.extend([None] * (column - len(self.row)))
            self.row[column - 1] = value

    def _column(self, letters: str) -> int:
        if letters not in self.columns:
            self.columns[letters] = column_index_from_string(letters)
        return self.columns[letters]

    def _value(self) -> Any:
        text = "".join(self.words)
        kind = self.cell.get("t", "n")
        if not text:
            if self.formula and kind != "str":
                return Fault(
                    "The cell holds a formula without a result. Open the file in Excel and save it again."
                )
            return None
        if kind == "s":
            return self.strings[int(text)]
        if kind in {"inlineStr", "str"}:
            return unescaped(text)
        if kind == "n":
            return self._number(text)
        if kind == "b":
            return text == "1"
        if kind == "d":
            return from_ISO8601(text)
        return Fault(f"The cell holds the spreadsheet error {text}. Mend the formula or type the value.")

    def _number(self, text: str) -> Any:
        number = float(text) if "." in text or "e" in text.lower() else int(text)
        style = int(self.cell.get("s", 0))
        if style not in self.dates:
            return number
        try:
            return from_excel(number, self.epoch, timedelta=style in self.lengths)
        except (OverflowError, ValueError):
            return Fault("The cell shows a date that is none. Type the date again.")
