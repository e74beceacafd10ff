"""What the officer types to find what is left of a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from portal.forms import Question
from requests_sar.staff_forms import area
from retention import tracing
from retention.tracing import Term

_LONGEST = 4_000


class TracesForm(Question):
    """A reference, or the texts themselves."""

    reference = forms.CharField(
        label="Reference of the person or of a request",
        help_text="We look for every name, address and number that is known by it. For example P-7K4M-29QX.",
        max_length=20,
        required=False,
    )
    terms = forms.CharField(
        label="Or what to look for",
        help_text="One a line: a name, an email address, a telephone number, words from a message. "
        "Four characters or more each.",
        max_length=_LONGEST,
        required=False,
        widget=area(4, _LONGEST),
    )

    found_terms: list[Term]
    target: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reference"].say_optional = self.fields["terms"].say_optional = False

    def clean(self) -> dict[str, Any]:
        """What to look for, from either box."""
        given = super().clean() or {}
        if self.errors:
            return given
        lines = given["terms"].splitlines()
        try:
            self.found_terms, self.target = tracing.typed(lines), ""
        except ValueError as sentence:
            self.add_error("terms", str(sentence))
            return given
        if given["reference"]:
            try:
                more, self.target = tracing.by_reference(given["reference"])
            except tracing.Unknown as sentence:
                if not self.found_terms:
                    self.add_error("reference", str(sentence))
                    return given
            else:
                self.found_terms = [*more, *self.found_terms]
        if not self.found_terms:
            raise ValidationError("Give a reference, or type what to look for.")
        self.target = self.target or f"terms:{len(self.found_terms)}"
        return given
