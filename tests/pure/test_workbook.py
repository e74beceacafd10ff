"""The workbook: every value comes back, nothing is a formula, nothing leads outside, and the sums agree."""

from __future__ import annotations

import datetime as dt
import gc
import io
import re
import subprocess
import sys
import tracemalloc
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.worksheet import Worksheet

from requests_sar import cells, frontsheets, sheetxml
from requests_sar.document import Column, Document, Kind, Removed, Row, RowCountMismatch, Sheet, Value
from requests_sar.workbook import write_workbook
from tests.pure import documents

AWKWARD = [
    '=HYPERLINK("http://evil.example","click")',
    "=1+1",
    "{=1+1}",
    "=cmd|' /C calc'!A0",
    "+44 20 7946 0000",
    "-5",
    "@SUM(A1)",
    "\t=1",
    "  =1+1",
    "\u00a0=1+1",
    "＝1+1",
    "0117 496 0342",
    "00123",
    "1E5",
    "12345678901234567890",
    "_x0041_ and _x005F_x0041_",
    "<b>&amp;</b> ]]> \"quoted\" 'text'",
    "https://example.org/?a=1&b=2 mailto:a@example.org",
    " blank at both ends ",
    "two\nlines\n",
    "tab\there",
    "👋🏽 مرحبا 你好 Ωé\u0301",
    "NaN",
    "TRUE",
    "2025-01-01",
]


def written(document: Document, **options: Any) -> bytes:
    """The file."""
    out = io.BytesIO()
    write_workbook(document, out, **options)
    return out.getvalue()


def opened(document: Document, **options: Any) -> openpyxl.Workbook:
    """The file as openpyxl reads it."""
    return openpyxl.load_workbook(io.BytesIO(written(document, **options)))


def column(book: openpyxl.Workbook, title: str, number: int = 1) -> list[Any]:
    """The values of one column under the header."""
    sheet = book[title]
    return [cell.value for cell in [*sheet.columns][number - 1][4:]]


def one_column(kind: Kind, values: Sequence[Value]) -> Document:
    """A document of one kind with one column."""
    return documents.document(
        [documents.sheet("k", "Kind", "Kind", [("c", "Value", kind)], [(v,) for v in values])]
    )


def as_shown(value: str | None) -> str:
    """What the workbook must show for a text."""
    if not value:
        return cells.NOT_RECORDED
    if cells.too_long(value):
        value = cells.shortened(value, cells.long_text_path("notes", 1, "text"))
    return cells.scrub(value)[0].replace("\r\n", "\n").replace("\r", "\n")


