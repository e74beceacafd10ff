"""The ZIP: JSON is exact, CSV is safe, every file is in the manifest with its sum, and nothing is lost."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from requests_sar import cells
from requests_sar.bundle import write_bundle
from requests_sar.document import AttachmentMismatch, Document, Kind, RowCountMismatch, Value
from tests.pure import documents

DANGEROUS = [
    "=1+1",
    "+44 20",
    "-5",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0+1",
    "  \n-1",
    "＝1",
    "＠x",
]
HARMLESS = ["a=1", "0117", "'quoted", "5-5", "a\n=1", "", "é", "٣", "(1)"]


def unpacked(document: Document, **options: Any) -> dict[str, bytes]:
    """Every file of the ZIP."""
    out = io.BytesIO()
    write_bundle(document, out, **options)
    with zipfile.ZipFile(out) as package:
        assert package.testzip() is None
        names = package.namelist()
        assert len(set(names)) == len(names)
        return {name: package.read(name) for name in names}


def table(data: bytes) -> list[list[str]]:
    """The rows of a CSV file, header included."""
    assert data.startswith(b"\xef\xbb\xbf")
    return [*csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)]


def without_apostrophe(text: str) -> str:
    """What README tells a reader to do."""
    return text[1:] if text.startswith("'") and cells.starts_like_formula(text[1:]) else text


def records(made: dict[str, bytes], key: str) -> list[dict[str, Value]]:
    """The records of one kind in data.json."""
    found: list[dict[str, Value]] = json.loads(made["data.json"])["data"][key]["records"]
    return found


# --- values ---------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(st.none() | st.text(st.characters(codec=None), max_size=30), min_size=1, max_size=12))
@example([*DANGEROUS, *HARMLESS])
@example(["\x00=1", "\x1f", "\ud800", "a\r\nb", '"', '""', ",", "\ufeff=1", None])
def test_texts_come_back(values: list[str | None]) -> None:
    made = unpacked(documents.document([documents.texts(values)]))
    assert [record["text"] for record in records(made, "notes")] == values
    header, *rows = table(made["csv/notes.csv"])
    assert header == ["Text"]
    fields = [row[0] if row else "" for row in rows]
    assert [without_apostrophe(field) for field in fields] == [
        cells.scrub(value or "")[0] for value in values
    ]
    assert not any(cells.starts_like_formula(field) for field in fields)


def test_only_dangerous_texts_get_an_apostrophe() -> None:
    made = unpacked(documents.document([documents.texts([*DANGEROUS, *HARMLESS])]))
    fields = [row[0] if row else "" for row in table(made["csv/notes.csv"])[1:]]
    assert fields == [f"'{text}" for text in DANGEROUS] + HARMLESS


@pytest.mark.parametrize(
    ("kind", "value", "field"),
    [
        (Kind.INTEGER, -5, "-5"),
        (Kind.INTEGER, 2**70, str(2**70)),
        (Kind.INTEGER, "=1", "'=1"),
        (Kind.MONEY, "-12.50", "-12.50"),
        (Kind.MONEY, "+1", "'+1"),
        (Kind.DURATION, -90, "-90"),
        (Kind.BOOLEAN, True, "true"),
        (Kind.BOOLEAN, False, "false"),
        (Kind.DATE, "1899-12-31", "1899-12-31"),
        (Kind.MOMENT, "2025-06-06T09:00:00.123456+00:00", "2025-06-06T09:00:00.123456+00:00"),
        (Kind.FILE, "files/a.wav", "files/a.wav"),
        (Kind.TEXT, None, ""),
    ],
)
def test_values_of_every_kind(kind: Kind, value: Value, field: str) -> None:
    rows = [(value, "x"), (None, "y")]
    columns = [("c", "Value", kind), ("d", "Other", Kind.TEXT)]
    made = unpacked(documents.document([documents.sheet("k", "Kind", "Kind", columns, rows)]))
    assert records(made, "k") == [{"c": value, "d": "x"}, {"c": None, "d": "y"}]
    assert table(made["csv/k.csv"])[1:] == [[field, "x"], ["", "y"]]


def test_every_field_is_quoted_and_lines_end_as_rfc_4180_says() -> None:
    kind = documents.sheet(
        "k",
        "Kind",
        "Kind",
        [("a", "A", Kind.TEXT), ("b", 'B, "b"', Kind.INTEGER)],
        [("x\ny", 1), ('"', None)],
    )
    data = unpacked(documents.document([kind]))["csv/k.csv"]
    assert data == b'\xef\xbb\xbf"A","B, ""b"""\r\n"x\ny","1"\r\n"""",""\r\n'


# --- the files ------------------------------------------------------------------------------------------


def test_the_sums_agree() -> None:
    """Check 1: records in JSON, rows in CSV and the numbers in manifest and description are as announced."""
    document = documents.realistic()
    made = unpacked(document)
    data, package = json.loads(made["data.json"]), json.loads(made["datapackage.json"])
    manifest = json.loads(made["manifest.json"])
    rows_of = {file["name"]: file.get("rows") for file in manifest["files"]}
    assert manifest["records"] == data["count"] == document.count == rows_of["data.json"]
    for kind, resource in zip(document.sheets, package["resources"], strict=True):
        assert data["data"][kind.key]["count"] == len(records(made, kind.key)) == kind.count
        assert len(table(made[resource["path"]])) - 1 == kind.count == resource["rows"]
        assert rows_of[resource["path"]] == kind.count


def test_the_manifest_lists_every_file_with_its_checksum() -> None:
    made = unpacked(documents.realistic())
    listed = {file["name"]: file for file in json.loads(made["manifest.json"])["files"]}
    assert set(listed) == set(made) - {"manifest.json"}
    for name, file in listed.items():
        assert file["size"] == len(made[name])
        assert file["sha256"] == hashlib.sha256(made[name]).hexdigest()


def test_the_description_fits_the_csv_files() -> None:
    made = unpacked(documents.realistic())
    data = json.loads(made["data.json"])["data"]
    for resource in json.loads(made["datapackage.json"])["resources"]:
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == table(made[resource["path"]])[0]
        assert all(field["description"] and field["type"] for field in fields)
        kind = data[resource["name"]]
        assert kind["columns"] == fields
        for record in kind["records"]:
            assert list(record) == [field["key"] for field in fields]


def test_facts_of_article_15_are_in_the_json() -> None:
    document = documents.realistic()
    data = json.loads(unpacked(document)["data.json"])
    assert data["reference"] == document.reference
    assert data["made_at"] == "2026-11-22T14:05:30+00:00"
    assert data["asked_on"] == "2026-11-03"
    assert [why["title"] for why in data["why"]] == [kind.title for kind in document.sheets]
    assert {*data["why"][0]} >= {"purpose", "legal_reason", "source", "shared_with", "kept_for", "leaves_uk"}
    assert [item["number"] for item in data["removed"]] == [1, 2]
    assert len(data["searched"]) == 6
    assert set(data["words"]) == {"RES", "ESC", "VAT", "DD", "ICO", "paid"}


def test_texts_too_long_for_the_workbook_are_files_of_the_same_name() -> None:
    long = ["x" * 40_000, "fits", None, "👋é" * 20_000]
    made = unpacked(documents.document([documents.texts(long)]))
    assert made["files/long-texts/notes-row-000001-text.txt"].decode() == long[0]
    assert made["files/long-texts/notes-row-000004-text.txt"].decode() == long[3]
    assert len([name for name in made if name.startswith("files/")]) == 2
    assert records(made, "notes")[0]["text"] == long[0]


def test_attachments_are_copied_whole() -> None:
    content = bytes(range(256)) * 5_000
    document = documents.document([], attachments=(documents.recording("files/a/b.wav", content),))
    assert unpacked(document)["files/a/b.wav"] == content


@pytest.mark.parametrize(
    "path",
    [
        "b.wav",
        "../b.wav",
        "files/../b.wav",
        "/files/b.wav",
        "files//b.wav",
        "files\\b.wav",
        "files/c:b",
        "files/./b",
    ],
)
def test_an_attachment_cannot_leave_its_folder(path: str) -> None:
    with pytest.raises(ValueError, match="inside files/"):
        unpacked(documents.document([], attachments=(documents.recording(path),)))


def test_two_attachments_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same path"):
        unpacked(documents.document([], attachments=(documents.recording(), documents.recording())))


def test_an_attachment_of_another_size_is_refused() -> None:
    short = replace(documents.recording(), size=7)
    with pytest.raises(AttachmentMismatch, match="7 bytes were announced"):
        unpacked(documents.document([], attachments=(short,)))


def test_the_readme_tells_what_a_layperson_must_know() -> None:
    document = replace(documents.realistic(), notes=("A bell \x07 was rung.",))
    readme = unpacked(document)["README.txt"].decode()
    assert readme.count("\r\n") == readme.count("\n")
    flat = " ".join(readme.split())
    for wanted in (
        "Support calls: 42 records",
        "65 records of 5 kinds",
        "has an apostrophe (') put in front of it",
        "data.json has the text without the apostrophe",
        "A bell \ufffd was rung.",
        "gdpr@example.org",
        "Information Commissioner",
    ):
        assert wanted in flat, wanted
    assert max(map(len, readme.splitlines())) < 90


def test_replaced_characters_are_counted() -> None:
    made = unpacked(documents.document([documents.texts(["a\x00b\x07", "\ud800"])]))
    assert json.loads(made["manifest.json"])["replaced_characters"] == {"Notes": 3}
    assert "Notes: 3 characters" in " ".join(made["README.txt"].decode().split())
    assert records(made, "notes")[0]["text"] == "a\x00b\x07"


def test_file_names_carry_no_personal_data_and_are_safe() -> None:
    kinds = [documents.texts(["x"], key=key) for key in ("a/b", "A b", "../c", "é", "a b")]
    names = [name for name in unpacked(documents.document(kinds)) if name.startswith("csv/")]
    assert len(names) == 5
    assert all(re.fullmatch(r"csv/[A-Za-z0-9_-]+\.csv", name) for name in names)
    assert len({name.casefold() for name in names}) == 5


def test_a_copy_of_nothing() -> None:
    made = unpacked(documents.document([]))
    assert json.loads(made["data.json"])["data"] == {}
    assert "found none" in made["README.txt"].decode()


@pytest.mark.parametrize(("announced", "came"), [(3, 2), (2, 3), (0, 1), (1, 0)])
def test_another_number_of_rows_than_announced_is_refused(announced: int, came: int) -> None:
    kind = replace(documents.texts(["x"] * came), count=announced)
    with pytest.raises(RowCountMismatch, match="notes"):
        unpacked(documents.document([kind]))


def test_two_kinds_of_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="same key"):
        unpacked(documents.document([documents.texts([]), documents.texts([])]))


def test_progress_adds_up_and_the_same_document_gives_the_same_bytes() -> None:
    steps: list[int] = []
    first = unpacked(documents.large(2_501), progress=steps.append)
    assert sum(steps) == 2_501
    assert first == unpacked(documents.large(2_501))
