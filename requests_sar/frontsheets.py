"""What stands on the sheets around the records: Start here, Why we hold it, Your rights, and the three at the
end.

Plain lines of cells; `workbook` gives them their looks. Each sheet answers one question of a person who has
never seen such a file; Start here answers in the first screen: what is this, is it all, where do I look, what
if it is wrong?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from requests_sar import sentences
from requests_sar.cells import uk_time
from requests_sar.document import Document
from requests_sar.sheetxml import LINE_POINTS, ONE_LINE, Cell, Line, height, lines_of, room

START = "Start here"
WHY = "Why we hold it"
RIGHTS = "Your rights"
REMOVED = "What is removed"
WORDS = "Words explained"
SEARCHED = "How we searched"
FIRST = (START, WHY, RIGHTS)
LAST = (REMOVED, WORDS, SEARCHED)
HEADERS: dict[str, tuple[str, ...]] = {
    START: ("Sheet", "What it shows", "Records"),
    WHY: (
        "Kind of data",
        "What we use it for",
        "Legal reason",
        "Where it came from",
        "Who we share it with",
        "How long we keep it",
        "When it will be deleted",
        "Does it leave the UK?",
        "Decisions made by computer",
    ),
    RIGHTS: ("Your right", "What it means", "Where to use it"),
    REMOVED: ("Mark", "Where it was", "What was removed", "Why", "The law"),
    WORDS: ("Word", "What it means"),
    SEARCHED: ("System", "What it holds", "What we looked for", "When (UK time)", "What we found"),
}
WIDTHS: dict[str, tuple[float, ...]] = {
    START: (32, 84, 13),
    WHY: (18, 34, 36, 20, 34, 34, 20, 26, 18),
    RIGHTS: (28, 62, 52),
    REMOVED: (10, 28, 34, 50, 34),
    WORDS: (26, 90),
    SEARCHED: (28, 38, 38, 24, 32),
}
BACK = f"Back to {START}"
TITLE_POINTS = 30.0
REMOVED_FIRST_ROW = 5  # R1 stands here; data cells link to it


class Listed(NamedTuple):
    """One data sheet as Start here lists it."""

    title: str
    what: str
    records: int


@dataclass(slots=True)
class FrontSheet:
    """Lines from row 1 on; `table` is (header row, last row) of the one table, if the sheet has one."""

    title: str
    lines: list[tuple[Line, float]] = field(default_factory=list)
    table: tuple[int, int] | None = None

    def add(self, *line: Cell | None, points: float | None = None) -> None:
        """A line; its height is found from the texts unless given."""
        if points is None:
            widths = WIDTHS[self.title]
            most = [
                lines_of(str(cell.value), room(widths[i])) for i, cell in enumerate(line) if cell is not None
            ]
            points = height(max(most, default=1))
        self.lines.append((line, points))

    def opening(self, title: str, sentence: str) -> None:
        """Rows 1 to 3 of a sheet: title, one sentence, the way back."""
        self.add(Cell("title", title), points=TITLE_POINTS)
        self.add(Cell("lead", sentence), points=ONE_LINE)
        self.add(Cell("link", BACK, START), points=22)

    def grid(self, rows: Sequence[Sequence[Cell]]) -> None:
        """The table: header row, then `rows`."""
        first = len(self.lines) + 1
        names = HEADERS[self.title]
        fit = [lines_of(name, room(WIDTHS[self.title][i]) * 0.9) for i, name in enumerate(names)]
        style = ["header-right" if name == "Records" else "header" for name in names]
        self.add(*map(Cell, style, names), points=max(fit) * LINE_POINTS + 8)
        for row in rows:
            self.add(*row)
        self.table = (first, first + len(rows))


def start_here(document: Document, listed: Sequence[Listed], marks: int, notes: Sequence[str]) -> FrontSheet:
    """Sheet 1. `marks`: removal marks counted in the records; `notes`: what the writer itself has to say."""
    sheet = FrontSheet(START)
    sheet.add(Cell("title", f"Your data at {document.organisation}"), points=TITLE_POINTS)
    sheet.add(Cell("confidential", sentences.CONFIDENTIAL), points=22)
    sheet.add(points=8)
    _questions(sheet, document, marks)
    _section(sheet, "About this copy")
    for label, words in sentences.asked(document):
        sheet.add(Cell("label", label), Cell("value", words))
    if [*document.notes, *notes]:
        _section(sheet, "Please note")
        for number, note in enumerate([*document.notes, *notes], 1):
            sheet.add(Cell("label", f"Note {number}"), Cell("value", sentences.with_stop(note)))
    _section(sheet, f"What is in this spreadsheet: {sentences.number(document.count, 'record')} in all")
    if listed:
        sheet.grid(
            [
                [Cell("cell-link", e.title, e.title), Cell("cell", e.what), Cell("count", e.records)]
                for e in listed
            ]
        )
    else:
        sheet.add(Cell("value", sentences.NOTHING_FOUND))
    _section(sheet, "To help you read it")
    for title, what in _helpers(document):
        sheet.add(Cell("label-link", title, title), Cell("value", what))
    _section(sheet, "If you are not happy")
    for label, words in sentences.unhappy(document):
        sheet.add(Cell("label", label), Cell("value", words))
    return sheet


def _section(sheet: FrontSheet, heading: str) -> None:
    sheet.add(points=10)
    sheet.add(Cell("heading", heading), points=24)


def _questions(sheet: FrontSheet, document: Document, marks: int) -> None:
    answers = [
        ("What is this?", sentences.whole(document), ""),
        ("Is it all of it?", sentences.complete(document), ""),
        (
            "Where do I look?",
            "Choose a name in the list below to open its sheet. Each sheet has a way back here.",
            "",
        ),
        ("What was removed?", sentences.removed(document, marks), REMOVED if document.removed else ""),
        ("If it is wrong or incomplete", sentences.wrong(document), ""),
    ]
    for question, answer, link in answers:
        style = "answer-link" if link else "answer"
        sheet.add(Cell("question", question), Cell(style, answer, link), Cell("answer", ""))


def _helpers(document: Document) -> list[tuple[str, str]]:
    return [
        (WHY, "What each kind of data is for, who sees it, and when it will be deleted."),
        (RIGHTS, "What you can ask us to do, and where."),
        (REMOVED, sentences.removed(document)),
        (WORDS, "Codes, short forms and status words in this file, in plain English."),
        (
            SEARCHED,
            f"The {sentences.number(len(sentences.places(document)), 'place')} we searched, and what we found.",
        ),
    ]


def why(document: Document) -> FrontSheet:
    """The Article 15(1) facts, one row for each kind of data."""
    sheet = FrontSheet(WHY)
    sheet.opening(
        WHY, "What we use each kind of data for, who we share it with, and when it will be deleted."
    )
    if document.transfers:
        sheet.add(Cell("lead", sentences.with_stop(document.transfers)), points=ONE_LINE)
        sheet.add(points=8)
    rows = [
        [Cell("strong", item.title)]
        + [
            Cell("cell", words)
            for words in (
                item.purpose,
                item.legal_reason,
                item.source,
                item.shared_with,
                item.kept_for,
                item.deleted_on,
                item.leaves_uk,
                item.computer_decisions,
            )
        ]
        for item in document.why
    ]
    _grid_or(sheet, rows, "We hold no data about you.")
    return sheet


def rights(document: Document) -> FrontSheet:
    """The rights, one line each."""
    sheet = FrontSheet(RIGHTS)
    sheet.opening(
        RIGHTS, "The law gives you these rights. Using them is free, and you do not have to say why."
    )
    rows = [[Cell("strong", r.name), Cell("cell", r.line), Cell("cell", r.link)] for r in document.rights]
    _grid_or(sheet, rows, sentences.wrong(document))
    return sheet


def removed(document: Document) -> FrontSheet:
    """R1, R2, ...: one row for each reason, so that the marks in the records can point at it."""
    sheet = FrontSheet(REMOVED)
    sheet.opening(
        REMOVED, "Where something was taken out, the record says so with a mark: [Removed R1: ...]."
    )
    rows = [
        [Cell("strong", f"R{r.number}"), *(Cell("cell", words) for words in (r.where, r.what, r.why, r.law))]
        for r in document.removed
    ]
    _grid_or(sheet, rows, "We removed nothing from this copy.")
    return sheet


def removal_rows(document: Document) -> dict[int, int]:
    """R number -> its row on "What is removed"."""
    return {item.number: REMOVED_FIRST_ROW + i for i, item in enumerate(document.removed)}


def words(found: Sequence[tuple[str, str]]) -> FrontSheet:
    """Only the codes, short forms and status words that occur in this file."""
    sheet = FrontSheet(WORDS)
    sheet.opening(WORDS, "Codes, short forms and status words that occur in this file.")
    none = [("None", "There are no codes or short forms in this file that need explaining.")]
    sheet.grid([[Cell("strong", word), Cell("cell", meaning)] for word, meaning in found or none])
    return sheet


def searched(document: Document) -> FrontSheet:
    """The search of Article 15(1A), system by system, "nothing found" included."""
    sheet = FrontSheet(SEARCHED)
    sheet.opening(SEARCHED, "Every place we searched for data about you, and what we found there.")
    rows = [
        [Cell("strong", s.system)]
        + [Cell("cell", words) for words in (s.holds, s.looked_for, uk_time(s.when), s.found)]
        for s in document.searched
    ]
    _grid_or(sheet, rows, "No search was recorded.")
    return sheet


def _grid_or(sheet: FrontSheet, rows: Sequence[Sequence[Cell]], sentence: str) -> None:
    if rows:
        sheet.grid(rows)
    else:
        sheet.add(points=8)
        sheet.add(Cell("nothing", sentence), points=ONE_LINE)