def parts(data: bytes) -> dict[str, bytes]:
    """Every part of the package."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def check_package(data: bytes) -> dict[str, bytes]:
    """No formula, no macro, no comment, nothing that leads outside; every part is well-formed and known."""
    made = parts(data)
    assert next(iter(made)) == "[Content_Types].xml"
    types = made["[Content_Types].xml"].decode()
    listed = set(re.findall(r'PartName="/([^"]+)"', types))
    assert listed <= set(made)
    for name, content in made.items():
        ET.fromstring(content)
        assert name.endswith(".rels") or name in listed or name == "[Content_Types].xml", name
        assert not re.search(r"vba|comments|externalLink|drawing|printerSettings", name)
        if name.endswith(".rels"):
            assert b"External" not in content
            assert b"hyperlink" not in content
        if name.startswith("xl/worksheets/sheet"):
            assert not re.search(rb"<f[ >/]|hidden|sheetProtection", content)
    assert b'state="hidden"' not in made["xl/workbook.xml"]
    assert b"openpyxl" not in b"".join(made.values())
    return made


def data_sheets(book: openpyxl.Workbook) -> list[Worksheet]:
    """The sheets of records."""
    return book.worksheets[len(frontsheets.FIRST) : -len(frontsheets.LAST)]


# --- values ---------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(st.none() | st.text(st.characters(codec=None), max_size=40), min_size=1, max_size=12))
@example(AWKWARD)
@example(["\x00", "\x1f", "a\x1fb", "\ud800", "\ufffe", "\r", "a\r\nb\rc", "\x0b\x0c", "\x7f\x85"])
def test_every_text_comes_back(values: list[str | None]) -> None:
    data = written(documents.document([documents.texts(values)]))
    check_package(data)
    read = column(openpyxl.load_workbook(io.BytesIO(data)), "Notes")
    assert [unescape(value) for value in read] == [as_shown(value) for value in values]


def test_texts_that_look_like_formulas_are_texts_and_stay_so_when_edited() -> None:
    values = [*AWKWARD, "plain"]
    sheet = opened(documents.document([documents.texts(values)]))["Notes"]
    for row, value in enumerate(values, 5):
        cell = sheet.cell(row, 1)
        assert cell.data_type == "s"
        assert bool(cell.quotePrefix) == cells.starts_like_formula(value), value
    assert sum(cells.starts_like_formula(value) for value in AWKWARD) == 10


def test_awkward_words_in_the_request_itself() -> None:
    document = documents.document(
        [], asked_for="=1+1 \x07\ud800 & <b>", made_for="@me", organisation="A & B <Ltd>"
    )
    data = written(document)
    made = check_package(data)
    book = openpyxl.load_workbook(io.BytesIO(data))
    words = [cell.value for row in book["Start here"].rows for cell in row]
    assert "=1+1 \ufffd\ufffd & <b>" in words
    assert "Your data at A & B <Ltd>" in words
    assert b"A &amp; B &lt;Ltd&gt;" in made["docProps/core.xml"]


@pytest.mark.parametrize("text", ["x" * 40_000, "👋" * 20_000, "=" * 32_768, ("é" * 99 + "\n") * 400])
def test_a_text_too_long_for_a_cell_says_where_the_whole_of_it_is(text: str) -> None:
    [value] = column(opened(documents.document([documents.texts([text])])), "Notes")
    assert len(value.encode("utf-16-le")) // 2 <= cells.CELL_LIMIT
    assert value.startswith(text[:10_000])
    assert "files/long-texts/notes-row-000001-text.txt" in value
    assert f"{len(text):,}" in value


@pytest.mark.parametrize("text", ["x" * 32_767, "👋" * 16_383])
def test_the_longest_text_that_fits_is_whole(text: str) -> None:
    assert column(opened(documents.document([documents.texts([text])])), "Notes") == [text]


def test_moments_lose_no_second_to_rounding() -> None:
    """A serial a hair too small shows the minute before: 11:00 as 10:59."""
    start = dt.datetime(2025, 2, 2, tzinfo=dt.UTC)
    for second in range(0, 86_400, 37):
        moment = start + dt.timedelta(seconds=second, microseconds=999_999)
        assert float(sheetxml.moment_serial(moment.isoformat()) or 0) == (45_690 * 86_400 + second) / 86_400


CLOCK_CHANGES = [
    dt.datetime(2025, 3, 30, 0, 59, 59),
    dt.datetime(2025, 3, 30, 1, 0),
    dt.datetime(2025, 6, 6, 23, 30),
    dt.datetime(2025, 10, 26, 0, 59, 59),
    dt.datetime(2025, 10, 26, 1, 0),
    dt.datetime(1941, 7, 1, 12, 0),
    dt.datetime(1969, 12, 31, 23, 59, 59),
]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(9999, 12, 30)), min_size=1, max_size=30),
    st.sampled_from([0, 60, -300, 330]),
)
@example(CLOCK_CHANGES, 0)
def test_moments_are_shown_in_uk_time(naive: list[dt.datetime], minutes: int) -> None:
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    moments = [moment.replace(microsecond=0, tzinfo=zone) for moment in naive]
    book = opened(one_column(Kind.MOMENT, [moment.isoformat() for moment in moments]))
    local = [moment.astimezone(cells.LONDON).replace(tzinfo=None) for moment in moments]
    assert column(book, "Kind") == local
    assert book["Kind"]["A5"].number_format == "d mmm yyyy hh:mm"


@settings(max_examples=15, deadline=None)
@given(st.lists(st.dates(dt.date(1900, 3, 1)), min_size=1, max_size=30))
@example([dt.date(1900, 3, 1), dt.date(2024, 2, 29), dt.date(9999, 12, 31)])
def test_dates_are_real_dates(days: list[dt.date]) -> None:
    book = opened(one_column(Kind.DATE, [day.isoformat() for day in days]))
    assert [moment.date() for moment in column(book, "Kind")] == days
    assert book["Kind"]["A5"].number_format == "d mmm yyyy"


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Kind.DATE, "1899-12-31", "31 Dec 1899"),
        (Kind.DATE, "1900-02-28", "28 Feb 1900"),
        (Kind.DATE, "0001-01-01", "1 Jan 1"),
        (Kind.DATE, "not a date", "not a date"),
        (Kind.DATE, "=1+1", "=1+1"),
        (Kind.MOMENT, "1899-12-31T12:00:00+00:00", "31 Dec 1899 12:00"),
        (Kind.MOMENT, "0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+00:00"),
        (Kind.MOMENT, "2025-01-01T12:00:00", "2025-01-01T12:00:00"),
        (Kind.MONEY, "12.50", 12.5),
        (Kind.MONEY, "-0.05", -0.05),
        (Kind.MONEY, "12345678901234.00", "12345678901234.00"),
        (Kind.MONEY, "NaN", "NaN"),
        (Kind.MONEY, "1e5", "1e5"),
        (Kind.INTEGER, 12, 12),
        (Kind.INTEGER, -(10**20), "-100000000000000000000"),
        (Kind.INTEGER, "007", "007"),
        (Kind.TEXT, 7, "7"),
        (Kind.BOOLEAN, True, "Yes"),
        (Kind.BOOLEAN, False, "No"),
        (Kind.DURATION, 725, "12 min 5 s"),
        (Kind.DURATION, 0, "0 s"),
        (Kind.DURATION, 3600, "1 h"),
        (Kind.DURATION, -90, "minus 1 min 30 s"),
        (Kind.FILE, "files/a.wav", "files/a.wav"),
    ],
)
def test_values_of_every_kind(kind: Kind, value: Value, shown: Value) -> None:
    """Beside None and a good neighbour, so both the quick way for a whole column and the slow one run."""
    good: dict[Kind, Value] = {Kind.INTEGER: 1, Kind.DURATION: 1, Kind.BOOLEAN: True, Kind.MONEY: "1.00"}
    neighbour = good.get(kind, "2020-01-01")
    for values in ([value], [value, None], [neighbour, value, None, neighbour]):
        read = column(opened(one_column(kind, values)), "Kind")
        at = values.index(value) if value is not True else 0
        assert read[at] == shown
        assert type(read[at]) is type(shown)
        assert [r for r, v in zip(read, values, strict=True) if v is None] == [
            cells.NOT_RECORDED for v in values if v is None
        ]


def test_replaced_characters_are_counted_on_the_first_sheet() -> None:
    book = opened(documents.document([documents.texts(["bell \x07\x07", "fine"])]))
    [note] = [
        c.value for row in book["Start here"].rows for c in row if c.value and "replaced" in str(c.value)
    ]
    assert note.startswith("Notes: 2 characters")


# --- the sheets -----------------------------------------------------------------------------------------


def test_the_sums_agree_and_every_sheet_is_whole() -> None:
    """Checks 1, 2 and 6 of the design, on a document like a customer's."""
    document = documents.realistic()
    data = written(document)
    check_package(data)
    book = openpyxl.load_workbook(io.BytesIO(data))
    counts = listed_counts(book)
    assert sum(counts.values()) == document.count
    for sheet, kind in zip(data_sheets(book), document.sheets, strict=True):
        assert counts[sheet.title] == kind.count
        assert sheet["A3"].hyperlink.location == "'Start here'!A1"
        if kind.count:
            [table] = sheet.tables.values()
            first, last = re.findall(r"\d+", table.ref)
            assert int(last) - int(first) == kind.count == sheet.max_row - 4
            assert [c.name for c in table.tableColumns] == [cell.value for cell in sheet[4]]
            assert table.displayName == "t_" + sheet.title.replace(" ", "_")
        else:
            assert not sheet.tables
            assert sheet["A4"].value == "We looked and found nothing of this kind about you."
    for sheet in book.worksheets:
        assert sheet["A1"].value
        assert sheet.sheet_state == "visible"
        assert len(sheet.tables) == 1 or sheet.title == "Texts and faxes"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.oddFooter.left.text.split() == ["DP-7K4M-29QX", "Confidential"]
        assert not sheet.merged_cells.ranges
    assert book.sheetnames[:3] == list(frontsheets.FIRST)
    assert book.sheetnames[-3:] == list(frontsheets.LAST)


