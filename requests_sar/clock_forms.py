"""What staff type when they move the clock of a request. Limits and words only; `clockwork` decides."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.forms import DayField
from portal.templatetags.house import day as in_words
from requests_sar.clockwork import MONEY
from requests_sar.models import TEXT_LIMIT, Case, Extension, Need, Question
from requests_sar.staff_forms import ActForm, area


class ClockForm(ActForm):
    """Every act on the clock is shown with its dates and its letter before it is saved: `confirmed` comes after."""

    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)


def past_day(name: str, label: str, **options: Any) -> DayField:
    """A day up to today; empty is today."""
    return DayField(
        name=name, label=label, help_text="Leave it empty if it was today.", required=False, **options
    )


class AskForm(ClockForm):
    """A question to the customer."""

    category = forms.ChoiceField(
        label="What is the question about?",
        help_text="Only a question about which information they want pauses the clock, and only on requests for a "
        "copy of the data.",
        choices=Question.Category.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the question is about"},
    )
    text = forms.CharField(
        label="The question, in plain words",
        help_text="The customer reads it word for word. Do not name other people.",
        max_length=TEXT_LIMIT,
        widget=area(5),
        error_messages={"required": "Write the question first"},
    )
    asked_on = past_day("the day we asked", "When did you ask?")


class NeedForm(ClockForm):
    """Something that must come before the month begins."""

    kind = forms.ChoiceField(
        label="What do you need?",
        choices=Need.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you need"},
    )
    why = forms.CharField(
        label="Why do you need it?",
        help_text="The customer reads it word for word. For identity: what makes you doubt who is asking. "
        "For a fee: why the request is unfounded or excessive, or which further copy it pays for (Article 12(5)).",
        max_length=TEXT_LIMIT,
        widget=area(4),
        error_messages={"required": "Say why you need it. The customer reads it"},
    )
    amount = forms.DecimalField(
        label="For a fee: how much, in pounds?",
        help_text="Like 12.50.",
        required=False,
        min_value=0,
        max_value=MONEY,
        decimal_places=2,
        error_messages={"invalid": "Enter the fee in pounds, like 12.50"},
    )
    asked_on = past_day("the day we asked", "When did you ask?")


class RowField(forms.ModelChoiceField):
    """One of the rows that wait for the customer."""

    def label_from_instance(self, row: Need | Question) -> str:
        """What was asked, and when."""
        what = row.get_kind_display() if isinstance(row, Need) else row.get_category_display()
        return f"{what}, asked on {in_words(row.asked_on)}"


class CameForm(ClockForm):
    """What we asked for has come."""

    need = RowField(
        queryset=Need.objects.none(),
        label="What came?",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Choose what came"},
    )
    on = past_day("the day it came", "When did it reach us?")

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = case.needs.filter(came_on=None)
        self.fields["need"].queryset, self.fields["need"].initial = rows, rows.first()


class AnsweredForm(ClockForm):
    """The customer answered a question by phone, letter or e-mail."""

    question = RowField(
        queryset=Question.objects.none(),
        label="Which question was answered?",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Choose the question"},
    )
    on = past_day("the day it was answered", "When did the answer reach us?")

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = case.questions.filter(answered_on=None).order_by("-pauses", "asked_on")
        self.fields["question"].queryset, self.fields["question"].initial = rows, rows.first()


class ExtendForm(ClockForm):
    """Two further months."""

    ground = forms.ChoiceField(
        label="Why are two further months necessary?",
        choices=Extension.Ground.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why the time is extended"},
    )
    reason = forms.CharField(
        label="The reason, in plain words",
        help_text="The customer reads it word for word. A question to them is by itself no complexity.",
        max_length=TEXT_LIMIT,
        widget=area(4),
        error_messages={"required": "Give the reason in plain words. The customer reads it"},
    )


class ReceivedForm(ClockForm):
    """The day on which the request really reached us."""

    day = DayField(name="the day it reached us", label="When did the request reach us?")
    reason = forms.CharField(
        label="Why is the day corrected?",
        help_text="It stands in the history of the request. The customer is told the new date.",
        max_length=TEXT_LIMIT,
        widget=area(2),
        error_messages={"required": "Say why the day is corrected"},
    )
