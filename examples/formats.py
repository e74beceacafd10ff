"""Writers of the import files: CSV in several dialects, XLSX, JSON lines, and small sound files.

All of them write the same bytes for the same rows: no clock, no random numbers, no compression that could change
from one library version to the next. Standard library only.
"""

# ruff: noqa: E501  # the parts of a workbook are long words in one piece
from __future__ import annotations

import csv
import datetime as dt
import json
import math
import wave
import zipfile
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
RATE = 3_000  # samples a second: small, and the least that browsers play
Row = Mapping[str, Any]
Cell = Callable[[Any], str]


def british(value: Any) -> str:
    """As an office programme in the UK writes it: 06/01/2025 14:30, £1,234.50."""
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(LONDON):%d/%m/%Y %H:%M:%S}"
    if isinstance(value, dt.date):
        return f"{value.day:02}/{value.month:02}/{value.year}"
    if isinstance(value, Decimal):
        return f"{'-' if value < 0 else ''}£{abs(value):,.2f}"
    return "" if value is None else str(value)


def iso(value: Any) -> str:
    """As a server writes it: 2025-01-06T14:30:00+00:00, 1234.50."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return "" if value is None else str(value)


def minutes(seconds: int) -> str:
    """A duration as m:ss or h:mm:ss."""
    hours, rest = divmod(seconds, 3600)
    clock = f"{rest // 60:02}:{rest % 60:02}"
    return f"{hours}:{clock}" if hours else clock


def write_csv(
    path: Path, rows: Sequence[Row], headings: Mapping[str, str], *, delimiter: str = ",", encoding: str = "utf-8",
    cell: Cell = iso,
) -> int:  # fmt: skip
    """Write rows under `headings` (field -> name of the column). Returns the number of rows."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(headings.values())
        for row in rows:
            writer.writerow([_text(field, row.get(field), cell) for field in headings])
    return len(rows)


def _text(field: str, value: Any, cell: Cell) -> str:
    if field == "duration_s" and cell is british and isinstance(value, int):
        return minutes(value)
    return cell(value)


def write_jsonl(path: Path, rows: Sequence[Row], headings: Mapping[str, str]) -> int:
    """One object a line. Returns the number of rows."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            item = {name: row.get(field) for field, name in headings.items()}
            item = {name: iso(v) if isinstance(v, dt.date | Decimal) else v for name, v in item.items()}
            file.write(json.dumps(item, ensure_ascii=False) + "\n")
    return len(rows)


_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a ZIP file can hold: the same in every run
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DAY_ZERO = dt.date(1899, 12, 30)
_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    "</Types>",
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="Export" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>'
    "</Relationships>",
    # Style 1 is a date, style 2 a date with a time.
    "xl/styles.xml": '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<fonts count="1"><font/></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf/><xf numFmtId="14" applyNumberFormat="1"/>'
    '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


def write_xlsx(path: Path, rows: Sequence[Row], headings: Mapping[str, str]) -> int:
    """A workbook of one sheet with real dates and numbers. Returns the number of rows."""
    declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    size = f"A1:{chr(64 + len(headings))}{len(rows) + 1}"  # told at the front, so that readers need not look for it
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as book:
        for name, text in _PARTS.items():
            book.writestr(zipfile.ZipInfo(name, _EPOCH), declaration + text)
        with book.open(zipfile.ZipInfo("xl/worksheets/sheet1.xml", _EPOCH), "w") as sheet:
            start = f'<worksheet xmlns="{_MAIN}"><dimension ref="{size}"/><sheetData>'
            sheet.write((declaration + start).encode())
            sheet.write(_xlsx_row(list(headings.values())))
            for row in rows:
                sheet.write(_xlsx_row([row.get(field) for field in headings]))
            sheet.write(b"</sheetData></worksheet>")
    return len(rows)


def _xlsx_row(values: Sequence[Any]) -> bytes:
    return ("<row>" + "".join(map(_xlsx_cell, values)) + "</row>\n").encode()


def _xlsx_cell(value: Any) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, dt.datetime):
        local = value.astimezone(LONDON)
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        return f'<c s="2"><v>{(local.date() - _DAY_ZERO).days + seconds / 86400!r}</v></c>'
    if isinstance(value, dt.date):
        return f'<c s="1"><v>{(value - _DAY_ZERO).days}</v></c>'
    if isinstance(value, int | Decimal):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def write_wav(path: Path, seconds: int, pitch: int) -> int:
    """A tone that comes and goes once a second: 8 bits, one channel. Returns the size in bytes."""
    # One second is made by arithmetic and repeated: a tone of whole hertz begins every second anew.
    second = bytes(
        128 + round(40 * math.sin(2 * math.pi * pitch * n / RATE)) if n < RATE * 2 // 3 else 128
        for n in range(RATE)
    )
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(RATE)
        sound.writeframes(second * seconds)
    return path.stat().st_size