def listed_counts(book: openpyxl.Workbook) -> dict[str, int]:
    """The table of sheets on Start here."""
    start = book["Start here"]
    if not start.tables:
        return {}
    [table] = start.tables.values()
    rows = [*start[table.ref]][1:]
    for row in rows:
        assert row[0].hyperlink.location == "'" + row[0].value.replace("'", "''") + "'!A1"
    return {row[0].value: row[2].value for row in rows}


def test_start_here_answers_the_first_questions() -> None:
    start = opened(documents.realistic())["Start here"]
    words = "\n".join(str(cell.value) for row in start.rows for cell in row if cell.value)
    for wanted in (
        "Your data at Data Productions",
        "65 records of 5 kinds",
        "Is it all of it?",
        "the 6 places we searched",
        "Where do I look?",
        "We removed 14 details, for 2 reasons.",
        "gdpr@example.org",
        "Siân Ó Brádaigh",
        "Please send me everything you hold about me",
        "DP-7K4M-29QX",
        "3 November 2026",
        "22 November 2026 at 14:05 (UK time)",
        "Information Commissioner",
        "court",
        "Confidential",
    ):
        assert wanted in words, wanted


def test_a_source_that_could_not_be_searched_is_not_called_everything() -> None:
    document = documents.realistic()
    lost = replace(document.searched[0], found="Could not be searched: the archive is damaged")
    start = opened(replace(document, searched=(lost, *document.searched[1:])))["Start here"]
    words = " ".join(str(cell.value) for row in start.rows for cell in row if cell.value)
    assert (
        "1 place could not be searched: Account system: Could not be searched: the archive is damaged."
        in words
    )
    assert "the 5 places we searched" in words


