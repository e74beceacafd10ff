"""Which period a report is about: a month, a quarter or a year by name, or free dates."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from portal.forms import Question
from requests_sar.figures import Scope
from requests_sar.models import Channel
from requests_sar.ranges import EARLIEST, LATEST, By
from requests_sar.report import LONGEST
from requests_sar.rights import WORDS, Right

PERIODS = {
    "this-month": "This month",
    "last-month": "Last month",
    "this-quarter": "This quarter",
    "last-quarter": "Last quarter",
    "this-year": "This year",
    "last-year": "Last year",
    "dates": "The dates below",
}


def days_of(period: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """The first and the last day of a period by name: calendar months, quarters and years."""
    which, _, length = period.partition("-")
    step = {"month": 1, "quarter": 3, "year": 12}[length]
    start = (today.month - 1) // step * step  # months since January at which the present period began
    if which == "last":
        start -= step
    return _month(today.year, start), _month(today.year, start + step) - dt.timedelta(days=1)


def _month(year: int, months: int) -> dt.date:
    """The first of the month that is so many months after January of the year."""
    return dt.date(year + months // 12, months % 12 + 1, 1)


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput({"type": "date", "min": EARLIEST, "max": LATEST}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": f"“{label}” is no day in the calendar. Choose it again"},
    )


class ReportForm(Question):
    """Everything has a preset, so the page without an address shows this year."""

    period = forms.ChoiceField(label="Period", choices=list(PERIODS.items()), required=False)
    first = _day("From")
    last = _day("To")
    by = forms.ChoiceField(
        label="Requests of the period are those",
        choices=[(By.RECEIVED, "received in it"), (By.ANSWERED, "answered in it")],
        required=False,
    )
    right = forms.ChoiceField(
        label="Right", choices=[("", "All"), *((r.value, WORDS[r].name) for r in Right)], required=False
    )
    channel = forms.ChoiceField(label="Came by", choices=[("", "All"), *Channel.choices], required=False)
    mend_at = "id_first"

    def __init__(self, data: Any) -> None:
        super().__init__(
            {"period": "this-year", "by": str(By.RECEIVED), **{k: v for k, v in data.items() if v}}
        )
        for field in self.fields.values():
            field.say_optional = False

    def clean(self) -> dict[str, Any]:
        """With the two days of the period."""
        found: dict[str, Any] = super().clean() or {}
        if self.errors:
            return found
        if found["period"] != "dates":
            found["first"], found["last"] = days_of(found["period"], timezone.localdate())
            return found
        first, last = found.get("first"), found.get("last")
        if first is None or last is None:
            raise ValidationError("Choose both days, from and to")
        if not EARLIEST <= first <= last <= LATEST:
            raise ValidationError("The first day must not be after the last, and both between 1990 and 2100")
        if (last - first).days > LONGEST:
            raise ValidationError("A report covers ten years at most. Choose fewer days")
        return found

    @property
    def scope(self) -> Scope:
        """The requests that the report is about. Of a valid form only."""
        chosen = self.cleaned_data
        return Scope(By(chosen["by"]), chosen["first"], chosen["last"], chosen["right"], chosen["channel"])
