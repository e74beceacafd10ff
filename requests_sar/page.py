"""`your-data.html`: the whole copy as one page, for people without a spreadsheet program, on a phone for
instance.

One file, no script, nothing fetched from anywhere. On a narrow screen each record becomes a card. A kind with
more records than a browser can show with ease shows the newest and says plainly where the others are.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import BinaryIO

from requests_sar import cells, sentences
from requests_sar import savedhtml as html
from requests_sar.cells import SEPARATOR
from requests_sar.document import Column, Document, Kind, Progress, Row, Sheet, Value, no_progress

SHOWN = 5_000  # records of one kind on the page
FOLDED = 700  # characters from which a text is folded up
_STYLE = """
body{font-size:1.0625rem;line-height:1.55}
main,header.top,footer{max-width:76rem;margin:0 auto;padding:0 1rem}
header.top{padding-top:2rem}
h1{font-size:clamp(1.75rem,1.4rem + 1.7vw,2.5rem);margin:0 0 .5rem}
h2{font-size:clamp(1.375rem,1.2rem + .9vw,1.75rem);margin:3rem 0 .5rem;padding-left:.75rem;
border-left:.3rem solid var(--brand)}
h2+p{margin-top:0}
.skip{position:absolute;left:-999rem}.skip:focus{position:static}
.confidential{border-left:.3rem solid var(--act);padding:.25rem .75rem;color:var(--act);font-weight:600}
.panel{background:var(--sunk);border-left:.3rem solid var(--brand);padding:.5rem 1rem;margin:1.5rem 0}
dl{display:grid;grid-template-columns:minmax(9rem,14rem) 1fr;gap:.4rem 1rem;margin:.5rem 0}
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}
.facts dt{font-weight:400;color:var(--ink-2)}
.hint{color:var(--ink-2);margin:.25rem 0 .75rem}
.more{background:var(--act-bg);color:var(--act);padding:.5rem .75rem;border-left:.3rem solid var(--act)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;background:var(--surface);font-variant-numeric:tabular-nums}
th{background:var(--brand);color:var(--on-brand);text-align:left;vertical-align:bottom}
th,td{padding:.5rem .75rem}
td{border-bottom:1px solid var(--line);vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere;
min-width:6rem}
td.n,th.n{text-align:right;white-space:nowrap}
td.d{white-space:nowrap}
td i{font-style:normal;color:var(--ink-2)}
td em{border:1px dotted var(--ink-2);padding:0 .25rem}
details{margin:.25rem 0}
summary{cursor:pointer;color:var(--link);min-height:1.5rem}
footer{margin-top:3rem;padding-top:1rem;padding-bottom:2rem;
border-top:1px solid var(--line);color:var(--ink-2)}
@media (max-width:46rem){
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}
table.cards thead{position:absolute;left:-999rem}
table.cards,table.cards tbody,table.cards tr,table.cards td{display:block;width:auto}
table.cards tr{border:1px solid var(--line);
border-left:.3rem solid var(--brand);margin:0 0 .75rem;padding:.25rem 0}
table.cards td{border:0;padding:.25rem .75rem;text-align:left;white-space:pre-wrap}
table.cards td::before{display:block;color:var(--ink-2);font-size:.875rem}
}
@media print{
body{font-size:9pt;background:#fff}h2{break-after:avoid}tr{break-inside:avoid}.scroll{overflow:visible}
.skip{display:none}
th{background:none;color:#000;border-bottom:2px solid #000}th,td{padding:.25rem .4rem}
@page{size:A4 landscape;margin:15mm}
}
"""
_PARTS = (
    ("why", "Why we hold it"),
    ("rights", "Your rights"),
    ("removed", "What is removed"),
    ("words", "Words explained"),
    ("searched", "How we searched"),
    ("unhappy", "If you are not happy"),
)
_LINKS = sentences.listed(f'<a href="#{ident}">{title}</a>' for ident, title in _PARTS)
_MARK = re.compile(rf"({cells.REMOVED.pattern})")


def write_page(document: Document, out: BinaryIO, progress: Progress = no_progress) -> None:
    """Write the page of `document` to `out` as UTF-8.

    Raises RowCountMismatch when a kind yields another number of records than announced; `out` is of no use
    then.
    """
    _Page(document, out, progress).write()


class _Page:
    def __init__(self, document: Document, out: BinaryIO, progress: Progress) -> None:
        self._document, self._out, self._progress = document, out, progress
        self._words = cells.Words(document.words)
        for words in sentences.outside_records(document):
            self._words.read(words)

    def write(self) -> None:
        """The whole page."""
        document = self._document
        self._put(html.head(f"Your data {document.reference}", _STYLE + _card_labels(document)))
        self._put(_top(document))
        for number, sheet in enumerate(document.sheets):
            self._kind(number, sheet)
        self._put(_why(document) + _rights(document) + _removed(document))
        self._put(_words(self._words.found()) + _searched(document) + _unhappy(document))
        self._put(
            f"</main>\n<footer>{html.text(document.reference)} · Confidential</footer>\n</body>\n</html>\n"
        )

    def _put(self, words: str) -> None:
        self._out.write(words.encode("utf-8", "replace"))

    def _kind(self, number: int, sheet: Sheet) -> None:
        self._put(
            f'<section aria-labelledby="k{number}"><h2 id="k{number}">{html.text(sheet.title)}</h2>\n'
            f'<p class="hint">{html.text(sentences.about(sheet))}</p>\n'
        )
        rows = self._newest(sheet)
        if not rows:
            self._put(f"<p>{sentences.NOTHING_FOUND}</p></section>\n")
            return
        if sheet.count > len(rows):
            self._put(
                f'<p class="more">This page shows the newest {len(rows):,} of {sheet.count:,} records, so '
                "that it opens quickly. All of them are in the spreadsheet and in the ZIP file.</p>\n"
            )
        self._put(_table_start(sheet, f"t{number}", f"k{number}"))
        first = sheet.count - len(rows)
        writers = [_writer(sheet, index, self._words) for index in range(len(sheet.columns))]
        while rows:
            batch = [rows.popleft() for _ in range(min(250, len(rows)))]
            columns = [
                write(values, first) for write, values in zip(writers, zip(*batch, strict=True), strict=True)
            ]
            self._put("".join(f"<tr>{''.join(row)}</tr>\n" for row in zip(*columns, strict=True)))
            first += len(batch)
        self._put("</tbody></table></div></section>\n")

    def _newest(self, sheet: Sheet) -> deque[Row]:
        """The last SHOWN records. All are read, because only then is it known that none is missing."""
        rows: deque[Row] = deque(maxlen=SHOWN)
        for batch in cells.batches(cells.counted(sheet)):
            rows.extend(batch)
            self._progress(len(batch))
        return rows


def _top(document: Document) -> str:
    answers = [
        ("What is this?", sentences.whole(document)),
        ("Is it all of it?", sentences.complete(document)),
        ("Where do I look?", "Choose a name in the list below to go to that part of the page."),
        ("If it is wrong or incomplete", sentences.wrong(document)),
    ]
    notes = "".join(
        f'<p class="more">{html.text(sentences.with_stop(note))}</p>\n' for note in document.notes
    )
    contents = "".join(
        f'<tr><td><a href="#k{number}">{html.text(sheet.title)}</a></td><td>{html.text(_what(sheet))}</td>'
        f'<td class="n">{sheet.count:,}</td></tr>\n'
        for number, sheet in enumerate(document.sheets)
    )
    return (
        '<body>\n<a class="skip" href="#main">Skip to your data</a>\n<header class="top">'
        f"<h1>Your data at {html.text(document.organisation)}</h1>\n"
        f'<p class="confidential">{sentences.CONFIDENTIAL}</p></header>\n<main id="main">\n'
        f'<div class="panel">{html.definitions(answers)}</div>\n{notes}'
        f'<div class="facts">{html.definitions(sentences.asked(document))}</div>\n'
        f'<h2 id="contents">What is on this page: {sentences.number(document.count, "record")} in all</h2>\n'
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="contents"><table><thead><tr>'
        f'<th>Part</th><th>What it shows</th><th class="n">Records</th></tr></thead>\n<tbody>{contents}'
        f"</tbody></table></div>\n<p>Also on this page: {_LINKS}.</p>\n"
    )


def _what(sheet: Sheet) -> str:
    return " ".join(filter(None, [sentences.with_stop(sheet.what), sentences.dates(sheet)]))


def _unhappy(document: Document) -> str:
    routes = html.definitions(sentences.unhappy(document))
    title = '<h2 id="unhappy">If you are not happy</h2>\n'
    return f'<section aria-labelledby="unhappy">{title}<div class="facts">{routes}</div></section>\n'


# --- the table of one kind ----------------------------------------------------------------------------------


def _table_start(sheet: Sheet, ident: str, heading: str) -> str:
    names = "".join(
        f'<th scope="col"{_class(column)}>{html.text(name)}</th>'
        for column, name in zip(sheet.columns, cells.headers(sheet), strict=True)
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="{heading}">'
        f'<table class="cards" id="{ident}"><thead><tr>{names}</tr></thead>\n<tbody>\n'
    )


def _class(column: Column) -> str:
    if column.kind in (Kind.MONEY, Kind.INTEGER):
        return ' class="n"'
    return ' class="d"' if column.kind in (Kind.DATE, Kind.MOMENT, Kind.DURATION) else ""


def _card_labels(document: Document) -> str:
    """The headers again, in front of each value of a card; in the style, so that cells stay small."""
    rules = "".join(
        f'#t{number} td:nth-child({index})::before{{content:"{_css(name)}"}}\n'
        for number, sheet in enumerate(document.sheets)
        if sheet.count
        for index, name in enumerate(cells.headers(sheet), 1)
    )
    return f"@media (max-width:46rem){{{rules}}}\n"


def _css(words: str) -> str:
    """`words` inside a CSS string inside HTML: everything but letters, digits and blanks as a CSS escape."""
    return "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in words)


_Writer = Callable[[Sequence[Value], int], list[str]]


def _writer(sheet: Sheet, index: int, words: cells.Words) -> _Writer:
    """The function that turns one column of a batch into <td> elements; it also gets the records before the
    batch.
    """
    column = sheet.columns[index]
    show = cells.shown(column.kind)
    cell = f"<td{_class(column)}>"
    missing = f"{cell}<i>{cells.NOT_RECORDED}</i></td>"

    def write(values: Sequence[Value], before: int) -> list[str]:
        texts, joined, _ = cells.join([show(value) for value in values])
        if column.kind is Kind.TEXT:
            words.see(texts, joined)
        special = cells.REMOVED_SIGN in joined or max(map(len, texts)) > FOLDED
        escaped = html.escape(joined).split(SEPARATOR)
        out = []
        for number, (value, raw, done) in enumerate(zip(values, texts, escaped, strict=True), before + 1):
            if value is None or value == "":
                out.append(missing)
            elif special:
                out.append(f"{cell}{_rich(raw, sheet.key, number, column.key)}</td>")
            else:
                out.append(f"{cell}{done}</td>")
        return out

    return write


def _rich(words: str, sheet: str, number: int, column: str) -> str:
    """A text with its removal marks set off, folded up when it is long."""
    if cells.too_long(words):
        words = cells.shortened(words, cells.long_text_path(sheet, number, column))
    marked = _MARK.sub(r"<em>\1</em>", html.text(words))
    if len(words) <= FOLDED:
        return marked
    start = html.text(words[: FOLDED // 3].rstrip())
    return (
        f"{start} …<details><summary>Show all of it ({len(words):,} characters)</summary>{marked}</details>"
    )


# --- the parts around the records ---------------------------------------------------------------------------


def _grid(ident: str, title: str, names: Sequence[str], rows: Iterable[Sequence[str]], nothing: str) -> str:
    body = "".join(
        "<tr>" + "".join(f"<td>{html.text(cell)}</td>" for cell in row) + "</tr>\n" for row in rows
    )
    start = f'<section aria-labelledby="{ident}"><h2 id="{ident}">{title}</h2>\n'
    if not body:
        return f"{start}<p>{html.text(nothing)}</p></section>\n"
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    return (
        f'{start}<div class="scroll" tabindex="0" role="region" aria-labelledby="{ident}"><table>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div></section>\n"
    )


def _why(document: Document) -> str:
    parts = ['<section aria-labelledby="why"><h2 id="why">Why we hold it</h2>\n']
    if document.transfers:
        parts.append(f"<p>{html.text(sentences.with_stop(document.transfers))}</p>\n")
    for why in document.why:
        facts = [
            ("What we use it for", why.purpose),
            ("Legal reason", why.legal_reason),
            ("Where it came from", why.source),
            ("Who we share it with", why.shared_with),
            ("How long we keep it", why.kept_for),
            ("When it will be deleted", why.deleted_on),
            ("Does it leave the UK?", why.leaves_uk),
            ("Decisions made by computer", why.computer_decisions),
        ]
        parts.append(
            f"<details><summary>{html.text(why.title)}</summary>{html.definitions(facts)}</details>\n"
        )
    return "".join(parts) + "</section>\n"


def _rights(document: Document) -> str:
    rows = [(right.name, right.line, right.link) for right in document.rights]
    return _grid("rights", "Your rights", ("Your right", "What it means", "Where to use it"), rows, "")


def _removed(document: Document) -> str:
    rows = [(f"R{r.number}", r.where, r.what, r.why, r.law) for r in document.removed]
    names = ("Mark", "Where it was", "What was removed", "Why", "The law")
    return _grid("removed", "What is removed", names, rows, sentences.removed(document))


def _words(found: list[tuple[str, str]]) -> str:
    return _grid(
        "words",
        "Words explained",
        ("Word", "What it means"),
        found,
        "There are no codes or short forms on this page that need explaining.",
    )


def _searched(document: Document) -> str:
    rows = [(s.system, s.holds, s.looked_for, cells.uk_time(s.when), s.found) for s in document.searched]
    names = ("System", "What it holds", "What we looked for", "When (UK time)", "What we found")
    return _grid("searched", "How we searched", names, rows, "No search was recorded.")
