"""Reading a file of rows: CSV, XLSX, JSON lines. One row at a time, whatever the length of the file.

`open_table` says what the file is and what its columns are called; `Table.rows` yields the rows with the
number a person sees in their spreadsheet (the header is row 1). A file that cannot be read raises
`Unreadable` with one sentence that says what to do.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import IO, Any

import orjson

from subjects.importing import xlsx
from subjects.importing.delimited import open_csv
from subjects.importing.problems import Unreadable, quoted
from subjects.importing.table import MOST_COLUMNS, Misshapen, Row, Table, column_names

LONGEST_LINE = 8_000_000  # bytes of one JSON line
_SAMPLE = 64 * 1024  # bytes looked at to tell what a file is


def open_table(file: IO[bytes], *, sheet: str = "") -> Table:
    """Look at a file and say what it is. `file` is seekable and stays open as long as the table is used."""
    while hasattr(file, "file"):
        file = file.file  # Django's wrappers lack what the readers below need
    file.seek(0)
    head = file.read(_SAMPLE)
    if not head.strip():
        raise Unreadable("The file is empty. Choose a file with a header row and at least one row below it.")
    if head.startswith(b"PK\x03\x04"):
        return _xlsx(file, sheet)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            "This is an old or password-protected Excel file. "
            "Open it in Excel and save it as .xlsx without a password."
        )
    first = head.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if first == b"{":
        return _json_lines(file)
    if first == b"[" and _is_json_array(head):
        raise Unreadable(
            "This is one JSON list. Write one object on each line (JSON lines) and no brackets around them."
        )
    return open_csv(file, head)


def _is_json_array(head: bytes) -> bool:
    return head.removeprefix(codecs.BOM_UTF8).lstrip()[1:].lstrip()[:1] in {b"{", b"["}


def _xlsx(file: IO[bytes], sheet: str) -> Table:
    book = xlsx.Book(file)
    names = book.sheets
    if not names:
        raise Unreadable("The workbook has no sheet with cells. Put the rows on a sheet and save it again.")
    if sheet and sheet not in names:
        raise Unreadable(f"The workbook has no sheet called {quoted(sheet)}. It has: {', '.join(names)}.")
    chosen = sheet or names[0]
    header = next((cells for _, cells in book.rows(chosen) if any(cell is not None for cell in cells)), None)
    if header is None:
        raise Unreadable(f"The sheet {quoted(chosen)} is empty. Choose another sheet or put the rows there.")
    columns = column_names(header)
    width = len(columns)

    def rows() -> Iterator[Row]:
        past_header = False
        for number, cells in book.rows(chosen):
            if not any(cell is not None and cell != "" for cell in cells):
                continue
            if not past_header:
                past_header = True
                continue
            if any(cell is not None and cell != "" for cell in cells[width:]):
                yield number, [Misshapen(_beyond(width), tuple(str(cell) for cell in cells[:width]))]
                continue
            yield number, cells[:width] + [None] * (width - len(cells))

    return Table(
        "xlsx",
        columns,
        f"Excel workbook, sheet {quoted(chosen)}",
        rows,
        tuple(names),
        chosen,
        {"sheet": chosen},
    )


def _beyond(width: int) -> str:
    return (
        "The row has a value to the right of the last named column. "
        f"The header names {width} columns; name it or remove the value."
    )


def _json_lines(file: IO[bytes]) -> Table:
    names: dict[str, None] = {}
    for count, (_, cells) in enumerate(_objects(file)):
        if isinstance(cells, dict):
            names.update(dict.fromkeys(cells))
        if count == 200 or len(names) > MOST_COLUMNS:
            break
    columns = column_names(list(names))
    keys = list(names)

    def rows() -> Iterator[Row]:
        for number, cells in _objects(file):
            if isinstance(cells, dict):
                yield number, [cells.get(key) for key in keys]
            else:
                yield number, [cells]

    return Table("jsonl", columns, "JSON lines", rows)


def _objects(file: IO[bytes]) -> Iterator[tuple[int, dict[str, Any] | Misshapen]]:
    file.seek(0)
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise Unreadable(
                f"Line {number} is longer than {LONGEST_LINE:,} bytes. Write one object on each line."
            )
        line = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        if line.strip():
            yield number, _object(line)


def _object(line: bytes) -> dict[str, Any] | Misshapen:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Misshapen(f"The line is not JSON ({error.msg}). Write one object on each line, in UTF-8.")
    if not isinstance(value, dict):
        return Misshapen('The line is JSON but not an object. Write {"column": value, ...} on each line.')
    if any(isinstance(part, (dict, list)) for part in value.values()):
        return Misshapen("A value of this line is a list or an object. Write plain values only.")
    return value
