"""The few form parts Django does not have."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
EARLIEST_YEAR = 1900


class Option(str):
    """The words of one choice, with a second, quieter line.

    It is a plain string everywhere except in the widget's template, which looks for `hint`.
    """

    hint: str
    __slots__ = ("hint",)

    def __new__(cls, words: str, *, hint: str = "") -> Option:
        option = super().__new__(cls, words)
        option.hint = hint
        return option


class Question(forms.Form):
    """A form whose errors come on sending; the browser's own bubbles cannot be linked to."""

    use_required_attribute = False
    # The control that the summary links to when the fault is in the answers together.
    mend_at: ClassVar[str] = ""


class DayInput(forms.MultiWidget):
    """Day, month and year as three text boxes."""

    template_name = "forms/date_parts.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        boxes = {
            "day": ("Day", "w-2", "numeric", 2),
            "month": ("Month", "w-2", "text", 9),
            "year": ("Year", "w-4", "numeric", 4),
        }
        super().__init__(
            widgets={
                name: forms.TextInput(
                    {"title": title, "class": width, "inputmode": keyboard, "maxlength": most}
                )
                for name, (title, width, keyboard, most) in boxes.items()
            },
            attrs=attrs,
        )

    def decompress(self, value: dt.date | None) -> list[int | None]:
        """A date as its three boxes."""
        return [value.day, value.month, value.year] if value else [None, None, None]


class DayField(forms.Field):
    """A day. `name` is how the messages call it: "the first day", "the day we received it"."""

    widget = DayInput

    def __init__(self, *, name: str, example: str = "27 3 2024", **options: Any) -> None:
        self.name, self.example = name, example
        super().__init__(**options)

    def clean(self, value: Any) -> dt.date | None:
        """The day, or None when left empty. Raises ValidationError with what to enter instead."""
        if isinstance(value, dt.date):
            return value
        parts = [str(part or "").strip() for part in (value or [])]
        if not any(parts):
            if self.required:
                raise ValidationError(f"Enter {self.name}, like {self.example}", code="required")
            return None
        missing = [
            label for label, part in zip(("a day", "a month", "a year"), parts, strict=True) if not part
        ]
        if missing:
            raise ValidationError(
                f"{self.name.capitalize()} needs {' and '.join(missing)}, like {self.example}"
            )
        return self._day(*parts)

    def _day(self, day: str, month: str, year: str) -> dt.date:
        named = MONTHS.index(month[:3].lower()) + 1 if month[:3].lower() in MONTHS else None
        if not (re.fullmatch(r"[0-9]{1,2}", day) and re.fullmatch(r"[0-9]{4}", year)) or not (
            named or re.fullmatch(r"[0-9]{1,2}", month)
        ):
            raise ValidationError(
                f"Enter {self.name} in numbers with a four-figure year, like {self.example}"
            )
        try:
            answer = dt.date(int(year), named or int(month), int(day))
        except ValueError:
            raise ValidationError(
                f"{self.name.capitalize()} is not a day in the calendar. Check it"
            ) from None
        if answer.year < EARLIEST_YEAR:
            raise ValidationError(f"{self.name.capitalize()} must be in {EARLIEST_YEAR} or later")
        return answer


class LongText(forms.CharField):
    """Several lines. The browser is not told the limit: it would cut a pasted text silently. The script counts
    down instead, and the server gives a text that is too long back for shortening."""

    widget = forms.Textarea

    def __init__(self, *, rows: int = 4, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea({"rows": rows, "data-count": options["max_length"]}))
        super().__init__(**options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No maxlength, see above."""
        return {}


class CodeField(forms.CharField):
    """The code from an e-mail. Spaces and dashes that came with pasting are dropped."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", "Code")
        options.setdefault("max_length", 20)
        options.setdefault("error_messages", {"required": "Enter the code from our email"})
        options.setdefault(
            "widget",
            forms.TextInput(
                {
                    "class": "code",
                    "autocomplete": "one-time-code",
                    "inputmode": "numeric",
                    "spellcheck": "false",
                }
            ),
        )
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        """Only the digits and letters, in capitals."""
        return re.sub(r"[\s\u2010-\u2015-]+", "", str(super().to_python(value) or "")).upper()
