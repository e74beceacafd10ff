"""What the officer types when an erasure is decided: one small form a line of the plan."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from portal.forms import DayField, Question
from requests_sar.models import Case
from requests_sar.staff_forms import ActForm, ReleaseForm
from retention import disposal
from retention.models import Line
from subjects import datamap


class LineForm(Question):
    """One line: the decision, the reason where it differs from the suggestion, and the override."""

    decision = forms.ChoiceField(
        error_messages={"required": "Choose what to do", "invalid_choice": "Choose again"}
    )
    reason = forms.CharField(
        label="Reason",
        max_length=1_000,
        required=False,
        widget=forms.TextInput({"maxlength": 1_000}),
        error_messages={"max_length": "Use 1,000 characters or fewer"},
    )
    override = forms.BooleanField(label="I override the law's word", required=False)

    def __init__(self, *args: Any, line: Line, **kwargs: Any) -> None:
        initial = {"decision": line.decision, "reason": line.reason, "override": line.override}
        super().__init__(*args, prefix=f"line-{line.pk}", initial=initial, **kwargs)
        title = f"{datamap.get(line.dataset).title}, {line.get_fate_display().lower()}"
        self.fields["decision"].choices = [
            (action.value, action.label)
            for action in disposal.offers(line.fate, line.suggestion, line.ending)
        ]
        self.fields["decision"].label = f"Decision: {title}"
        self.fields["reason"].label = f"Reason: {title}"
        self.fields["override"].label = f"Override: {title}"
        if line.cause not in disposal.PROTECTED:
            del self.fields["override"]


class FollowUpForm(ActForm):
    """When somebody looks again at what had to stay."""

    on = DayField(
        name="the day",
        example="1 3 2027",
        label="When do we look at it again?",
        help_text="For example when the contract ends. Leave it empty if nobody has to.",
        required=False,
    )


class ApproveForm(ReleaseForm):
    """The approval: what is deleted cannot be brought back, so the reference is typed."""

    typed = forms.CharField(
        label="Type the reference of the request to approve",
        max_length=20,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Type the reference, as it stands at the top of the page"},
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reference = case.reference
        self.fields["typed"].help_text = f"It is {case.reference}."

    def clean_typed(self) -> str:
        """The reference, in any spelling of capitals and dashes."""
        typed: str = self.cleaned_data["typed"].upper()
        if "".join(filter(str.isalnum, typed)) != "".join(filter(str.isalnum, self.reference)):
            raise ValidationError(f"That is not {self.reference}. Type the reference of this request")
        return typed
