"""What the DPO types to change the wording of a letter."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from portal.forms import LongText, Question
from requests_sar import letters


class RestoreForm(Question):
    """Why, and the version that the page showed."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = forms.CharField(
        label="Why is it changed?",
        help_text="It stands beside the version, for colleagues and auditors.",
        max_length=400,
        error_messages={"required": "Say why the wording is changed"},
    )


class WordingForm(RestoreForm):
    """The wording. To look at the letter first no reason is needed."""

    text = LongText(
        label="Wording",
        max_length=letters.LIMIT,
        rows=18,
        help_text="Plain text. An empty line begins a paragraph. Places like {reference} are filled in on sending.",
        error_messages={
            "required": "Write the wording, or go back to the shipped one",
            "max_length": f"A wording has at most {letters.LIMIT:,} characters. Shorten it",
            "null_characters_not_allowed": "There is a character in it that cannot be printed. Type it again",
        },
    )
    field_order = ("text", "reason", "seen")

    def __init__(self, *args: Any, kind: letters.Kind, looking: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["reason"].required = not looking
        self.fields["reason"].say_optional = False

    def clean_text(self) -> str:
        """The text. Raises ValidationError with a sentence for each place that does not fit."""
        text: str = self.cleaned_data["text"].replace("\r\n", "\n").strip()
        problems = letters.problems(self.kind, text)
        if problems:
            raise ValidationError(problems)
        return text
