"""The evidence pack of one case as a ZIP: what a regulator or an auditor reads without this system. Pure.

Every table stands twice: in index.html for people, and as CSV. The page asks nobody for anything, so it reads the same
without a network in ten years. manifest.json names every file with its size and SHA-256.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from requests_sar import savedhtml as html
from requests_sar.cells import scrub, starts_like_formula
from requests_sar.packing import Archive, Entry, write_archive

_STYLE = """
body{font-size:1rem;line-height:1.5}
main{max-width:70rem;margin:0 auto;padding:2rem 1.5rem;background:var(--surface)}
h2{margin-top:2rem;border-left:.3rem solid var(--brand);padding-left:.6rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.25rem}
dt{color:var(--ink-2)}dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{border:1px solid var(--line);padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere;
white-space:pre-wrap}
th{background:var(--sunk)}
.small{color:var(--ink-2);font-size:.9375rem}
@page{size:A4 landscape;margin:15mm}
@media print{:root{color-scheme:light;--ink:#000;--ink-2:#333;--surface:#fff;--paper:#fff;--line:#999}main{padding:0;
max-width:none}h2{break-after:avoid}tr{break-inside:avoid}}
"""


@dataclass(frozen=True, slots=True)
class Table:
    """One subject of the pack. `key` is the CSV's name; every row has as many cells as there are columns."""

    key: str
    title: str
    what: str  # one sentence: what it shows
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    empty: str = "Nothing of this kind happened in this case."


@dataclass(frozen=True, slots=True)
class Paper:
    """A text of its own in the pack: a letter, word for word."""

    path: str  # "letters/01-refused.txt": no personal data in it
    text: str


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything that goes into the ZIP."""

    reference: str
    organisation: str
    made_at: dt.datetime  # aware
    made_by: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    papers: tuple[Paper, ...]


def write(pack: Pack, out: BinaryIO) -> None:
    """Write the ZIP to `out`. Raises ValueError for two files of one name, or a row with a wrong number of cells."""
    names = [*(table.key for table in pack.tables), *(paper.path for paper in pack.papers)]
    if len(set(names)) < len(names):
        raise ValueError("Two parts of the evidence have one name.")
    write_archive(out, pack.made_at, lambda archive: _fill(archive, pack))


def _fill(archive: Archive, pack: Pack) -> None:
    entries: list[Entry] = [archive.add("index.html", index(pack).encode("utf-8", "replace"))]
    entries += [archive.add(f"{table.key}.csv", table_csv(table)) for table in pack.tables]
    entries += [
        archive.add(paper.path, scrub(paper.text)[0].encode("utf-8", "replace")) for paper in pack.papers
    ]
    manifest = {
        "reference": pack.reference,
        "made_at": pack.made_at.isoformat(),
        "files": [{"name": e.name, "size": e.size, "sha256": e.sha256} for e in entries],
    }
    archive.add("manifest.json", (json.dumps(manifest, indent=2) + "\n").encode())


def table_csv(table: Table) -> bytes:
    """A table as CSV: UTF-8 with a mark, every field quoted, CRLF; what a program could run gets an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(table.columns)
    for row in table.rows:
        if len(row) != len(table.columns):
            raise ValueError(f"A row of {table.key} has {len(row)} cells, not {len(table.columns)}.")
        writer.writerow(
            ["'" + cell if starts_like_formula(cell) else cell for cell in (scrub(c)[0] for c in row)]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def index(pack: Pack) -> str:
    """The page for people."""
    contents = "".join(
        f'<li><a href="#{table.key}">{html.text(table.title)}</a> ({len(table.rows)})</li>'
        for table in pack.tables
    )
    return (
        f"{html.head(f'Evidence {pack.reference}', _STYLE)}<body>\n<main>\n"
        f"<h1>Evidence of request {html.text(pack.reference)}</h1>\n"
        f'<p class="small">{html.text(pack.organisation)}. Confidential. '
        "Times are UK time. Each table below is also a CSV file beside this page; manifest.json holds the digest of "
        "every file.</p>\n"
        f"{html.definitions(list(pack.facts))}<h2>Contents</h2><ul>{contents}</ul>\n"
        + "".join(_section(table) for table in pack.tables)
        + "</main>\n</body>\n</html>\n"
    )


def _section(table: Table) -> str:
    start = f'<section id="{table.key}"><h2>{html.text(table.title)}</h2><p>{html.text(table.what)}</p>'
    if not table.rows:
        return f"{start}<p>{html.text(table.empty)}</p></section>\n"
    head = "".join(f'<th scope="col">{html.text(column)}</th>' for column in table.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.text(cell)}</td>" for cell in row) + "</tr>\n" for row in table.rows
    )
    label = html.text(table.title)
    return (
        f'{start}<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table><thead><tr>{head}</tr>'
        f"</thead><tbody>{body}</tbody></table></div></section>\n"
    )