def test_notes_stand_on_the_first_sheet() -> None:
    start = opened(documents.document([], notes=("The old fax machine was left out, at your wish",)))[
        "Start here"
    ]
    assert any(
        c.value == "The old fax machine was left out, at your wish." for row in start.rows for c in row
    )


def test_texts_taller_than_a_row_are_said_on_the_first_sheet() -> None:
    for text, said in (("word " * 100, False), ("word " * 1_000, True), ("\n" * 40, True)):
        start = opened(documents.document([documents.texts([text])]))["Start here"]
        words = [str(cell.value) for row in start.rows for cell in row]
        assert any(word.startswith("Notes: some texts are longer than a row") for word in words) == said


def test_filters_and_frozen_headers_only_for_long_tables() -> None:
    for count in (20, 21):
        book = opened(documents.document([documents.texts(["x"] * count)]))
        [table] = book["Notes"].tables.values()
        assert (table.autoFilter is not None) == (count > 20)
        assert (book["Notes"].freeze_panes == "B5") == (count > 20)
        assert book["Notes"].print_title_rows == "$4:$4"


def test_only_words_that_occur_are_explained() -> None:
    """Check 4: a code as a value, an acronym in a text or a header; no ordinary word in a sentence."""
    words = {"RES": "r", "ESC": "e", "VAT": "v", "open": "o", "shut": "s", "ICO": "i", "NIL": "n"}
    kind = documents.sheet(
        "k", "Kind", "What", [("c", "Incl. VAT", Kind.TEXT)], [("RES",), ("shut",), ("was open; ESCAPE",)]
    )
    document = documents.document([kind], words=words)
    book = opened(document)
    assert [row[0].value for row in book["Words explained"].iter_rows(min_row=5)] == [
        "ICO",
        "RES",
        "shut",
        "VAT",
    ]
    assert column(opened(documents.document([], words={})), "Words explained") == ["None"]


