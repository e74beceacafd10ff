"""What the officer types to hold data for a legal claim."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from portal.forms import DayField, Option, Question
from requests_sar.staff_forms import PersonField, area, caseworkers
from subjects import datamap


class HoldForm(Question):
    """A hold: which claim, why, who looks after it, until when somebody asks again, and which kinds."""

    reference = forms.CharField(
        label="Which claim or dispute?",
        help_text="A short name or number of ours, for example “Claim 2026/14”.",
        max_length=40,
        error_messages={"required": "Name the claim or dispute"},
    )
    reason = forms.CharField(
        label="Why are the data needed for it?",
        help_text="It stands on the record. The person is told that there is a claim, not this text.",
        max_length=400,
        widget=area(3, 400),
        error_messages={"required": "Say why the data are needed"},
    )
    owner = PersonField(
        queryset=None,
        label="Who looks after it?",
        empty_label="Choose a colleague",
        error_messages={"required": "Choose who looks after it"},
    )
    review_on = DayField(
        name="the day",
        example="1 3 2027",
        label="When does somebody ask whether it is still needed?",
        required=True,
    )
    datasets = forms.MultipleChoiceField(
        label="Which kinds of data?",
        help_text="Tick those the claim needs. None ticked: everything.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = caseworkers()
        self.fields["datasets"].choices = [
            (each.key, Option(each.title, hint=each.what)) for each in datamap.datasets()
        ]

    def clean_review_on(self) -> Any:
        """A day in the future."""
        day = self.cleaned_data["review_on"]
        if day <= timezone.localdate():
            raise ValidationError("Choose a day in the future")
        return day
