"""The HTML copy: every value is there and is text, nothing is fetched, a long kind says where the rest is."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from requests_sar import cells, page
from requests_sar.document import Document, Kind, RowCountMismatch
from requests_sar.page import write_page
from tests.pure import documents
from tests.pure.htmlreader import Reader


def made(document: Document) -> str:
    """The page."""
    out = io.BytesIO()
    write_page(document, out)
    return out.getvalue().decode()


def read(document: Document) -> Reader:
    """The page, read."""
    reader = Reader()
    reader.feed(made(document))
    reader.close()
    assert reader.open == []
    return reader


def shown(value: str | None) -> str:
    """What the page shows for a text."""
    if not value:
        return cells.NOT_RECORDED
    return cells.scrub(value)[0].replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.none() | st.text(st.characters(codec=None), max_size=30), min_size=1, max_size=10))
@example(
    [
        "<script>alert(1)</script>",
        "</td></table>",
        "&amp;",
        '"><img src=x>',
        "\x00\x1f\ud800",
        "a\r\nb",
        None,
        "",
    ]
)
def test_texts_come_back(values: list[str | None]) -> None:
    reader = read(documents.document([documents.texts(values)]))
    assert [row[0] for row in reader.tables["t0"][1:]] == [shown(value) for value in values]
    assert not reader.tags & {"script", "img", "link", "iframe", "form", "object"}


def test_nothing_is_fetched_and_nothing_runs() -> None:
    document = replace(
        documents.realistic(), organisation='"/><script src=//x></script>', reference="</style>"
    )
    reader = read(document)
    assert not reader.tags & {"script", "img", "link", "iframe", "form", "object", "svg", "base"}
    for tag, name, value in reader.attributes:
        assert not name.startswith("on")
        assert name not in ("src", "style", "action", "srcset", "background")
        if name == "href":
            assert tag == "a"
            assert value is not None
            assert value.startswith("#")
            assert value[1:] in reader.ids
    assert not re.search(r"url\(|@import|expression\(", made(documents.realistic()))
    assert "default-src 'none'" in made(documents.realistic())


def test_ids_are_unique_and_every_part_is_there() -> None:
    reader = read(documents.realistic())
    assert len(set(reader.ids)) == len(reader.ids)
    assert {"why", "rights", "removed", "words", "searched", "unhappy", "main"} <= set(reader.ids)


def test_counts_agree() -> None:
    document = documents.realistic()
    reader = read(document)
    [contents] = [
        rows for name, rows in reader.tables.items() if name.startswith("other") and rows[0][0] == "Part"
    ]
    assert [(row[0], int(row[2])) for row in contents[1:]] == [(k.title, k.count) for k in document.sheets]
    for number, kind in enumerate(document.sheets):
        if kind.count:
            assert len(reader.tables[f"t{number}"]) - 1 == kind.count
        else:
            assert f"t{number}" not in reader.tables
    assert made(document).count("We looked and found nothing of this kind about you.") == 1


def test_values_are_words() -> None:
    reader = read(documents.realistic())
    first = reader.tables["t2"][1]
    assert first[:4] == ["C-00001", "4 Mar 2019 08:55", "45 s", "+44 7700 900342"]
    assert first[7] == "Yes"
    assert reader.tables["t2"][2][1] == "4 May 2019 10:32"  # summer time
    assert reader.tables["t1"][1][2] == "£19.00"
    assert reader.tables["t1"][14][5] == cells.NOT_RECORDED


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (Kind.MONEY, "1234567.5", "£1,234,567.50"),
        (Kind.MONEY, "-0.05", "-£0.05"),
        (Kind.MONEY, "much", "much"),
        (Kind.DATE, "1899-12-31", "31 Dec 1899"),
        (Kind.DATE, "soon", "soon"),
        (Kind.MOMENT, "2025-07-01T23:30:00+00:00", "2 Jul 2025 00:30"),
        (Kind.MOMENT, "2025-07-01T23:30:00", "2025-07-01T23:30:00"),
        (Kind.INTEGER, 2025, "2025"),
        (Kind.DURATION, 3725, "1 h 2 min 5 s"),
        (Kind.BOOLEAN, False, "No"),
    ],
)
def test_values_of_every_kind(kind: Kind, value: str | int, words: str) -> None:
    sheet = documents.sheet("k", "Kind", "Kind", [("c", "Value", kind)], [(value,)])
    assert read(documents.document([sheet])).tables["t0"][1] == [words]


def test_a_long_kind_shows_the_newest_and_says_where_the_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "SHOWN", 300)
    document = documents.document([documents.texts([f"note {n}" for n in range(1_000)])])
    rows = read(document).tables["t0"][1:]
    assert [row[0] for row in rows] == [f"note {n}" for n in range(700, 1_000)]
    words = " ".join(made(document).split())
    assert "This page shows the newest 300 of 1,000 records" in words
    assert "All of them are in the spreadsheet and in the ZIP file." in words


def test_five_thousand_are_shown_without_a_word() -> None:
    assert page.SHOWN == 5_000
    document = documents.document([documents.texts(["x"] * 5_000)])
    assert "This page shows the newest" not in made(document)


def test_long_texts_are_folded_but_whole() -> None:
    text = "A line of a long e-mail.\n" * 100
    html = made(documents.document([documents.texts([text])]))
    assert "Show all of it (2,500 characters)" in html
    assert text in html


def test_texts_too_long_for_a_cell_name_their_file() -> None:
    html = made(documents.document([documents.texts([None, "x" * 40_000])]))
    assert "files/long-texts/notes-row-000002-text.txt" in html
    assert len(html) < 60_000


def test_removal_marks_are_set_off_and_words_explained() -> None:
    html = made(documents.realistic())
    assert "<em>[Removed R1: another person&#39;s name]</em> visited" in html
    reader = read(documents.realistic())
    [words] = [rows for rows in reader.tables.values() if rows[0] == ["Word", "What it means"]]
    assert [row[0] for row in words[1:]] == ["DD", "ESC", "ICO", "paid", "RES", "VAT"]


def test_headers_stand_in_the_style_for_narrow_screens() -> None:
    sheet = documents.sheet("k", "Kind", "Kind", [("c", 'A "b" </style>\\', Kind.TEXT)], [("x",)])
    html = made(documents.document([sheet]))
    assert html.count("</style>") == 1
    assert '#t0 td:nth-child(1)::before{content:"A \\22 b\\22  \\3c \\2f style\\3e \\5c "}' in html


@pytest.mark.parametrize(("announced", "came"), [(3, 2), (2, 3), (0, 1), (6_000, 5_999)])
def test_another_number_of_rows_than_announced_is_refused(announced: int, came: int) -> None:
    kind = replace(documents.texts(["x"] * came), count=announced)
    with pytest.raises(RowCountMismatch, match="notes"):
        made(documents.document([kind]))


def test_a_copy_of_nothing() -> None:
    html = made(documents.document([]))
    assert "found none" in html
