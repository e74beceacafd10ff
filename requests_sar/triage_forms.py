"""What staff type when a request takes another way than its own line. Words and limits only; the verbs decide."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from requests_sar import services
from requests_sar.clock_forms import ClockForm
from requests_sar.models import TEXT_LIMIT, Case, Referral
from requests_sar.rights import WORDS, Right
from requests_sar.services import triage
from requests_sar.staff_forms import ActForm, area
from subjects.models import Controller


class ReclassifyForm(ClockForm):
    """Another right."""

    right = forms.ChoiceField(
        label="What do they want?",
        choices=[(right.value, WORDS[right].name) for right in Right if right != Right.COMPLAINT],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what they want"},
    )
    reason = forms.CharField(
        label="Why?",
        help_text="It stands in the history. The customer reads only which right we work on, and the date.",
        max_length=TEXT_LIMIT,
        widget=area(2),
        error_messages={"required": "Say why"},
    )


class ClientField(forms.ModelChoiceField):
    """A client by its name and our reference."""

    def label_from_instance(self, client: Controller) -> str:
        """The name, with the reference when there is one."""
        return f"{client.name} ({client.reference})" if client.reference else client.name


class ReferForm(ClockForm):
    """Which client decides about the data."""

    client = ClientField(
        queryset=Controller.objects.none(),
        label="Which client decides about these data?",
        empty_label="Another company, named below",
        required=False,
    )
    controller = forms.CharField(
        label="If it is not in the list: the company's full name",
        help_text="The customer is told to ask them. It is put on the list; add how to reach them there.",
        max_length=200,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = Controller.objects.filter(ours=False, active=True)
        for name in ("client", "controller"):
            self.fields[name].say_optional = False

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("client") and not cleaned.get("controller", "").strip():
            self.add_error("client", "Choose the client, or name the company that decides about these data")
        return cleaned


class NotOursForm(ClockForm):
    """Why it is not a request for us."""

    kind = forms.ChoiceField(
        label="Why is it not a request for us?",
        choices=[
            (kind.value, kind.label)
            for kind in (Referral.Kind.WRONG_COMPANY, Referral.Kind.DECEASED, Referral.Kind.SPAM)
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why it is not a request for us"},
    )
    company = forms.CharField(
        label="Which company is it meant for?",
        help_text="If you know. The customer is told.",
        max_length=200,
        required=False,
    )
    note = forms.CharField(
        label="Anything to remember",
        help_text="It stands in the history. The customer does not see it.",
        max_length=TEXT_LIMIT,
        required=False,
        widget=area(2),
    )


class ReopenForm(ClockForm):
    """Why an ended request is opened again."""

    reason = forms.CharField(
        label="Why is it opened again?",
        help_text="It stands in the history of the request. The customer does not see it.",
        max_length=TEXT_LIMIT,
        widget=area(3),
        error_messages={"required": "Say why it is opened again"},
    )


class UnprovedForm(ClockForm):
    """Why a request is closed for want of proof."""

    reason = forms.CharField(
        label="The reason, in plain words",
        help_text="The customer reads it word for word, with the ways to complain, and that an answer opens it again.",
        max_length=TEXT_LIMIT,
        widget=area(4),
        initial=triage.ASKED_FOR,
        error_messages={"required": "Give the reason in plain words. The customer reads it"},
    )


class CaseField(forms.ModelChoiceField):
    """Another request by its reference, right and day."""

    def label_from_instance(self, case: Case) -> str:
        """What it is, without a name."""
        received = f"{case.received_on.day} {case.received_on:%B %Y}"
        return f"{case.reference}: {case.get_right_display()}, {received}, {case.get_state_display().lower()}"


class LinkForm(ActForm):
    """Which request belongs to this one."""

    other = CaseField(
        queryset=Case.objects.none(),
        label="Which request belongs to this one?",
        empty_label="Another one, by the reference below",
        required=False,
        to_field_name="reference",
    )
    reference = forms.CharField(
        label="If it is not in the list: its reference",
        help_text="Like DP-7K4M-29QX.",
        max_length=20,
        required=False,
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [other.pk for other in services.other_requests(case)]
        self.fields["other"].queryset = Case.objects.filter(pk__in=known).order_by("-received_on")
        for name in ("other", "reference"):
            self.fields[name].say_optional = False

    def clean(self) -> dict[str, Any]:
        """The request, from the list or by its reference."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("other") is None and "other" not in self.errors:
            given = re.sub(r"[^0-9A-Z]", "", cleaned.get("reference", "").upper())
            reference = f"{given[:2]}-{given[2:6]}-{given[6:]}"
            cleaned["other"] = Case.objects.filter(reference=reference).first()
            if cleaned["other"] is None:
                raise ValidationError("Choose a request, or type the reference of one, like DP-7K4M-29QX.")
        return cleaned


class TogetherForm(ClockForm):
    """Which answer answers this request too."""

    other = CaseField(
        queryset=Case.objects.none(),
        label="Which answer answers this request too?",
        widget=forms.RadioSelect,
        empty_label=None,
        to_field_name="reference",
        error_messages={"required": "Choose the request whose answer answers this one too"},
    )
    late_reason = forms.CharField(
        label="If that answer came late for this one: why?",
        max_length=400,
        required=False,
        widget=area(2, 400),
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = [other.pk for other in services.answers(case)]
        self.fields["other"].queryset = Case.objects.filter(pk__in=found).order_by("reference")
        self.fields["other"].initial = self.fields["other"].queryset.first()


class ClientTellForm(ActForm):
    """How the client got the details."""

    how = forms.CharField(
        label="How did the client get the details?",
        help_text="For example “Read out on the phone to their data protection officer.” Do not send them by plain "
        "e-mail.",
        max_length=400,
        widget=area(2, 400),
        error_messages={"required": "Say how the client got the details"},
    )