def test_removal_marks_lead_to_their_reason() -> None:
    """Check 3, both ways; a mark somebody else wrote is only text."""
    kind = documents.texts(
        ["[Removed R1: a name]", "he wrote [Removed R9: x]", "a [Removed R2: y] b" + "." * 80]
    )
    reasons = (
        Removed(1, "Notes", "A name", "Another person's.", "Law"),
        Removed(2, "Notes", "Y", "Because.", "Law"),
    )
    book = opened(documents.document([kind], removed=reasons))
    cell, other, long = (book["Notes"].cell(row, 1) for row in (5, 6, 7))
    location = cell.hyperlink.location
    assert location == "'What is removed'!A5"
    assert book["What is removed"]["A5"].value == "R1"
    assert book["What is removed"]["A6"].value == "R2"
    assert cell.font.i
    assert cell.border.left.style == "dotted"
    assert other.hyperlink is None
    assert not other.font.i
    assert long.font.i
    assert long.hyperlink is None
    words = " ".join(str(c.value) for row in book["Start here"].rows for c in row if c.value)
    assert "We removed 2 details, for 2 reasons." in words


def test_a_kind_longer_than_a_sheet_continues_on_the_next() -> None:
    kind = documents.texts([f"note {n}" for n in range(60)])
    book = opened(documents.document([kind]), row_limit=50)
    assert column(book, "Notes") == [f"note {n}" for n in range(46)]
    assert column(book, "Notes (2)") == [f"note {n}" for n in range(46, 60)]
    assert listed_counts(book) == {"Notes": 46, "Notes (2)": 14}
    assert "records 47 to 60 of 60" in book["Notes (2)"]["A2"].value
    words = " ".join(str(c.value) for row in book["Start here"].rows for c in row if c.value)
    assert "The first 46 of 60 records" in words


def test_long_texts_on_a_further_sheet_keep_their_number() -> None:
    kind = documents.texts(["short"] * 50 + ["x" * 40_000] + [None, "y" * 40_000])
    read = column(opened(documents.document([kind]), row_limit=50), "Notes (2)")
    assert "notes-row-000051-text.txt" in read[4]
    assert "notes-row-000053-text.txt" in read[6]


def test_sheet_names_are_made_safe_and_unique() -> None:
    titles = ["Start here", "start HERE", "History", "A/B:C*D?[E]\\F", "'quoted'", "", "\x00", "😀" * 40]
    titles += ["Very long title " * 5] * 2
    titles += ["Web visits", "Web visits (2)", "Web visits", "Support calls", "Support-calls"]
    kinds = [documents.texts(["x"], key=f"k{n}", title=title) for n, title in enumerate(titles)]
    data = written(documents.document(kinds))
    check_package(data)
    book = openpyxl.load_workbook(io.BytesIO(data))
    names = book.sheetnames
    assert len({name.casefold() for name in names}) == len(names) == len(titles) + 6
    tables = [name.casefold() for sheet in book.worksheets for name in sheet.tables]
    assert len(set(tables)) == len(tables) == len(names) - 1  # nothing was removed
    for name in names:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not re.search(r"[\[\]:*?/\\]|^'|'$", name)


def test_headers_are_made_unique() -> None:
    columns = [
        ("a", "Date", Kind.TEXT),
        ("b", "date", Kind.TEXT),
        ("c", " Two\n lines ", Kind.TEXT),
        ("d", "", Kind.TEXT),
    ]
    book = opened(documents.document([documents.sheet("k", "Kind", "Kind", columns, [("1", "2", "3", "4")])]))
    assert [cell.value for cell in book["Kind"][4]] == ["Date", "date (2)", "Two lines", "d"]


def test_a_copy_of_nothing() -> None:
    document = documents.document([])
    data = written(document)
    check_package(data)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == [*frontsheets.FIRST, *frontsheets.LAST]
    assert any("found none" in str(c.value) for row in book["Start here"].rows for c in row)
    assert all(sheet["A1"].value for sheet in book.worksheets)


def test_a_copy_without_a_request() -> None:
    start = opened(documents.document([], asked_on=None, asked_for=""))["Start here"]
    labels = [row[0].value for row in start.rows]
    assert "Asked on" not in labels
    assert "Your request" not in labels


def test_properties_name_the_organisation_only() -> None:
    book = opened(documents.realistic())
    assert book.properties.creator == book.properties.lastModifiedBy == "Data Productions"
    assert book.properties.title == "Your data DP-7K4M-29QX"
    assert book.properties.created == documents.MADE_AT.replace(tzinfo=None)


