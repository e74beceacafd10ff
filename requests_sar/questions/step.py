"""One page of questions, as its right declares it, and a line of "Check your answers"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.templatetags.house import short_day
from requests_sar import forms

Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of "Check your answers"."""

    label: str
    value: str
    what: str  # "Change <what>"
    slug: str  # of the page that changes it; "": it cannot be changed
    values: tuple[str, ...] = ()


def _always(answers: Answers) -> bool:
    return True


def _no_context(answers: Answers, address: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Step:
    """One page of questions: when it is asked, what it needs, and how its answers are shown back."""

    slug: str
    form: type[forms.Step]
    needed: tuple[str, ...]  # answers without which the page is not done
    shown: Callable[
        [Answers, bool], list[Row]
    ]  # (answers, a document is attached): lines of "Check your answers"
    heading: str = ""  # of a page with several fields; a page with one field uses its label
    applies: Callable[[Answers], bool] = _always
    lead: str = ""  # a sentence under the heading
    keeps: tuple[str, ...] = ()  # answers that belong to the page and are in none of its fields
    above: str = (
        ""  # a template between heading and questions, and what it needs of (answers, proved address)
    )
    context: Callable[[Answers, str], dict[str, Any]] = _no_context

    @property
    def single(self) -> str:
        """The name of the only field, which makes the page's heading; "" when there are several, or one of its own."""
        names = list(self.form.base_fields)
        return names[0] if len(names) == 1 and not self.heading else ""


def period(since: str | dt.date | None, until: str | dt.date | None) -> str:
    """ "From 1 May 2026 to 30 May 2026", or "All dates"."""
    first, last = _day(since), _day(until)
    if first and last:
        return f"From {short_day(first)} to {short_day(last)}"
    if first:
        return f"From {short_day(first)} to now"
    return f"Up to {short_day(last)}" if last else "All dates"


def _day(value: str | dt.date | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) and value else value or None  # type: ignore[return-value]
