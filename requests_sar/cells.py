"""The rules for single values that every writer shares: what can be shown, what is dangerous, how it reads
aloud.

Pure Python. Values come in "wire" form (see `document.Kind`) and, for speed, a column at a time: a batch of a
few hundred rows is turned on its side, and each column is examined by a handful of calls that run in C.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from requests_sar.document import Kind, Row, RowCountMismatch, Sheet, Value

LONDON = ZoneInfo("Europe/London")
NOT_RECORDED = "Not recorded"
MARK = "\ufffd"  # stands where a character was that no document can hold
SEPARATOR = "\x1f"  # joins a column into one string; scrubbed out of values first, so it cannot occur in them
CELL_LIMIT = 32_767  # UTF-16 code units in one Excel cell
# text held in memory at once; keeps the process flat with 40,000-character e-mails
BATCH_CHARACTERS = 250_000
BATCH_ROWS = 1_000
CHECKED_AT_ONCE = 100  # rows; few enough for long texts, enough to do it in C

# What XML 1.0 cannot carry, except CR, which is normalised instead: section 2.2 of the XML recommendation.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SHOWABLE_ASCII = bytes(code for code in range(128) if not _UNSHOWABLE.match(chr(code)))
_BLANK = "\\s\u200b\u2060\ufeff"
# OWASP "CSV injection": a spreadsheet takes these for a formula, also after blanks; full-width forms in some
# locales.
_FORMULA = re.compile(f"[{_BLANK}\x00]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\\t\\r\\n\x00]")
_HARMLESS_START = re.compile(r"[A-Za-z0-9(\[£\"']")
REMOVED = re.compile(r"\[Removed R([0-9]{1,6}): [^\]]{0,400}\]")
REMOVED_SIGN = "[Removed R"
MONEY = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,4})?")


def scrub(text: str) -> tuple[str, int]:
    """`text` with every character no document can hold replaced by U+FFFD, and how many there were."""
    return _UNSHOWABLE.subn(MARK, text)


def join(texts: Sequence[str]) -> tuple[Sequence[str], str, int]:
    """A column's texts, cleaned; the same joined by SEPARATOR; how many characters were replaced."""
    joined = SEPARATOR.join(texts)
    if _unshowable_in(joined) == len(texts) - 1:
        return texts, joined, 0
    cleaned = [scrub(text) for text in texts]
    texts = [text for text, _ in cleaned]
    return texts, SEPARATOR.join(texts), sum(count for _, count in cleaned)


def _unshowable_in(text: str) -> int:
    """How many characters no document can hold. ASCII is counted by deleting all others: ten times as fast."""
    if text.isascii():
        return len(text.encode().translate(None, _SHOWABLE_ASCII))
    return len(_UNSHOWABLE.findall(text))


def as_texts(values: Sequence[Value]) -> Sequence[str]:
    """`values` as strings. One that is none (a wrong declaration upstream) is shown as text, not lost."""
    try:
        SEPARATOR.join(values)  # type: ignore[arg-type]  # in C; isinstance for each takes ten times as long
    except TypeError:
        return [str(value) for value in values]
    return values  # type: ignore[return-value]


def starts_like_formula(text: str) -> bool:
    """Whether a spreadsheet program could take `text` for a formula."""
    return _FORMULA.match(text) is not None


def any_starts_like_formula(texts: Sequence[str]) -> bool:
    """Quick test for a whole column: False means that no text needs a closer look."""
    starts = {text[:1] for text in texts}
    return any(start and not _HARMLESS_START.match(start) for start in starts)


def too_long(text: str) -> bool:
    """Whether `text` does not fit into one Excel cell; characters beyond the BMP count twice there."""
    if len(text) * 2 <= CELL_LIMIT:
        return False
    return len(text) > CELL_LIMIT or len(text.encode("utf-16-le", "surrogatepass")) > 2 * CELL_LIMIT


def long_text_path(sheet: str, row: int, column: str) -> str:
    """Where the bundle keeps a text too long for a cell; `row` counts from 1 within the kind of data."""
    return f"files/long-texts/{safe_name(sheet)}-row-{row:06d}-{safe_name(column)}.txt"


