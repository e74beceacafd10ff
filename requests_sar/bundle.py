"""The machine-readable copy: one ZIP with exact JSON, spreadsheet-safe CSV, their description, and the files
themselves.

Article 20 asks for "structured, commonly used and machine-readable"; Article 15(3) for a commonly used
electronic form. `data.json` is exact. The CSV files differ from it in two ways only, both told in README.txt:
a text that a spreadsheet program could take for a formula gets an apostrophe in front, and characters that no
document can show become a mark.
"""

from __future__ import annotations

import json
import posixpath
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from requests_sar import cells, sentences
from requests_sar.cells import SEPARATOR
from requests_sar.document import (
    Attachment,
    AttachmentMismatch,
    Column,
    Document,
    Kind,
    Progress,
    Sheet,
    Value,
    no_progress,
)
from requests_sar.packing import Archive, Entry, Watched, write_archive

_LARGE_ROWS = 20_000  # from here on a file gets room for more than 2 GiB at once
_CHUNK = 1 << 18
# packed already: deflate gains nothing
_STORED = ("audio/", "video/", "image/", "application/zip", "application/pdf")
_TYPES: Mapping[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.FILE: {"type": "string", "format": "path of a file in this ZIP"},
    Kind.INTEGER: {"type": "integer"},
    Kind.MONEY: {"type": "number", "unit": "GBP", "json": "a string, so that no digit is lost"},
    Kind.DATE: {"type": "date", "format": "%Y-%m-%d"},
    Kind.MOMENT: {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S%z", "timezone": "UTC"},
    Kind.DURATION: {"type": "integer", "unit": "seconds"},
    Kind.BOOLEAN: {"type": "boolean", "trueValues": ["true"], "falseValues": ["false"]},
}
_TEXTUAL = (Kind.TEXT, Kind.FILE, Kind.DATE, Kind.MOMENT)


def write_bundle(document: Document, out: BinaryIO, progress: Progress = no_progress) -> None:
    """Write the ZIP of `document` to `out`, a seekable binary file.

    Raises RowCountMismatch when a kind yields another number of records than announced, AttachmentMismatch
    when a file has another size than announced, ValueError for an attachment path outside files/; `out` is of
    no use then.
    """

    watched = Watched(progress)

    def fill(archive: Archive) -> None:
        watched.start()
        _Bundle(document, archive, watched).write()

    write_archive(out, document.made_at.astimezone(cells.LONDON), fill)


@dataclass(frozen=True, slots=True)
class _LongText:
    """A text that one cell of the workbook cannot hold; the workbook names its file here."""

    path: str
    row: int  # from 1
    column: int


class _Bundle:
    def __init__(self, document: Document, archive: Archive, progress: Progress) -> None:
        self._document, self._archive, self._progress = document, archive, progress
        self._words = cells.Words(document.words)
        self._files: list[dict[str, Any]] = []
        self._replaced: dict[str, int] = {}
        self._long: dict[str, list[_LongText]] = {}
        self._names = _file_names(document.sheets)

    def write(self) -> None:
        """All files; README and manifest last, because they tell what was found on the way."""
        for text in sentences.outside_records(self._document):
            self._words.read(text)
        for sheet in self._document.sheets:
            self._csv(sheet)
        self._json()
        self._add("datapackage.json", _pretty(self._datapackage()))
        for sheet in self._document.sheets:
            if self._long.get(sheet.key):
                self._long_texts(sheet)
        self._attachments()
        self._add("README.txt", _readme(self._document, self._replaced).replace("\n", "\r\n").encode())
        self._archive.add("manifest.json", _pretty(self._manifest()))

    # --- CSV ---

    def _csv(self, sheet: Sheet) -> None:
        name = f"csv/{self._names[sheet.key]}.csv"
        writers = [_csv_writer(column.kind) for column in sheet.columns]
        replaced, done = 0, 0
        with self._archive.entry(name, large=sheet.count > _LARGE_ROWS) as entry:
            entry.write(b"\xef\xbb\xbf" + _csv_rows([[_quoted(label)] for label in cells.headers(sheet)]))
            for batch in cells.batches(cells.counted(sheet)):
                columns = []
                for index, (write, values) in enumerate(zip(writers, zip(*batch, strict=True), strict=True)):
                    texts, count = write(values)
                    columns.append(texts)
                    replaced += count
                    self._look(sheet, index, values, done)
                entry.write(_csv_rows(columns))
                done += len(batch)
                self._progress(len(batch) // 2)
        if replaced:
            self._replaced[sheet.title] = replaced
        self._remember(entry, sheet.count)

    def _look(self, sheet: Sheet, index: int, values: Sequence[Value], done: int) -> None:
        """Note the codes that occur, and the texts too long for a cell of the workbook."""
        column = sheet.columns[index]
        if column.kind is not Kind.TEXT:
            return
        texts = [value for value in values if isinstance(value, str)]
        self._words.see(texts, SEPARATOR.join(texts))
        if max(map(len, texts), default=0) * 2 <= cells.CELL_LIMIT:
            return
        for offset, value in enumerate(values, 1):
            if isinstance(value, str) and cells.too_long(value):
                path = cells.long_text_path(sheet.key, done + offset, column.key)
                self._long.setdefault(sheet.key, []).append(_LongText(path, done + offset, index))

    # --- JSON ---

    def _json(self) -> None:
        """`data.json`: facts about the copy, then one object for each kind, then the words that occur."""
        large = self._document.count > _LARGE_ROWS
        with self._archive.entry("data.json", large=large) as entry:
            entry.write(
                _pretty(_facts(self._document)).rstrip().removesuffix(b"}").rstrip() + b',\n  "data": {'
            )
            for number, sheet in enumerate(self._document.sheets):
                entry.write(b",\n    " if number else b"\n    ")
                self._json_kind(entry, sheet)
            entry.write(b'\n  },\n  "words": ' + _one_line(dict(self._words.found())) + b"\n}\n")
        self._remember(entry, self._document.count)

    def _json_kind(self, entry: Entry, sheet: Sheet) -> None:
        head = _one_line(
            {"title": sheet.title, "what": sheet.what, "count": sheet.count, "columns": _fields(sheet)}
        )
        entry.write(_one_line(sheet.key) + b": " + head[:-1] + b', "records": [')
        keys = _keys(sheet.columns)
        first = True
        for batch in cells.batches(cells.counted(sheet)):
            records = [dict(zip(keys, row, strict=True)) for row in batch]
            entry.write((b"\n      " if first else b",\n      ") + _inside(records))
            first = False
            self._progress(len(batch) - len(batch) // 2)
        entry.write(b"]}" if first else b"\n    ]}")

    # --- files ---

    def _long_texts(self, sheet: Sheet) -> None:
        """The whole of each text that the workbook had to shorten. A further pass, only over kinds that have
        any.
        """
        waiting = iter(self._long[sheet.key])
        next_one = next(waiting, None)
        for number, row in enumerate(cells.counted(sheet), 1):
            while next_one is not None and next_one.row == number:
                text = cells.scrub(str(row[next_one.column]))[0]
                self._add(next_one.path, text.encode())
                next_one = next(waiting, None)
            if number % cells.BATCH_ROWS == 0:
                self._progress(0)

    def _attachments(self) -> None:
        taken = {file["name"] for file in self._files}
        for attachment in self._document.attachments:
            _check_path(attachment, taken)
            stored = attachment.media_type.startswith(_STORED)
            large = attachment.size > 1 << 30
            target = self._archive.entry(attachment.path, deflate=not stored, large=large)
            with target as entry, attachment.open() as source:
                while chunk := source.read(_CHUNK):
                    entry.write(chunk)
                    self._progress(0)
            if entry.size != attachment.size:
                raise AttachmentMismatch(
                    f"{attachment.path}: {attachment.size} bytes were announced and {entry.size} came."
                )
            self._remember(entry)

    # --- descriptions ---

    def _datapackage(self) -> dict[str, Any]:
        """A Frictionless Data Package, so that a program can read the CSV files without guessing.

        A removed number or date is a mark in its place, which the schema calls a missing value.
        """
        document = self._document
        marks = [item.mark for item in document.removed if item.mark]
        return {
            "name": f"your-data-{document.reference}".lower(),
            "title": f"{_title(document)} {document.organisation}",
            "created": document.made_at.isoformat(timespec="seconds"),
            "version": document.schema_version,
            "resources": [
                {
                    "name": self._names[sheet.key],
                    "path": f"csv/{self._names[sheet.key]}.csv",
                    "title": sheet.title,
                    "description": sheet.what,
                    "format": "csv",
                    "mediatype": "text/csv",
                    "encoding": "utf-8-sig",
                    "rows": sheet.count,
                    "dialect": {
                        "delimiter": ",",
                        "quoteChar": '"',
                        "doubleQuote": True,
                        "lineTerminator": "\r\n",
                    },
                    "schema": {"fields": _fields(sheet), "missingValues": ["", *marks]},
                }
                for sheet in document.sheets
            ],
        }

    def _manifest(self) -> dict[str, Any]:
        document = self._document
        return {
            "reference": document.reference,
            "made_at": document.made_at.isoformat(timespec="seconds"),
            "schema_version": document.schema_version,
            "records": document.count,
            "replaced_characters": self._replaced,
            "files": sorted(self._files, key=lambda file: str(file["name"])),
        }

    def _add(self, name: str, data: bytes) -> None:
        self._remember(self._archive.add(name, data))

    def _remember(self, entry: Entry, rows: int | None = None) -> None:
        facts: dict[str, Any] = {"name": entry.name, "size": entry.size, "sha256": entry.sha256}
        self._files.append(facts if rows is None else {**facts, "rows": rows})


def _title(document: Document) -> str:
    return "Data to move from" if document.portable else "A copy of your data at"


def _file_names(sheets: Sequence[Sheet]) -> dict[str, str]:
    """A file name for each kind: its key, made safe, unique without regard to case."""
    if len({sheet.key for sheet in sheets}) != len(sheets):
        raise ValueError("Two kinds of data have the same key.")
    names: dict[str, str] = {}
    taken: set[str] = set()
    for sheet in sheets:
        base = cells.safe_name(sheet.key)
        name, number = base, 2
        while name.casefold() in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name.casefold())
        names[sheet.key] = name
    return names


def _check_path(attachment: Attachment, taken: set[str]) -> None:
    """A path must not leave files/ when somebody unpacks the ZIP, nor stand for another file."""
    path = attachment.path
    if not path.startswith("files/") or posixpath.normpath(path) != path or "\\" in path or ":" in path:
        raise ValueError(
            "The path of an attachment must lie inside files/, with forward slashes and without '..'."
        )
    if path in taken:
        raise ValueError("Two attachments have the same path in the ZIP.")
    taken.add(path)


# --- CSV cells, a column at a time --------------------------------------------------------------------------

_ALL_MONEY = re.compile(f"{cells.MONEY.pattern}(?:{SEPARATOR}{cells.MONEY.pattern})*")
_CsvWriter = Callable[[Sequence[Value]], tuple[list[str], int]]


def _csv_writer(kind: Kind) -> _CsvWriter:
    """The function that turns a column of `kind` into quoted fields and counts replaced characters."""
    return _csv_texts if kind in _TEXTUAL else _csv_plain


def _csv_plain(values: Sequence[Value]) -> tuple[list[str], int]:
    """Numbers and truth values: exempt from the apostrophe, so that -5 stays a number. A text among them is a
    text.
    """
    types = set(map(type, values))
    if types == {int}:
        return [f'"{value}"' for value in values], 0
    if types == {str} and _ALL_MONEY.fullmatch(SEPARATOR.join(values)):  # type: ignore[arg-type]  # looked at above
        return [f'"{value}"' for value in values], 0
    out, replaced = [], 0
    for value in values:
        if value is None:
            out.append('""')
        elif isinstance(value, bool):
            out.append('"true"' if value else '"false"')
        elif isinstance(value, int) or cells.MONEY.fullmatch(value):
            out.append(f'"{value}"')
        else:
            texts, count = _csv_texts([value])
            out += texts
            replaced += count
    return out, replaced


def _csv_texts(values: Sequence[Value]) -> tuple[list[str], int]:
    texts, joined, replaced = cells.join(cells.as_texts(["" if value is None else value for value in values]))
    if cells.any_starts_like_formula(texts):
        texts = [f"'{text}" if cells.starts_like_formula(text) else text for text in texts]
        joined = SEPARATOR.join(texts)
    if '"' in joined:
        texts = joined.replace('"', '""').split(SEPARATOR)
    return [f'"{text}"' for text in texts], replaced


def _quoted(label: str) -> str:
    return _csv_texts([label])[0][0]


def _csv_rows(columns: Sequence[Sequence[str]]) -> bytes:
    """Fields as rows, each with its line end: RFC 4180."""
    rows: Iterator[Sequence[str]] = zip(*columns, strict=True)
    return ("\r\n".join(map(",".join, rows)) + "\r\n").encode()


# --- JSON ---------------------------------------------------------------------------------------------------


def _one_line(value: Any) -> bytes:
    """JSON on one line. What orjson refuses (half a surrogate pair, an integer past 64 bits) json writes
    escaped.
    """
    try:
        return orjson.dumps(value)
    except (TypeError, orjson.JSONEncodeError):
        return json.dumps(value, ensure_ascii=True).encode()


def _inside(records: list[dict[str, Value]]) -> bytes:
    """The records as they stand inside a JSON array. One call for all of them takes a third of the time."""
    try:
        return orjson.dumps(records)[1:-1]
    except (TypeError, orjson.JSONEncodeError):
        return b",".join(map(_one_line, records))


def _pretty(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except (TypeError, orjson.JSONEncodeError):
        return json.dumps(value, ensure_ascii=True, indent=2).encode() + b"\n"


def _keys(columns: Sequence[Column]) -> list[str]:
    keys = [column.key for column in columns]
    if len(set(keys)) != len(keys):
        raise ValueError(f"Two columns have the same key: {', '.join(keys)}.")
    return keys


def _fields(sheet: Sheet) -> list[dict[str, Any]]:
    """What each column is: `name` is the header in the CSV, `key` the name in data.json."""
    return [
        {"name": label, "key": column.key, "description": column.meaning, **_TYPES[column.kind]}
        for label, column in zip(cells.headers(sheet), sheet.columns, strict=True)
    ]


def _facts(document: Document) -> dict[str, Any]:
    """Everything in `data.json` that is not a record: the request, and the facts Article 15(1) and (2) ask
    for.
    """
    return {
        "schema_version": document.schema_version,
        "reference": document.reference,
        "organisation": document.organisation,
        "made_for": document.made_for,
        "asked_for": document.asked_for,
        "asked_on": document.asked_on.isoformat() if document.asked_on else None,
        "made_at": document.made_at.isoformat(timespec="seconds"),
        "count": document.count,
        "notes": list(document.notes),
        "contact": document.contact,
        "complain": {
            "to_us": document.complain_to_us,
            "to_regulator": document.complain_to_regulator,
            "to_court": document.complain_to_court,
        },
        "transfers": document.transfers,
        "why": [_plain(why) for why in document.why],
        "rights": [_plain(right) for right in document.rights],
        "removed": [_plain(removed) for removed in document.removed],
        "searched": [{**_plain(s), "when": s.when.isoformat(timespec="seconds")} for s in document.searched],
        "extra": dict(document.extra),
    }


def _plain(item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__slots__}


# --- README -------------------------------------------------------------------------------------------------


def _readme(document: Document, replaced: Mapping[str, int]) -> str:
    """What each file is, for somebody who has never seen a ZIP like this."""
    notes = [*document.notes, *(sentences.replaced(title, count) for title, count in replaced.items())]
    kinds = [f"{sheet.title}: {sentences.number(sheet.count, 'record')}" for sheet in document.sheets]
    parts = [
        f"YOUR DATA AT {document.organisation.upper()}",
        sentences.CONFIDENTIAL,
        "\n".join(f"{label}: {words}" for label, words in sentences.asked(document)),
        f"{sentences.whole(document)}\n{sentences.complete(document)}",
        "\n".join(kinds),
        "\n".join(f"Please note: {sentences.with_stop(note)}" for note in notes),
        _FILES,
        "IF SOMETHING IS WRONG OR MISSING\n" + sentences.wrong(document),
        "IF YOU ARE NOT HAPPY\n" + "\n".join(f"{where}: {how}" for where, how in sentences.unhappy(document)),
    ]
    text = cells.scrub("\n\n".join(part for part in parts if part))[0]
    return "\n".join(_wrapped(line) for line in text.splitlines()) + "\n"


def _wrapped(line: str) -> str:
    """A line broken for programs that do not break lines; addresses stay whole."""
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.fill(
        line,
        79,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


_FILES = """\
WHAT IS IN THIS ZIP FILE
The spreadsheet (your-data-....xlsx) is the copy made for reading. These files
are made for programs.

data.json
    Everything, exactly as we hold it. Times are in UTC (the "+00:00" says so);
    amounts are in pounds.
csv/
    The same records, one file for each kind, for spreadsheet programs: UTF-8,
    commas, every value in quotes. An empty value means "not recorded".
files/
    Sound recordings and other files, and texts too long for one cell of the
    spreadsheet.
datapackage.json
    What each column means and what type it has, for programs.
manifest.json
    Each file with its size, number of records and SHA-256 checksum.

HOW THE CSV FILES DIFFER FROM data.json
A text that begins with = + - @ or a tab or line break, also after blanks, has
an apostrophe (') put in front of it. Without it, a spreadsheet program could run
the text as a formula. data.json has the text without the apostrophe.

Opening a CSV file in a spreadsheet program may drop zeros at the start of phone
and account numbers. To keep them, use the spreadsheet (.xlsx), or import the
file and choose "Text" for those columns.

A mark like [Removed R1: ...] stands where we took something out. data.json says
why, under "removed".\
"""
