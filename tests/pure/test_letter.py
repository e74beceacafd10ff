"""The letter says what was asked, what is here, what was searched, what is not here and how to complain."""

from __future__ import annotations

import io
import re
from dataclasses import replace

from requests_sar.document import Document
from requests_sar.letter import write_letter
from tests.pure import documents
from tests.pure.htmlreader import Reader


def written(document: Document) -> str:
    """The letter."""
    out = io.BytesIO()
    write_letter(document, out)
    return out.getvalue().decode()


def words(document: Document) -> str:
    """The letter's words."""
    html = re.sub(r"<style>.*?</style>", "", written(document), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_everything_a_letter_must_say() -> None:
    text = words(documents.realistic())
    for wanted in (
        "Dear Siân Ó Brádaigh,",
        "DP-7K4M-29QX",
        "22 November 2026",
        "You asked us on 3 November 2026:",
        "Please send me everything you hold about me, including call recordings.",
        "65 records of 5 kinds:",
        "Support calls: 42 records",
        "Emails system: Emails of all customers",
        "We looked and found nothing of these kinds: Texts and faxes.",
        "R1. The name of an engineer. It is about another person. (DPA 2018, Schedule 2, paragraph 16)",
        "subject access request (Article 15 of the UK GDPR)",
        "Some back-up services store data in the EU",
        "Information Commissioner (ICO)",
        "You can also ask a court to enforce your rights.",
        "We answer within 30 days.",
        "Confidential",
    ):
        assert wanted in text, wanted


def test_each_place_is_named_once() -> None:
    document = documents.realistic()
    document = replace(document, searched=tuple(replace(s, system="Billing") for s in document.searched[:3]))
    kinds = [search.holds for search in document.searched]
    assert f"Billing: {kinds[0]}, {kinds[1]} and {kinds[2]}" in words(document)
    assert words(document).count("Billing") == 1


def test_what_is_missing_is_said() -> None:
    document = documents.realistic()
    lost = replace(document.searched[0], found="Could not be searched: the archive is damaged")
    document = replace(document, removed=(), searched=(lost,), notes=("Faxes were left out at your wish",))
    text = words(document)
    assert "Could not be searched: Account system" in text
    assert "Faxes were left out at your wish." in text
    assert "We removed nothing and left nothing out." not in text
    assert "We removed nothing and left nothing out." in words(documents.document([]))


def test_a_copy_of_nothing_is_an_answer() -> None:
    document = documents.document([documents.texts([])])
    text = words(document)
    assert "We searched for personal data about you and found none." in text
    assert "We looked and found nothing of these kinds: Notes." in text
    assert "What is here" not in text


def test_a_copy_made_without_a_request() -> None:
    text = words(documents.document([], asked_on=None, asked_for=""))
    assert "You asked us" not in text


def test_long_lists_stay_short_enough_for_two_pages() -> None:
    kinds = [documents.texts(["x"], key=f"k{n}", title=f"Kind {n}") for n in range(60)]
    text = words(documents.document(kinds, asked_for="word " * 2_000))
    assert "and 36 other kinds, listed in the spreadsheet" in text
    assert "We searched 60 places." in text
    assert len(text) < 4_500


def test_values_are_text_and_nothing_is_fetched() -> None:
    document = replace(
        documents.realistic(), made_for="<script>x</script>\x00", asked_for="</blockquote><img src=x>"
    )
    reader = Reader()
    reader.feed(written(document))
    reader.close()
    assert reader.open == []
    assert not reader.tags & {"script", "img", "link", "form", "a"}
    assert not any(
        name.startswith("on") or name in ("src", "style", "href") for _, name, _ in reader.attributes
    )
    assert "default-src 'none'" in written(document)
