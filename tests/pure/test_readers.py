"""Files of rows in every dress, and cells in every hand."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook

from subjects.importing import values
from subjects.importing.delimited import LONGEST_CELL, guarded
from subjects.importing.problems import Bad, Unreadable, shortened
from subjects.importing.readers import open_table
from subjects.importing.table import Misshapen, Table
from subjects.importing.xlsx import Fault, unescaped

UTC = dt.UTC


def read(data: bytes, **options: Any) -> tuple[Table, list[tuple[int, list[Any]]]]:
    table = open_table(io.BytesIO(data), **options)
    return table, list(table.rows())


# --- CSV --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_in_every_dress(delimiter: str, encoding: str, end: str) -> None:
    text = end.join(
        [
            delimiter.join(["source_key", "full_name", "price"]),
            delimiter.join(["C-1", "Zoë Müller", "£5"]),
            delimiter.join(["C-2", f'"two{end}lines, ""and"" {delimiter}"', ""]),
            "",
        ]
    )
    table, rows = read(text.encode(encoding))
    assert table.columns == ("source_key", "full_name", "price")
    assert rows == [(2, ["C-1", "Zoë Müller", "£5"]), (3, ["C-2", f'two{end}lines, "and" {delimiter}', ""])]
    word = {"cp1252": "Windows-1252", "utf-16": "UTF-16"}.get(encoding, "UTF-8")
    assert word in table.note


def test_row_numbers_are_those_of_the_spreadsheet() -> None:
    _, rows = read(b'a,b\n1,"x\ny"\n\n2,z\n')
    assert [number for number, _ in rows] == [2, 4]


def test_commas_in_text_do_not_outvote_the_semicolon() -> None:
    table, _ = read(b"key;text\n1;one, two, three\n2;four, five\n")
    assert table.columns == ("key", "text")


def test_a_file_of_one_column() -> None:
    table, rows = read(b"source_key\nC-1\nC-2\n")
    assert table.columns == ("source_key",)
    assert rows == [(2, ["C-1"]), (3, ["C-2"])]


def test_a_row_of_the_wrong_width_is_refused_and_the_others_are_not() -> None:
    _, rows = read(b"a,b\n1,2,3\n1\n4,5\n6,7,,\n")
    assert isinstance(rows[0][1][0], Misshapen)
    assert "has 3 cells, but the header has 2" in rows[0][1][0].sentence
    assert isinstance(rows[1][1][0], Misshapen)
    assert rows[2:] == [(4, ["4", "5"]), (5, ["6", "7"])]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        (b"a,a\n1,2\n", "Two columns are called 'a'"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "Row 3 cannot be read"),
        (b'a,b\n1,"2"x\n', "Row 2 cannot be read"),
        ("name\nZoë\nJosé\nMüller\n".encode() + b"Andr\xe9\n", "others are not"),
        (b"\x81\x8d,b\n1,2\n", "neither in UTF-8 nor in Windows-1252"),
        ("a,b\n1,2\n".encode("utf-16-le"), "CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0old", "save it as .xlsx"),
        (b'[{"a": 1}]', "one object on each line"),
        (b"PK\x03\x04rubbish", "damaged"),
        (b",".join(b"c%d" % n for n in range(300)), "300 columns"),
        (b'a,b\n1,"' + b"x" * (LONGEST_CELL + 10), "never closed"),
    ],
)
def test_unreadable_files_say_what_to_do(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(data)


def test_a_nul_in_a_cell_is_one_cell_s_problem() -> None:
    _, rows = read(b"a,b\n1,x\0y\n2,z\n")
    assert rows[1] == (3, ["2", "z"])
    with pytest.raises(Bad, match="NUL"):
        values.text(rows[0][1][1], longest=10, lines=True)


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_the_csv_module_writes_comes_back(cells: list[list[str]]) -> None:
    cells = [["x" + row[0], *row[1:]] for row in cells]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["one", "two", "three"], *cells])
    table, rows = read(text.getvalue().encode("utf-8-sig"))
    assert table.columns == ("one", "two", "three")
    assert [row for _, row in rows] == cells


@given(st.binary(max_size=300))
def test_rubbish_is_read_or_refused_in_words(data: bytes) -> None:
    said = "A sentence."
    try:
        read(data)
    except Unreadable as problem:
        said = str(problem)
    assert said.endswith(".")


@given(st.text(max_size=10))
def test_a_guarded_value_is_no_formula_and_comes_back(text: str) -> None:
    assert guarded(text)[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    header = "Import row,Import column,Import value,What to do,key,text\n"
    out = io.StringIO(newline="")
    csv.writer(out).writerow(["7", "text", "v", "r", "k", guarded(text.replace("\0", ""))])
    table, rows = read((header + out.getvalue()).encode())
    assert table.columns == ("key", "text")
    if not text.startswith("'"):
        assert rows[0][1] == ["k", text.replace("\0", "")]


# --- XLSX -------------------------------------------------------------------------------------------------


def book(*rows: list[Any], title: str = "Data") -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def test_a_workbook() -> None:
    moment = dt.datetime(2025, 1, 6, 14, 30)
    data = book(
        ["key", "when", "day", "amount", "length", "yes"],
        [],
        ["C-1", moment, dt.date(2025, 1, 6), 12.5, dt.timedelta(minutes=5), True],
        ["C-2", None, None, 7],
        ["Ærø 山田", None],
    )
    table, rows = read(data)
    assert table.columns == ("key", "when", "day", "amount", "length", "yes")
    assert table.sheet == "Data"
    assert rows[0] == (3, ["C-1", moment, dt.datetime(2025, 1, 6), 12.5, dt.timedelta(minutes=5), True])
    assert rows[1] == (4, ["C-2", None, None, 7, None, None])
    assert rows[2] == (5, ["Ærø 山田", None, None, None, None, None])


def test_another_sheet_can_be_chosen() -> None:
    workbook = Workbook()
    assert workbook.active is not None
    workbook.active.append(["about"])
    second = workbook.create_sheet("Rows")
    second.append(["key"])
    second.append(["C-1"])
    out = io.BytesIO()
    workbook.save(out)
    table, rows = read(out.getvalue(), sheet="Rows")
    assert table.sheets == ("Sheet", "Rows")
    assert rows == [(2, ["C-1"])]
    with pytest.raises(Unreadable, match="no sheet called 'Else'"):
        read(out.getvalue(), sheet="Else")


def test_values_beyond_the_header_are_refused() -> None:
    _, rows = read(book(["a"], [1, 2], [3]))
    assert isinstance(rows[0][1][0], Misshapen)
    assert rows[1] == (3, [3])


def test_formulas_without_a_result_and_errors_are_faults() -> None:
    data = book(["a", "b"], ["=1+1", "#N/A"])
    _, rows = read(data)
    first, second = rows[0][1]
    assert isinstance(first, Fault)
    assert "save it again" in first
    assert isinstance(second, Fault)
    with pytest.raises(Bad, match="#N/A"):
        values.text(second, longest=10, lines=False)


def test_excel_s_escaped_letters() -> None:
    assert unescaped("a_x000D_b") == "a\rb"
    assert unescaped("_x005F_x0041_") == "_x0041_"
    assert unescaped("plain_xyz") == "plain_xyz"


def repacked(data: bytes, name: str, change: Any) -> bytes:
    """The same workbook with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, change(content) if part == name else content)
    return out.getvalue()


