"""CSV files: which mark separates the cells, in which alphabet they are written, whether they are whole."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import IO

from subjects.importing.problems import Unreadable
from subjects.importing.table import REPORT_COLUMNS, Misshapen, Row, Table, column_names

LONGEST_CELL = 1_000_000  # characters
_SAMPLE_ROWS = 20
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def open_csv(file: IO[bytes], head: bytes) -> Table:
    encoding = _encoding(file, head)
    with_text = _Text(file, encoding)
    delimiter = _delimiter(with_text)
    reader = csv.reader(with_text.lines(), delimiter=delimiter, strict=True)
    try:
        first = next(reader)
        while not any(cell.strip() for cell in first):
            first = next(reader)
    except StopIteration:
        raise Unreadable("The file is empty. Choose a file with a header row and rows below it.") from None
    except csv.Error:
        raise Unreadable(_broken(1)) from None
    columns = column_names(first)
    width = len(columns)
    # A file of refused rows that comes back mended: without its reasons and its guards against formulas.
    mended = columns[: len(REPORT_COLUMNS)] == REPORT_COLUMNS
    skip = len(REPORT_COLUMNS) if mended else 0

    def rows() -> Iterator[Row]:
        again = csv.reader(with_text.lines(), delimiter=delimiter, strict=True)
        number, past_header = 0, False
        while True:
            number += 1
            try:
                cells = next(again)
            except StopIteration:
                return
            except csv.Error as error:
                raise Unreadable(_broken(number, str(error))) from None
            if not past_header:
                past_header = any(cell.strip() for cell in cells)
                continue
            if not any(cells):
                continue
            if len(cells) != width and not (len(cells) > width and not any(cells[width:])):
                yield (
                    number,
                    [Misshapen(_wrong_width(len(cells), width, delimiter), tuple(cells[skip:width]))],
                )
                continue
            yield number, [_unguarded(cell) for cell in cells[skip:width]] if mended else cells[:width]

    note = f"CSV, separated by {_DELIMITERS[delimiter]}s, {_ENCODING_WORDS[encoding]}"
    return Table("csv", columns[skip:], note, rows, options={"delimiter": delimiter, "encoding": encoding})


def _wrong_width(found: int, width: int, delimiter: str) -> str:
    return (
        f"The row has {found} cells, but the header has {width}. "
        f"Put quotation marks around a value that contains a {_DELIMITERS[delimiter]}, or mend the row."
    )


def _broken(number: int, error: str = "") -> str:
    if "field larger" in error:
        return (
            f"A value in or after row {number} is longer than {LONGEST_CELL:,} characters. "
            "Most likely a quotation mark was opened and never closed there."
        )
    return (
        f"Row {number} cannot be read because its quotation marks do not match. "
        'Inside a quoted value write a quotation mark twice (""), and close every value that begins with one.'
    )


def guarded(text: str) -> str:
    """A value as it may stand in a CSV that people open in a spreadsheet: never a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _unguarded(text: str) -> str:
    """The opposite of `guarded`, for a file of refused rows that comes back corrected."""
    return text[1:] if text[:1] == "'" and guarded(text[1:]) == text else text


_UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_ENCODING_WORDS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
}


def _encoding(file: IO[bytes], head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.count(0) > len(head) // 10:
        raise Unreadable(
            "This is not a text file that can be read. Save it as 'CSV UTF-8' and choose it again."
        )
    if _decodes(file, "utf-8-sig"):
        return "utf-8-sig"
    if _mostly_utf8(file):
        raise Unreadable(
            "Some letters of this file are in UTF-8 and others are not, so names would come out wrong. "
            "Export it again as 'CSV UTF-8'."
        )
    if _decodes(file, "cp1252"):
        return "cp1252"
    raise Unreadable(
        "The letters of this file are neither in UTF-8 nor in Windows-1252. "
        "Save it as 'CSV UTF-8' and choose it again."
    )


def _decodes(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while chunk := file.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(file: IO[bytes]) -> bool:
    """Whether a file that is not UTF-8 as a whole looks it in most places: then it is not Windows-1252 either."""
    pairs = others = 0
    file.seek(0)
    while chunk := file.read(1 << 20):
        found = _UTF8_LETTER.findall(chunk)
        pairs += len(found)
        others += len(_HIGH_BYTE.findall(chunk)) - sum(map(len, found))
    return pairs > others


class _Text:
    """The decoded lines of a file, from the top as often as wanted, with an end to lines that never end."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self.file, self.encoding = file, encoding

    def lines(self) -> Iterator[str]:
        self.file.seek(0)
        # Detached afterwards, because closing the wrapper would close the file under it.
        wrapper = io.TextIOWrapper(self.file, encoding=self.encoding, newline="")
        try:
            while line := wrapper.readline(LONGEST_CELL * 2):
                yield line
        except UnicodeDecodeError:
            raise Unreadable("The file breaks off in the middle of a letter. Export it again.") from None
        finally:
            wrapper.detach()


def _delimiter(text: _Text) -> str:
    """The mark that splits the first rows into the most columns of one width."""
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths = _widths(text, delimiter)
        if not widths or widths[0] < 2:
            continue
        alike = sum(width == widths[0] for width in widths) / len(widths)
        if (alike, widths[0]) > best_score:
            best, best_score = delimiter, (alike, widths[0])
    return best


def _widths(text: _Text, delimiter: str) -> list[int]:
    widths: list[int] = []
    lines = text.lines()
    try:
        for cells in csv.reader(lines, delimiter=delimiter):
            if any(cells):
                widths.append(len(cells))
            if len(widths) == _SAMPLE_ROWS:
                break
    except csv.Error:
        pass  # judged by the rows before; reading in earnest will say what is wrong
    finally:
        lines.close()  # type: ignore[attr-defined]
    return widths


# The module-wide limit of the csv module: a quotation mark that is never closed must not swallow the file.
csv.field_size_limit(LONGEST_CELL)
