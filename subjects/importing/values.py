"""From a cell to a value. Each function takes what a reader gives (text, number, date; not None) and returns
the value to store, or raises `Bad` with a sentence that says how to write it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import math
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from subjects.importing.problems import Bad
from subjects.importing.xlsx import Fault

LONDON = ZoneInfo("Europe/London")
EXCEL_DAY_ZERO = dt.date(1899, 12, 30)
OLDEST, NEWEST = 1000, 2999  # years

# Control characters say nothing to a reader and break files; tab and line ends are kept.
_CONTROLS = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_DATE = "Write the date like 2025-01-06, 06/01/2025 (day first) or 6 Jan 2025."
_MOMENT = "Write the time like 2025-01-06 14:30, 06/01/2025 14:30 or 2025-01-06T14:30:00Z."
_MONEY = "Write the amount like 1234.50 or £1,234.50."
_DURATION = "Write the length in seconds, or like 5:30 (minutes and seconds) or 1:05:30."
_MONTH_NAMES = ["january", "february", "march", "april", "may", "june", "july", "august", "september"]
_MONTH_NAMES += ["october", "november", "december"]
_MONTHS = {
    name: number
    for number, names in enumerate(_MONTH_NAMES, start=1)
    for name in (names, names[:3], names[:4] if names == "september" else names)
}
# What the standard library reads by itself, and sooner.
_PLAIN_DATE = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}")
_PLAIN_MOMENT = re.compile(
    r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-](0[0-9]|1[0-5]):[0-5][0-9])?"
)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?!\d)")
_WORDED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ -]([A-Za-z]+)\.?,?[ -](\d{4})")
_CLOCK = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?([AaPp][Mm])? ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
)
_AMOUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?|(\.\d+)")
_LENGTH = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):([0-5]\d)")


def is_empty(raw: Any) -> bool:
    """Whether a cell holds nothing."""
    return (
        raw is None or raw == "" or (isinstance(raw, str) and not isinstance(raw, Fault) and not raw.strip())
    )


def text(raw: Any, *, longest: int | None, lines: bool) -> str:
    """Text without control characters; on one line unless `lines`. `longest` is in characters."""
    value = _written(raw)
    if not value.isprintable():  # most are
        value = _CONTROLS.sub("", _LINE_ENDS.sub("\n", value))
    value = value.strip() if lines else " ".join(value.split())
    if longest is not None and len(value) > longest:
        raise Bad(f"It has {len(value):,} characters; at most {longest:,} can be kept. Shorten it.")
    return value


def key(raw: Any, *, longest: int) -> str:
    """A number or code that names a row: taken as it is, refused when it holds what nobody can see."""
    value = " ".join(_written(raw).split())
    if _CONTROLS.search(value):
        raise Bad("It holds an invisible control character. Type it again.")
    if len(value) > longest:
        raise Bad(f"It has {len(value):,} characters; a number may have at most {longest}.")
    return value


def _written(raw: Any) -> str:
    """A cell as a person would have typed it. Raises Bad for a faulty cell and for NUL, which ends texts."""
    if isinstance(raw, Fault):
        raise Bad(str(raw))
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        return str(int(raw))
    if isinstance(raw, dt.datetime) and raw.time() == dt.time():
        return raw.date().isoformat()
    if isinstance(raw, dt.datetime):
        return raw.isoformat(sep=" ", timespec="seconds")
    value = str(raw)
    if "\0" in value:
        raise Bad("It holds a NUL character. Export the file again as 'CSV UTF-8'.")
    return value


def email(raw: Any) -> str:
    """One e-mail address."""
    value = text(raw, longest=254, lines=False)
    try:
        EmailValidator()(value)
    except ValidationError:
        raise Bad("Write one e-mail address, like name@example.com, or leave the cell empty.") from None
    return value


def ip(raw: Any) -> str:
    """An IP address, version 4 or 6, in its usual form."""
    return _ip(text(raw, longest=200, lines=False))


@lru_cache(maxsize=4096)  # one address stands in many rows of a log
def _ip(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise Bad("Write an IP address, like 203.0.113.7 or 2001:db8::1, or leave the cell empty.") from None


def choice(raw: Any, choices: Iterable[tuple[str, str]]) -> str:
    """One of a few words, by its code or its label."""
    value = text(raw, longest=200, lines=False).casefold()
    options = list(choices)
    for code, label in options:
        if value in {code.casefold(), label.casefold()}:
            return code
    raise Bad(f"Write one of: {', '.join(code for code, _ in options)}.")


def date(raw: Any) -> dt.date:
    """A calendar day."""
    if isinstance(raw, dt.datetime):
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return _serial(raw, _DATE).date()
    if isinstance(raw, str) and _PLAIN_DATE.fullmatch(raw):
        with contextlib.suppress(ValueError):  # said in words below
            return dt.date.fromisoformat(raw)
    value = " ".join(_written(raw).split())
    day, rest = _leading_day(value, _DATE)
    if rest and not _CLOCK.fullmatch(rest):
        raise Bad(_DATE)
    return day


def moment(raw: Any) -> dt.datetime:
    """A point in time, aware. Without a zone it is UK time; of the two equal hours in autumn the first."""
    if isinstance(raw, dt.datetime):
        return raw if raw.tzinfo else raw.replace(tzinfo=LONDON)
    if isinstance(raw, dt.date):
        return dt.datetime.combine(raw, dt.time(), LONDON)
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return _serial(raw, _MOMENT).replace(tzinfo=LONDON)
    if isinstance(raw, str) and _PLAIN_MOMENT.fullmatch(raw):
        with contextlib.suppress(ValueError):  # said in words below
            plain = dt.datetime.fromisoformat(raw)
            return plain if plain.tzinfo else plain.replace(tzinfo=LONDON)
    value = " ".join(_written(raw).split())
    day, rest = _leading_day(value, _MOMENT)
    if not rest:
        return dt.datetime.combine(day, dt.time(), LONDON)
    clock = _CLOCK.fullmatch(rest)
    if not clock:
        raise Bad(_MOMENT)
    return dt.datetime.combine(day, _time(clock), _zone(clock[6]))


def _serial(number: float, remedy: str) -> dt.datetime:
    """Excel's count of days."""
    if not math.isfinite(number) or not 1 <= number < 401_769:  # the year 3000
        raise Bad(remedy)
    whole = math.floor(number)
    day = dt.datetime.combine(EXCEL_DAY_ZERO + dt.timedelta(days=whole), dt.time())
    return day + dt.timedelta(seconds=round((number - whole) * 86_400))