SHARED = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def excel_s_own(strings: str, cells: str) -> bytes:
    """A workbook as Excel writes it: the texts in a table beside the sheet."""
    sheet = f'<worksheet xmlns="{NAMESPACE}"><sheetData>{cells}</sheetData></worksheet>'
    data = repacked(book(["a"]), "xl/worksheets/sheet1.xml", lambda _: sheet.encode())
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SHARED}"/></Types>'
    data = repacked(data, "[Content_Types].xml", lambda old: old.replace(b"</Types>", override.encode()))
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(
            "xl/sharedStrings.xml", f'<?xml version="1.0"?><sst xmlns="{NAMESPACE}">{strings}</sst>'
        )
    return out.getvalue()


STRINGS = (
    "<si><t>key</t></si><si><t>text</t></si><si><r><t>bo</t></r><r><t xml:space='preserve'>ld </t></r></si>"
    "<si><t>山田</t><rPh sb='0' eb='1'><t>ヤマダ</t></rPh></si><si><t>a_x0007_b</t></si>"
)
CELLS = (
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    '<row r="4" ht="15"><c r="A4" t="s"><v>3</v></c><c r="B4" t="s"><v>2</v></c></row>'
    '<row r="5"><c r="A5" t="s"><v>4</v></c><c r="B5" t="b"><v>1</v></c></row>'
)


def test_texts_beside_the_sheet() -> None:
    table, rows = read(excel_s_own(STRINGS, CELLS))
    assert table.columns == ("key", "text")
    assert rows == [(4, ["山田", "bold "]), (5, ["a\x07b", True])]


def test_a_text_that_is_not_in_the_table_is_damage() -> None:
    with pytest.raises(Unreadable, match="damaged"):
        read(excel_s_own(STRINGS, CELLS + '<row r="6"><c r="A6" t="s"><v>99</v></c></row>'))


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"])
def test_a_workbook_with_entities_is_refused(part: str) -> None:
    def trap(content: bytes) -> bytes:
        head, mark, rest = content.partition(b"?>")
        return head + mark + ENTITIES + rest if mark else ENTITIES + content

    with pytest.raises(Unreadable, match="damaged"):
        read(repacked(excel_s_own(STRINGS, CELLS), part, trap))


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    data = repacked(book(["a"], ["x"]), "xl/worksheets/sheet1.xml", lambda _: b" " * 30_000_000)
    assert len(data) < 100_000
    with pytest.raises(Unreadable, match="trap"):
        read(data)


