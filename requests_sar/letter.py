"""The covering letter: what you asked, what is here, what we searched, what is not here and why, how to
complain.

One self-contained HTML file that prints on one or two sheets of A4. The regulator's audit toolkit expects
such a letter with every answer; Articles 12 and 15 say what it has to tell. It names no member of staff.
"""

from __future__ import annotations

from typing import BinaryIO

from requests_sar import savedhtml as html
from requests_sar import sentences
from requests_sar.cells import LONDON, long_date
from requests_sar.document import Document, Removed

# kinds or systems listed one by one; more are told as a number so that the letter stays a letter
_MOST_LINES = 24
_STYLE = """
body{font-size:1rem;line-height:1.5}
main{max-width:46rem;margin:0 auto;padding:2.5rem 2rem;background:var(--surface)}
.from{border-left:.3rem solid var(--brand);padding-left:.75rem;font-size:1.375rem;font-weight:600;
color:var(--brand);font-family:Charter,"Bitstream Charter","Sitka Text",Cambria,Georgia,serif}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:1.25rem 0}
dt{color:var(--ink-2)}dd{margin:0}
h1{font-size:1.625rem;margin:1.5rem 0 .75rem}
h2{font-size:1.1875rem;margin:1.25rem 0 .3rem;color:var(--brand)}
p{margin:.5rem 0}
ul{margin:.3rem 0;padding-left:1.1rem}
ul.short{columns:2;column-gap:2rem}
li{break-inside:avoid;overflow-wrap:anywhere}
blockquote{margin:.5rem 0;padding:.1rem .75rem;border-left:.2rem solid var(--brand);white-space:pre-wrap;
overflow-wrap:anywhere}
.small{color:var(--ink-2);font-size:.9375rem}
@media (max-width:36rem){ul.short{columns:1}main{padding:1.5rem 1rem}}
@page{size:A4;margin:18mm}
@media print{
:root{color-scheme:light;--ink:#000;--ink-2:#333;--brand:#0e5a5e;--surface:#fff;--line:#999;--paper:#fff}
body{font-size:10pt;line-height:1.4}
main{padding:0;max-width:none}
h1{font-size:15pt}h2{font-size:11.5pt;break-after:avoid}.from{font-size:13pt}.small{font-size:9pt}
}
"""


def write_letter(document: Document, out: BinaryIO) -> None:
    """Write the letter that goes with the copy to `out` as UTF-8."""
    parts = [
        html.head(f"Letter {document.reference}", _STYLE),
        _opening(document),
        _here(document),
        _searched(document),
        _missing(document),
        _reading(document),
        _closing(document),
    ]
    out.write("".join(parts).encode("utf-8", "replace"))


def _opening(document: Document) -> str:
    day = long_date(document.made_at.astimezone(LONDON).date())
    name = html.text(document.made_for)
    asked = f" on {long_date(document.asked_on)}" if document.asked_on else ""
    request = (
        f"<p>You asked us{asked}:</p>\n<blockquote>{html.text(_shortly(document.asked_for))}</blockquote>\n"
        if document.asked_for
        else ""
    )
    return (
        f'<body>\n<main>\n<div class="from">{html.text(document.organisation)}</div>\n'
        f"<dl><dt>To</dt><dd>{name}</dd><dt>Date</dt><dd>{day}</dd>"
        f"<dt>Reference</dt><dd>{html.text(document.reference)}</dd></dl>\n"
        f"<h1>{_heading(document)}</h1>\n<p>Dear {name},</p>\n{request}"
        f"<p>{html.text(_answer(document))}</p>\n"
    )


def _heading(document: Document) -> str:
    return "Your request to move your data" if document.portable else "Your request for a copy of your data"


def _answer(document: Document) -> str:
    if document.portable:
        return _portable(document)
    law = (
        "The law calls your request a subject access request (Article 15 of the UK GDPR). There is no charge."
    )
    if not document.count:
        return (
            f"We searched for personal data about you and found none. This letter says where we looked. {law}"
        )
    return (
        f"Here is our answer. With this letter you get a copy of the personal data we hold about you. {law}"
    )


def _portable(document: Document) -> str:
    law = (
        "The law calls this the right to data portability (Article 20 of the UK GDPR). There is no charge, and "
        "using it changes nothing else: we keep the data as before, and you keep all your other rights."
    )
    if not document.count:
        return f"{sentences.whole(document)} This letter says where we looked. {law}"
    return (
        "Here is our answer. With this letter you get the data that you gave us, or that your use of our services "
        f"made, in files that another company's computer can read. {law}"
    )