def safe_name(key: str) -> str:
    """`key` as part of a file name that every system accepts."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", key).strip("-")[:80] or "data"


def shortened(text: str, path: str, keep: int = 30_000) -> str:
    """The beginning of a long text and where the whole of it is. Fits a cell even if every character counts
    twice.
    """
    half = keep if len(text.encode("utf-16-le", "surrogatepass")) <= 2 * len(text) else keep // 2
    return (
        f"{text[:half]}\n\n[This text goes on: it has {len(text):,} characters, more than one cell can hold. "
        f"All of it is in the ZIP file, as {path}]"
    )


# --- time ---------------------------------------------------------------------------------------------------


def uk_offset(seconds: float) -> int:
    """Seconds by which UK clocks are ahead of UTC at a moment given in seconds since 1970 began, UTC.

    Remembered by the day, because asking the zone for each of a million cells takes longer than writing them.
    """
    day = int(seconds // 86_400)
    offset = _offset_all_day(day)
    return _offset(int(seconds // 1)) if offset is None else offset


@lru_cache(maxsize=8_192)
def _offset_all_day(day: int) -> int | None:
    """The offset of a whole UTC day; None on the days when the clocks change."""
    first, last = _offset(day * 86_400), _offset(day * 86_400 + 86_399)
    return first if first == last else None


def _offset(seconds: int) -> int:
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    offset = moment.astimezone(LONDON).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def uk_time(moment: dt.datetime) -> str:
    """`22 November 2026 at 14:05` in UK time. `moment` must be aware."""
    local = moment.astimezone(LONDON)
    return f"{long_date(local.date())} at {local:%H:%M}"


def long_date(day: dt.date) -> str:
    """`22 November 2026`."""
    return f"{day.day} {day:%B} {day.year}"


def short_date(day: dt.date) -> str:
    """`6 Jan 2025`."""
    return f"{day.day} {day:%b} {day.year}"


@lru_cache(maxsize=8_192)
def duration(seconds: int) -> str:
    """`1 h 2 min`, `12 min 5 s`, `0 s`: parts that are zero are left out."""
    sign, seconds = ("minus ", -seconds) if seconds < 0 else ("", seconds)
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (seconds, "s")) if n]
    return sign + (" ".join(parts) or "0 s")


# --- a value as words: HTML, letter, and whatever a spreadsheet's own types cannot hold ---------------------


def _shown_text(value: Value) -> str:
    return str(value).replace("\r\n", "\n").replace("\r", "\n")


def _shown_date(value: Value) -> str:
    return short_date(dt.date.fromisoformat(str(value)))


def _shown_moment(value: Value) -> str:
    moment = dt.datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        return str(value)
    local = moment.astimezone(LONDON)
    return f"{short_date(local.date())} {local:%H:%M}"


def _shown_money(value: Value) -> str:
    text = str(value)
    if not MONEY.fullmatch(text):
        return text
    pounds, _, pence = text.lstrip("-").partition(".")
    return f"{'-' if text[0] == '-' else ''}£{int(pounds):,}.{pence:0<2}"


_SHOWN: Mapping[Kind, Callable[[Value], str]] = {
    Kind.TEXT: _shown_text,
    Kind.FILE: _shown_text,
    Kind.INTEGER: str,
    Kind.MONEY: _shown_money,
    Kind.DATE: _shown_date,
    Kind.MOMENT: _shown_moment,
    Kind.DURATION: lambda value: duration(value) if isinstance(value, int) else str(value),
    Kind.BOOLEAN: lambda value: "Yes" if value else "No",
}


def shown(kind: Kind) -> Callable[[Value], str]:
    """The function that turns a value of `kind` into words. A value that breaks its declaration is shown as
    it is.
    """
    convert = _SHOWN[kind]

    def show(value: Value) -> str:
        if value is None or value == "":
            return NOT_RECORDED
        try:
            return convert(value)
        except (ValueError, TypeError, OverflowError):
            return str(value)

    return show


# --- rows ---------------------------------------------------------------------------------------------------


def counted(sheet: Sheet) -> Iterator[Row]:
    """The rows of `sheet`.

    Raises RowCountMismatch when there are more or fewer than announced, ValueError when a row does not fit
    the columns: a file with another number of records than its first page says must not reach anybody.
    """
    seen, width, rows = 0, len(sheet.columns), sheet.rows()
    while some := list(islice(rows, CHECKED_AT_ONCE)):
        if set(map(len, some)) != {width}:
            number, row = next((n, row) for n, row in enumerate(some, seen + 1) if len(row) != width)
            raise ValueError(f"{sheet.key}: row {number} has {len(row)} values for {width} columns.")
        seen += len(some)
        if seen > sheet.count:
            raise RowCountMismatch(f"{sheet.key}: {sheet.count} rows were announced and more came.")
        yield from some
    if seen != sheet.count:
        raise RowCountMismatch(f"{sheet.key}: {sheet.count} rows were announced and {seen} came.")


def batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """`rows` in lists of up to BATCH_ROWS, fewer when they hold long texts, so that memory stays flat.

    The size of one batch is chosen from a sample of the one before; the first is small.
    """
    size = 50
    while batch := list(islice(rows, size)):
        yield batch
        sample = batch[:: max(1, len(batch) // 40)]
        characters = sum(len(value) for row in sample for value in row if isinstance(value, str)) / len(
            sample
        )
        size = max(10, min(BATCH_ROWS, size * 8, int(BATCH_CHARACTERS / (characters + 1))))


def headers(sheet: Sheet) -> list[str]:
    """The header words of `sheet`, made unique without regard to case: Excel refuses a table otherwise."""
    taken: set[str] = set()
    names: list[str] = []
    for column in sheet.columns:
        wanted = " ".join(scrub(column.label)[0].split())[:200] or column.key
        # Excel would decode "_x0041_" in a cell but not in a table's columns
        wanted = wanted.replace("_x", "_ x")
        name, number = wanted, 2
        while name.casefold() in taken:
            name, number = f"{wanted} ({number})", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


class Words:
    """Collects which codes and acronyms really occur, a column at a time, in about a microsecond a code and
    batch.
    """

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words
        self._codes = set(words)
        # An acronym (VAT, ICO) is looked for inside longer texts too; a status such as "open" is an ordinary
        # word there.
        self._acronyms = {word for word in words if word.isupper() and len(word) > 1}
        self._found: set[str] = set()

    def see(self, texts: Sequence[str], joined: str) -> None:
        """Look through one column: `joined` is `texts` joined."""
        if self._codes:
            self._note(self._codes.intersection(texts))
        if self._acronyms:
            self._note({word for word in self._acronyms if word in joined and _alone(word, joined)})

    def read(self, text: str) -> None:
        """Look through one text."""
        self.see((text,), text)

    def _note(self, hits: set[str]) -> None:
        if hits:
            self._found |= hits
            self._codes -= hits
            self._acronyms -= hits

    def found(self) -> list[tuple[str, str]]:
        """(word, meaning) of those that occurred, in alphabetical order."""
        return [(word, self._words[word]) for word in sorted(self._found, key=str.casefold)]


def _alone(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