def test_tables_have_alternative_text() -> None:
    made = parts(written(documents.realistic()))
    tables = [content.decode() for name, content in made.items() if name.startswith("xl/tables/")]
    assert len(tables) == 11
    assert all(re.search(r'altText="[^"]+" altTextSummary="[^"]+"', table) for table in tables)


def test_rows_are_tall_enough_for_their_text() -> None:
    sheet = opened(
        documents.document([documents.texts(["word " * 60, "short", "a\nb\nc\nd", "x" * 30_000])])
    )["Notes"]
    assert sheet.column_dimensions["A"].width == 44
    assert sheet.row_dimensions[5].height >= 300 / 44 * 12
    assert sheet.row_dimensions[6].height is None
    assert sheet.row_dimensions[7].height >= 4 * 13
    assert sheet.row_dimensions[8].height == sheetxml.TALLEST


# --- the contract ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("announced", "came"), [(3, 2), (2, 3), (0, 1), (1, 0), (60, 59), (60, 61)])
def test_another_number_of_rows_than_announced_is_refused(announced: int, came: int) -> None:
    kind = replace(documents.texts(["x"] * came), count=announced)
    with pytest.raises(RowCountMismatch, match="notes"):
        written(documents.document([kind]), row_limit=50)


def test_capitals_have_room() -> None:
    """A computer's name in capitals, cut at its hyphen, would lose its second half in a row of one line."""
    small = openpyxl.load_workbook(
        io.BytesIO(written(documents.document([documents.texts(["desktop-06ab"])])))
    )
    large = openpyxl.load_workbook(
        io.BytesIO(written(documents.document([documents.texts(["DESKTOP-06AB"])])))
    )
    assert large["Notes"].column_dimensions["A"].width > small["Notes"].column_dimensions["A"].width + 3


def test_a_row_that_does_not_fit_the_columns_is_refused() -> None:
    kind = documents.sheet("k", "Kind", "Kind", [("a", "A", Kind.TEXT)], [("1", "2")])
    with pytest.raises(ValueError, match="row 1 has 2 values for 1 columns"):
        written(documents.document([kind]))


def test_progress_adds_up_and_the_same_document_gives_the_same_bytes() -> None:
    document = documents.large(2_500)
    steps: list[int] = []
    first = written(document, progress=steps.append)
    assert sum(steps) == 2_500
    assert len(steps) > 2
    assert first == written(document)


def test_a_part_past_the_zip_limit_is_written_again_with_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 60_000)
    steps: list[int] = []
    book = opened(documents.large(500), progress=steps.append)
    assert book["Support calls"].max_row == 504
    assert sum(steps) == 500


def test_a_refused_file_cannot_be_opened() -> None:
    """Half a workbook must not look like a whole one, even after the garbage collector has been."""
    out = io.BytesIO()
    with pytest.raises(RowCountMismatch):
        write_workbook(documents.document([replace(documents.texts(["x"]), count=2)]), out)
    gc.collect()
    assert not zipfile.is_zipfile(out)


def test_memory_stays_flat_with_long_texts() -> None:
    """1,500 texts of 40,000 characters: 60 million characters pass, a few are held."""
    text = "A long e-mail, line after line. " * 1_250

    def rows() -> Iterator[Row]:
        return ((f"{n} {text}",) for n in range(1_500))

    kind = Sheet("emails", "Emails", "E-mails", (Column("body", "Text", Kind.TEXT),), 1_500, rows)

    class Sink(io.RawIOBase):
        """A file that keeps nothing."""

        at = 0

        def write(self, data: Any) -> int:
            self.at += len(data)
            return len(data)

        def seek(self, at: int, whence: int = 0) -> int:
            self.at = at
            return at

        def tell(self) -> int:
            return self.at

        def seekable(self) -> bool:
            return True

        def writable(self) -> bool:
            return True

    write_workbook(documents.document([]), io.BytesIO())  # the skeleton is not what is measured
    tracemalloc.start()
    write_workbook(documents.document([kind]), Sink())  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000_000


def test_the_writers_know_no_framework() -> None:
    names = ["workbook", "bundle", "page", "letter", "sheetxml", "frontsheets", "packing", "savedhtml"]
    code = f"import sys\nfor name in {names}: __import__(f'requests_sar.{{name}}')\n"
    code += "print([m for m in ('django', 'celery', 'rest_framework') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