def _leading_day(value: str, remedy: str) -> tuple[dt.date, str]:
    if found := _ISO.match(value):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.match(value):
        day, month, year = found.groups()
        if len(year) == 2:
            raise Bad("Write the year with four digits, like 06/01/2025.")
        if int(month) > 12 >= int(day):
            raise Bad("There is no such month. Write the day first, then the month: 25/01/2025.")
    elif found := _WORDED.match(value):
        day, word, year = found.groups()
        month = str(_MONTHS.get(word.casefold(), 0))
    else:
        raise Bad(remedy)
    try:
        if not OLDEST <= int(year) <= NEWEST:
            raise ValueError
        parsed = dt.date(int(year), int(month), int(day))
    except ValueError:
        raise Bad(f"There is no such day. {remedy}") from None
    rest = value[found.end() :]
    if rest and rest[0] not in "Tt ,":
        raise Bad(remedy)
    return parsed, rest.lstrip("Tt ,")


def _time(clock: re.Match[str]) -> dt.time:
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    half = (clock[5] or "").lower()
    if half and not 1 <= hour <= 12:
        raise Bad(_MOMENT)
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return dt.time(hour, minute, second, int((clock[4] or "0")[:6].ljust(6, "0")))
    except ValueError:
        raise Bad(f"There is no such time of day. {_MOMENT}") from None


def _zone(word: str | None) -> dt.tzinfo:
    if word is None:
        return LONDON
    if word in {"Z", "UTC", "GMT"}:
        return dt.UTC
    hours, minutes = int(word[1:3]), int(word[3:].lstrip(":") or 0)
    if hours > 15 or minutes > 59:
        raise Bad(_MOMENT)
    offset = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(offset if word[0] == "+" else -offset)


def money(raw: Any, *, digits: int, places: int) -> Decimal:
    """An amount with exactly `places` decimals and at most `digits` digits in all."""
    amount = _decimal(raw)
    step = Decimal(1).scaleb(-places)
    try:
        rounded = amount.quantize(step)
    except InvalidOperation:
        raise Bad(f"The amount is too large. {_MONEY}") from None
    # What a spreadsheet shows as 12.10 it may store as 12.100000000000001.
    if abs(rounded - amount) > Decimal("0.000001"):
        raise Bad(f"It has more than {places} decimals. Round it. {_MONEY}")
    if len(rounded.as_tuple().digits) > digits:
        raise Bad(f"The amount is too large. {_MONEY}")
    return rounded + 0  # -0.00 becomes 0.00


def _decimal(raw: Any) -> Decimal:
    if isinstance(raw, (int, float, Decimal)) and not isinstance(raw, bool):
        number = Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw)
        if not number.is_finite():
            raise Bad(_MONEY)
        return number
    value = _written(raw).replace("\u2212", "-").replace("\xa0", " ").strip()
    negative = value.startswith("(") and value.endswith(")")
    value = re.sub(r"(?i)£|\bgbp\b", "", value.strip("()") if negative else value).replace(" ", "")
    if value[:1] in {"-", "+"} and not negative:
        negative, value = value[0] == "-", value[1:]
    elif value.endswith("-") and not negative:
        negative, value = True, value[:-1]
    if not value.isascii() or not _AMOUNT.fullmatch(value):
        raise Bad(_MONEY)
    number = Decimal(value.replace(",", ""))
    return -number if negative else number


def whole(raw: Any, *, most: int) -> int:
    """A whole number from 0 to `most`."""
    try:
        number = _decimal(raw)
    except Bad:
        raise Bad("Write a whole number, like 12.") from None
    if number != number.to_integral_value() or not 0 <= number <= most:
        raise Bad(f"Write a whole number from 0 to {most:,}.")
    return int(number)


def duration(raw: Any, *, most: int) -> int:
    """A length of time in seconds."""
    seconds: float
    if isinstance(raw, dt.timedelta):
        seconds = raw.total_seconds()
    elif isinstance(raw, dt.time):
        seconds = raw.hour * 3600 + raw.minute * 60 + raw.second
    elif isinstance(raw, str) and (found := _LENGTH.fullmatch(raw.strip())):
        hours, minutes = int(found[1] or 0), int(found[2])
        if found[1] and minutes > 59:
            raise Bad(_DURATION)
        seconds = hours * 3600 + minutes * 60 + int(found[3])
    else:
        try:
            return whole(raw, most=most)
        except Bad:
            raise Bad(_DURATION) from None
    if not 0 <= seconds <= most:
        raise Bad(_DURATION)
    return round(seconds)