def _shortly(words: str, most: int = 600) -> str:
    whole = len(words) <= most
    return words if whole else f"{words[:most].rstrip()} … (the whole of it is in the spreadsheet)"


def _here(document: Document) -> str:
    kinds = [sheet for sheet in document.sheets if sheet.count]
    if not kinds:
        return ""
    total = f"{sentences.number(document.count, 'record')} of {sentences.number(len(kinds), 'kind')}"
    lines = [f"{sheet.title}: {sentences.number(sheet.count, 'record')}" for sheet in kinds]
    if len(lines) > _MOST_LINES:
        rest = sentences.number(len(lines) - _MOST_LINES, "other kind")
        lines = [*lines[:_MOST_LINES], f"and {rest}, listed in the spreadsheet"]
    return (
        f"<h2>What is here</h2>\n<p>{total}:</p>\n{_list(lines, short=True)}"
        "<p>You get it in three forms that say the same: a spreadsheet for reading (open the sheet “Start "
        "here” first), a web page for phones, and a ZIP file for other programs, with recordings and other "
        "files.</p>\n"
    )


def _searched(document: Document) -> str:
    if not document.searched:
        return ""
    empty = [sheet.title for sheet in document.sheets if not sheet.count]
    places = sentences.places(document)
    lines = [f"{system}: {sentences.listed(kinds)}" for system, kinds in places.items()]
    words = _list(lines, short=True)
    if len(lines) > _MOST_LINES:
        count = sentences.number(len(places), "place")
        words = f"<p>We searched {count}. The sheet “How we searched” lists each of them.</p>\n"
    if empty:
        words += f"<p>We looked and found nothing of these kinds: {html.text(sentences.listed(empty))}.</p>\n"
    return f"<h2>What we searched</h2>\n{words}"


def _missing(document: Document) -> str:
    """What the person does not get, and why; also what could not be searched."""
    lines = [_reason(item) for item in document.removed]
    lines += [
        sentences.with_stop(f"Could not be searched: {item}") for item in sentences.unsearched(document)
    ]
    lines += [sentences.with_stop(note) for note in document.notes]
    if not lines:
        return "<h2>What is not here</h2>\n<p>We removed nothing and left nothing out.</p>\n"
    marks = ""
    if document.removed:
        marks = "<p>Where something was taken out, the record carries a mark like [Removed R1: …].</p>\n"
    return f"<h2>What is not here, and why</h2>\n{_list(lines)}{marks}"


def _reason(item: Removed) -> str:
    return f"R{item.number}. {sentences.with_stop(item.what)} {sentences.with_stop(item.why)} ({item.law})"


def _reading(document: Document) -> str:
    sharing = html.text(sentences.with_stop(document.transfers))
    start = f" Start at {html.text(document.portal_url)}." if document.portal_url else ""
    return (
        "<h2>Why we hold it, who sees it, and for how long</h2>\n"
        "<p>The sheet “Why we hold it” says, for each kind of data, what we use it for, our legal reason, "
        "where it came from, who we share it with, when it will be deleted and whether a computer makes "
        f"decisions with it. {sharing}</p>\n"
        "<h2>Your rights</h2>\n"
        "<p>You can ask us to correct or delete your data, to pause or stop how we use it, or to give it to "
        "you in a form for another company. Using these rights is free and you do not have to give a reason."
        f"{start}</p>\n"
    )


def _closing(document: Document) -> str:
    routes = [f"{label}: {words}" for label, words in sentences.unhappy(document)]
    complaints = f"<h2>If you are not happy</h2>\n{_list(routes)}" if routes else ""
    return (
        f"<h2>If something is wrong or missing</h2>\n<p>{html.text(sentences.wrong(document))}</p>\n"
        f"{complaints}<p>Yours sincerely,</p>\n<p>Data protection, {html.text(document.organisation)}</p>\n"
        f'<p class="small">{sentences.CONFIDENTIAL}</p>\n</main>\n</body>\n</html>\n'
    )


def _list(lines: list[str], short: bool = False) -> str:
    start = '<ul class="short">' if short and len(lines) > 3 else "<ul>"
    return start + "".join(f"<li>{html.text(line)}</li>" for line in lines) + "</ul>\n"
