"""The sentences that the workbook, the page, the letter and the bundle say alike: plain English for the
customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from requests_sar.cells import MARK, long_date, short_date, uk_time
from requests_sar.document import Document, Searched, Sheet

NOTHING_FOUND = "We looked and found nothing of this kind about you."
NOT_ALL = (
    "No. The right to move your data (Article 20 of the UK GDPR) covers what you gave us and what your use of our "
    "services made, where we use it because you said yes or because of our contract. The notes say what is left out, "
    "and why. For everything we hold, ask us for a copy of your data."
)
CONFIDENTIAL = "Confidential: this is about you. Keep it safe, and share it only if you mean to."


def number(count: int, one: str, many: str = "") -> str:
    """`1 record`, `1,204 records`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(items: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = [*items] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def with_stop(sentence: str) -> str:
    """`sentence` with a full stop unless it has an end."""
    text = sentence.strip()
    return text if not text or text[-1] in ".!?:" else text + "."


def whole(document: Document) -> str:
    """What this copy is, in one sentence."""
    kinds = sum(1 for sheet in document.sheets if sheet.count)
    if document.portable:
        return _portable(document, kinds)
    if not document.count:
        return f"{document.organisation} searched for personal data about you and found none."
    return (
        f"A copy of the personal data {document.organisation} holds about you: "
        f"{number(document.count, 'record')} of {number(kinds, 'kind')}."
    )


def _portable(document: Document, kinds: int) -> str:
    if not document.count:
        return f"{document.organisation} searched for data that you gave it or your use of it made, and found none."
    return (
        f"The personal data that you gave {document.organisation}, or that your use of its services made: "
        f"{number(document.count, 'record')} of {number(kinds, 'kind')}."
    )


def unsearched(document: Document) -> list[str]:
    """The systems that could not be searched, with the reason."""
    return [f"{item.system}: {item.found}" for item in document.searched if not _was_searched(item)]


def places(document: Document) -> dict[str, list[str]]:
    """The systems that were searched, each once, with the kinds of data looked for there."""
    found: dict[str, list[str]] = {}
    for item in document.searched:
        if _was_searched(item):
            found.setdefault(item.system, []).append(item.holds)
    return found


def _was_searched(item: Searched) -> bool:
    return "could not" not in item.found.lower()


def complete(document: Document) -> str:
    """Whether this is everything, honestly: what was taken out and what could not be searched is named."""
    missing = unsearched(document)
    count = number(len(places(document)), "place")
    parts = [f"It is everything we found about you in the {count} we searched."]
    if not document.searched:
        parts = ["It is everything we found about you."]
    if document.portable:
        parts = [NOT_ALL]
    if missing:
        parts.append(f"{number(len(missing), 'place')} could not be searched: {with_stop(listed(missing))}")
    if document.removed:
        parts.append(f"Some details were removed, for {number(len(document.removed), 'reason')}.")
    else:
        parts.append("Nothing was removed.")
    return " ".join(parts)


def removed(document: Document, marks: int | None = None) -> str:
    """How much was removed. `marks` is the number of "[Removed Rn: ...]" marks counted in the records, if
    known.
    """
    if not document.removed:
        return "We removed nothing from this copy."
    reasons = number(len(document.removed), "reason")
    if marks:
        return f"We removed {number(marks, 'detail')}, for {reasons}."
    return f"We removed some details, for {reasons}."


def dates(sheet: Sheet) -> str:
    """`6 Jan 2017 to 3 Nov 2026`, or nothing when the kind has no dates."""
    days = [short_date(day) for day in (sheet.first, sheet.last) if day is not None]
    return " to ".join(dict.fromkeys(days))


def about(sheet: Sheet) -> str:
    """The sentence under a kind's title: what it is, how much, from when to when, in which order."""
    if not sheet.count:
        return with_stop(sheet.what)
    facts = [number(sheet.count, "record"), dates(sheet), "newest last" if sheet.count > 1 else ""]
    times = "Times are UK time." if any(column.kind == "moment" for column in sheet.columns) else ""
    return " ".join(filter(None, [with_stop(sheet.what), ", ".join(filter(None, facts)) + ".", times]))


def asked(document: Document) -> list[tuple[str, str]]:
    """The facts of the request: label and value."""
    facts = [("Made for", document.made_for), ("Reference", document.reference)]
    if document.asked_for:
        facts.append(("Your request", document.asked_for))
    if document.asked_on:
        facts.append(("Asked on", long_date(document.asked_on)))
    facts.append(("Made on", f"{uk_time(document.made_at)} (UK time)"))
    return facts


def wrong(document: Document) -> str:
    """What to do if something is wrong or missing."""
    ask = "Tell us and quote the reference. You can ask us to correct it, add to it or delete it. It is free."
    return " ".join(filter(None, [ask, with_stop(document.contact)]))


def unhappy(document: Document) -> list[tuple[str, str]]:
    """Where to complain: label and words, in the order most people need them. Article 15(1)(f), DPA 2018
    s.164A.
    """
    routes = [
        ("Us", document.complain_to_us or document.contact),
        ("The regulator", document.complain_to_regulator),
        ("A court", document.complain_to_court),
    ]
    return [(label, with_stop(words)) for label, words in routes if words]


def replaced(title: str, count: int) -> str:
    """The note about characters that could not be shown."""
    were = "was" if count == 1 else "were"
    return (
        f"{title}: {number(count, 'character')} that no document can show (such as control codes) "
        f"{were} replaced by {MARK}. The file data.json in the ZIP has the original."
    )


def cut(title: str) -> str:
    """The note about texts that a row cannot show whole: spreadsheets have a tallest row."""
    return (
        f"{title}: some texts are longer than a row can show. Choose the cell to read all of it in the line "
        "above the sheet, or open the web page that came with this spreadsheet."
    )


def outside_records(document: Document) -> Iterator[str]:
    """The texts beside the records in which codes and short forms (VAT, ICO) can occur too."""
    for sheet in document.sheets:
        yield " ".join([sheet.title, sheet.what, *(column.label for column in sheet.columns)])
    for why in document.why:
        yield " ".join(
            [why.purpose, why.legal_reason, why.source, why.shared_with, why.kept_for, why.leaves_uk]
        )
    for item in document.searched:
        yield " ".join([item.system, item.holds, item.looked_for])
    yield " ".join([document.transfers, document.contact, document.complain_to_regulator, *document.notes])
