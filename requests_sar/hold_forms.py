"""What the officer types to hold data for a legal claim, to keep a hold, and to let go of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from portal.forms import DayField, Option, Question
from requests_sar.staff_forms import PersonField, area, caseworkers
from retention.legal import REASON_LIMIT
from subjects import datamap
from subjects.models import Account, Subject

PERSON, ACCOUNT, EVERYBODY = "person", "account", "everybody"


def _future(day: dt.date) -> dt.date:
    if day <= timezone.localdate():
        raise ValidationError("Choose a day in the future")
    return day


def _review_day() -> DayField:
    return DayField(
        name="the day",
        example="1 3 2027",
        label="When does somebody ask whether it is still needed?",
        help_text="Whoever looks after the hold gets an e-mail on that day.",
        required=True,
    )


class HoldForm(Question):
    """A hold: which claim, why, whose data, which of them, who looks after it, until when somebody asks again."""

    reference = forms.CharField(
        label="Which claim or dispute?",
        help_text="A short name or number of ours, for example “Claim 2026/14”. No name of a person.",
        max_length=40,
        error_messages={"required": "Name the claim or dispute"},
    )
    reason = forms.CharField(
        label="Why are the data needed for it?",
        help_text="It stands on the record. The person is told that there is a claim, not this text.",
        max_length=REASON_LIMIT,
        widget=area(3, REASON_LIMIT),
        error_messages={"required": "Say why the data are needed"},
    )
    whose = forms.ChoiceField(
        label="Whose data?",
        choices=[
            (PERSON, Option("One person's", hint="Give their reference, for example P-7K4M-29QX")),
            (ACCOUNT, Option("Everybody's of one account", hint="Give the number of the account")),
            (EVERYBODY, Option("Everybody's", hint="Only of the kinds of data that you tick below")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whose data are held"},
    )
    number = forms.CharField(
        label="Reference of the person, or number of the account", max_length=40, required=False
    )
    datasets = forms.MultipleChoiceField(
        label="Which kinds of data?",
        help_text="Tick those the claim needs. None ticked: everything.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    since = DayField(
        name="the first day",
        label="Only records from this day on",
        help_text="The date of the record: of the invoice, the call, the email. Leave it empty for all.",
        required=False,
    )
    until = DayField(
        name="the last day",
        label="Only records up to this day",
        help_text="This day included. Leave it empty for all.",
        required=False,
    )
    owner = PersonField(
        queryset=None,
        label="Who looks after it?",
        empty_label="Choose a colleague",
        error_messages={"required": "Choose who looks after it"},
    )
    review_on = _review_day()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = caseworkers()
        self.fields["datasets"].choices = [
            (each.key, Option(each.title, hint=each.what)) for each in datamap.datasets()
        ]

    def clean_review_on(self) -> dt.date:
        """A day in the future."""
        return _future(self.cleaned_data["review_on"])

    def clean(self) -> dict[str, Any]:
        """`subject` and `account` as found by the number given."""
        answers: dict[str, Any] = super().clean() or self.cleaned_data
        number, whose = answers.pop("number", "").strip(), answers.pop("whose", EVERYBODY)
        if whose == PERSON:
            answers["subject"] = Subject.objects.filter(reference=number.upper()[:12]).first()
            if answers["subject"] is None:
                self.add_error(
                    "number", "There is nobody with this reference. It stands on the person's page"
                )
        if whose == ACCOUNT:
            answers["account"] = Account.objects.filter(number__iexact=number).first()
            if answers["account"] is None:
                self.add_error(
                    "number", "There is no account with this number. It stands on the person's page"
                )
        return answers


class KeepForm(Question):
    """The hold is still needed."""

    review_on = _review_day()

    def clean_review_on(self) -> dt.date:
        """A day in the future."""
        return _future(self.cleaned_data["review_on"])


class LetGoForm(Question):
    """The data are not needed any more."""

    why = forms.CharField(
        label="Why are the data not needed any more?",
        help_text="It stands on the record, for example “Settled out of court”.",
        max_length=REASON_LIMIT,
        widget=area(2, REASON_LIMIT),
        error_messages={"required": "Say why the data are not needed any more"},
    )