def test_a_workbook_broken_in_the_middle_is_refused() -> None:
    cut = repacked(book(["a"], ["x"], ["y"]), "xl/worksheets/sheet1.xml", lambda content: content[:-200])
    with pytest.raises(Unreadable, match="damaged"):
        read(cut)


@given(st.binary(min_size=0, max_size=60), st.integers(0, 4000))
@example(b"\0" * 8, 2074)  # the header of the sheet's own part
def test_a_damaged_workbook_is_read_or_refused_in_words(junk: bytes, place: int) -> None:
    data = bytearray(WHOLE)
    data[place : place + len(junk)] = junk
    with contextlib.suppress(Unreadable):  # anything else fails the test
        read(bytes(data))


WHOLE = book(["key", "text"], ["C-1", "one"], ["C-2", "two"])


# --- JSON lines -------------------------------------------------------------------------------------------


def test_json_lines() -> None:
    lines = [{"key": "C-1", "n": 1}, {"key": "C-2", "text": "Zoë\n"}, {"n": None, "key": True}]
    table, rows = read("\n".join(json.dumps(line) for line in lines).encode())
    assert table.columns == ("key", "n", "text")
    assert rows == [(1, ["C-1", 1, None]), (2, ["C-2", None, "Zoë\n"]), (3, [True, None, None])]


def test_bad_lines_are_refused_one_by_one() -> None:
    _, rows = read(b'{"key": 1}\nnonsense\n[1]\n\n{"key": [1]}\n{"key": 2}\n')
    assert [isinstance(cells[0], Misshapen) for _, cells in rows] == [False, True, True, True, False]
    assert [number for number, _ in rows] == [1, 2, 3, 5, 6]


# --- cells ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("2025-01-06", dt.date(2025, 1, 6)),
        ("06/01/2025", dt.date(2025, 1, 6)),
        ("6.1.2025", dt.date(2025, 1, 6)),
        (" 6 Jan 2025 ", dt.date(2025, 1, 6)),
        ("6th January 2025", dt.date(2025, 1, 6)),
        ("06-Sept-2025", dt.date(2025, 9, 6)),
        ("2025-01-06T00:00:00", dt.date(2025, 1, 6)),
        ("06/01/2025 00:00", dt.date(2025, 1, 6)),
        (dt.datetime(2025, 1, 6), dt.date(2025, 1, 6)),
        (45663, dt.date(2025, 1, 6)),
        ("29/02/2024", dt.date(2024, 2, 29)),
        ("1066-10-14", dt.date(1066, 10, 14)),
    ],
)
def test_dates(raw: Any, day: dt.date) -> None:
    assert values.date(raw) == day


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("01/25/2025", "no such month"),
        ("29/02/2025", "no such day"),
        ("06/01/25", "four digits"),
        ("tomorrow", "Write the date like"),
        ("6 Foo 2025", "no such day"),
        ("2025-01-06x", "Write the date like"),
        ("0000-00-00", "no such day"),
        (0, "Write the date like"),
        (1e300, "Write the date like"),
        (float("nan"), "Write the date like"),
        (True, "Write the date like"),
    ],
)
def test_dates_that_are_none(raw: Any, words: str) -> None:
    with pytest.raises(Bad, match=words):
        values.date(raw)


@pytest.mark.parametrize(
    ("raw", "utc"),
    [
        ("2025-01-06 14:30", dt.datetime(2025, 1, 6, 14, 30, tzinfo=UTC)),
        ("2025-07-06 14:30", dt.datetime(2025, 7, 6, 13, 30, tzinfo=UTC)),  # British Summer Time
        ("2025-07-06T14:30:05.25Z", dt.datetime(2025, 7, 6, 14, 30, 5, 250_000, tzinfo=UTC)),
        ("2025-07-06T14:30:05+02:00", dt.datetime(2025, 7, 6, 12, 30, 5, tzinfo=UTC)),
        ("2025-07-06 14:30 -0330", dt.datetime(2025, 7, 6, 18, 0, tzinfo=UTC)),
        ("06/01/2025 2:30 pm", dt.datetime(2025, 1, 6, 14, 30, tzinfo=UTC)),
        ("6 Jan 2025, 12:05am", dt.datetime(2025, 1, 6, 0, 5, tzinfo=UTC)),
        ("06/01/2025", dt.datetime(2025, 1, 6, tzinfo=UTC)),
        ("2025-10-26 01:30", dt.datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),  # occurs twice: the first
        (dt.datetime(2025, 7, 6, 14, 30), dt.datetime(2025, 7, 6, 13, 30, tzinfo=UTC)),
        (45663.5, dt.datetime(2025, 1, 6, 12, tzinfo=UTC)),
    ],
)
def test_moments(raw: Any, utc: dt.datetime) -> None:
    moment = values.moment(raw)
    assert moment.tzinfo is not None
    assert moment.astimezone(UTC) == utc


@pytest.mark.parametrize(
    "raw", ["2025-01-06 25:00", "2025-01-06 14", "noon", "2025-01-06 13:00 pm", "2025-01-06 1:00 +99:00"]
)
def test_moments_that_are_none(raw: str) -> None:
    with pytest.raises(Bad, match="Write the time like"):
        values.moment(raw)


@given(st.datetimes(dt.datetime(1000, 1, 2), dt.datetime(2999, 12, 30)))
def test_iso_moments_come_back(moment: dt.datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert values.moment(aware.isoformat()) == aware
    assert values.date(moment.date().isoformat()) == moment.date()
    assert values.date(moment.strftime("%d/%m/") + f"{moment.year:04}") == moment.date()


@pytest.mark.parametrize(
    ("raw", "amount"),
    [
        ("£1,234.50", "1234.50"),
        ("-£12", "-12.00"),
        ("£-12.5", "-12.50"),
        ("(12.00)", "-12.00"),
        ("12.00-", "-12.00"),
        ("\u221212", "-12.00"),
        ("GBP 7", "7.00"),
        ("1 234.5", "1234.50"),
        (".5", "0.50"),
        ("-0", "0.00"),
        (12.1, "12.10"),
        (12.100000000000001, "12.10"),
        (7, "7.00"),
        ("12.5000", "12.50"),
    ],
)
def test_money(raw: Any, amount: str) -> None:
    assert str(values.money(raw, digits=12, places=2)) == amount


@pytest.mark.parametrize(
    "raw", ["1,50", "1.234,50", "twelve", "12.345", "1e5", "99999999999", "--1", "£", True, "٣"]
)
def test_money_that_is_none(raw: Any) -> None:
    with pytest.raises(Bad):
        values.money(raw, digits=12, places=2)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False))
def test_amounts_come_back(amount: Decimal) -> None:
    for written in (f"{amount:f}", f"£{amount:,.2f}".replace("£-", "-£")):
        assert values.money(written, digits=12, places=2) == amount


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("90", 90),
        (90.0, 90),
        ("5:30", 330),
        ("1:05:30", 3930),
        (dt.timedelta(hours=2), 7200),
        (dt.time(0, 5), 300),
    ],
)
def test_durations(raw: Any, seconds: int) -> None:
    assert values.duration(raw, most=100_000) == seconds


@pytest.mark.parametrize("raw", ["-5", "1.5", "long", "1:75:00", "5:61", dt.timedelta(-1), 10**9])
def test_durations_that_are_none(raw: Any) -> None:
    with pytest.raises(Bad, match="length in seconds"):
        values.duration(raw, most=100_000)


def test_texts() -> None:
    assert values.text(" a\x07b\r\nc\x0bd ", longest=20, lines=True) == "ab\nc\nd"
    assert values.text("a\nb   c", longest=20, lines=False) == "a b c"
    assert values.text(7700900123.0, longest=20, lines=False) == "7700900123"
    assert values.text("=1+1", longest=20, lines=False) == "=1+1"
    assert values.text("00123", longest=20, lines=False) == "00123"
    assert values.text(dt.datetime(2025, 1, 6), longest=20, lines=False) == "2025-01-06"
    with pytest.raises(Bad, match="at most 3"):
        values.text("four", longest=3, lines=False)
    with pytest.raises(Bad, match="invisible"):
        values.key("C\x071", longest=10)


@given(st.text(max_size=60))
def test_texts_can_be_stored(text: str) -> None:
    try:
        value = values.text(text, longest=100, lines=True)
    except Bad:
        assert "\0" in text
        return
    value.encode()
    assert not set(value) & set(map(chr, [*range(9), *range(11, 32)]))


def test_addresses_and_choices() -> None:
    assert values.email(" name@example.com ") == "name@example.com"
    with pytest.raises(Bad, match=r"like name@example\.com"):
        values.email("name(at)example.com")
    assert values.ip("2001:DB8::0001") == "2001:db8::1"
    with pytest.raises(Bad, match="IP address"):
        values.ip("10.0.0.300")
    assert values.choice("Text message", [("text", "Text message"), ("fax", "Fax")]) == "text"
    with pytest.raises(Bad, match="text, fax"):
        values.choice("telex", [("text", "Text message"), ("fax", "Fax")])


def test_values_in_sentences_are_short_and_on_one_line() -> None:
    assert shortened("a\nb\x00c") == "a b c"
    assert len(shortened("x" * 500)) == 60
