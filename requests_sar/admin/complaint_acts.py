"""The acts on a complaint: confirm, name whom it is about, tell how it goes, write the outcome, look at it as well."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.accounts.models import User
from requests_sar.admin.act import Act, seen
from requests_sar.models import TEXT_LIMIT, Case, Complaint, Package
from requests_sar.rights import Right
from requests_sar.services import complaints
from requests_sar.staff_forms import ActForm, PersonField, area
from requests_sar.workflow import OPEN, State


class ComplaintForm(ActForm):
    """An act that is shown with its letter before it is done: `confirmed` comes with the second press."""

    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)


class ProgressForm(ComplaintForm):
    """What they are told meanwhile."""

    text = forms.CharField(
        label="What can you tell them?",
        help_text="What you have done so far, what comes next, and when they hear from you again. They read it word "
        "for word.",
        max_length=TEXT_LIMIT,
        widget=area(5),
        error_messages={"required": "Write what you can tell them"},
    )


class AboutWhomForm(ActForm):
    """Whom the complaint is about."""

    person = PersonField(
        queryset=User.objects.none(),
        required=False,
        label="Which member of staff is it about?",
        empty_label="Nobody in particular",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = User.objects.filter(is_active=True).order_by("name")
        self.fields["person"].say_optional = False


class FindingForm(ActForm):
    """What we found."""

    finding = forms.ChoiceField(
        label="What did you find?",
        choices=Complaint.Finding.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you found"},
    )
    outcome = forms.CharField(
        label="What happened, and what do you do about it?",
        help_text="In plain words. They read it word for word, with how to reach the regulator. Name no other people.",
        max_length=TEXT_LIMIT,
        widget=area(7),
        error_messages={"required": "Say what happened and what you do about it. They read it"},
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        complaint = getattr(case, "complaint", None)  # the address may be typed for any request
        if complaint:
            self.initial.update(finding=complaint.finding, outcome=complaint.outcome)


class SecondLookForm(ActForm):
    """A second person looked at it, or why none could."""

    alone_because = forms.CharField(
        label="If there is nobody else: why?",
        help_text="Only when you wrote the outcome yourself or are the person complained of. It stands on the record.",
        max_length=400,
        required=False,
        widget=area(2, 400),
    )


def _open(case: Case, package: Package | None) -> bool:
    return case.right == Right.COMPLAINT and case.state in OPEN


def _to_find(case: Case, package: Package | None) -> bool:
    return _open(case, package) and case.state == State.REVIEW


COMPLAINT_ACTS = (
    Act(
        "acknowledge",
        "Confirm that we have it",
        "Confirmed. The letter stands in the messages.",
        lambda case, by, a: complaints.acknowledge(case=case, by=by, seen=seen(a)),
        lambda case, package: _open(case, package) and case.complaint.acknowledged_at is None,
        title="Confirm that we have the complaint",
        lead="By law within 30 days (Data Protection Act 2018, section 164A). They are told who looks into it.",
        form=ComplaintForm,
        tone="first",
        rehearsed=True,
    ),
    Act(
        "progress",
        "Tell them how it goes",
        "Sent. It stands in the messages.",
        lambda case, by, a: complaints.progress(case=case, by=by, text=a["text"], seen=seen(a)),
        _open,
        title="Tell them how far you are",
        lead="The law wants them to be kept informed while you look into it.",
        form=ProgressForm,
        group="clock",
        rehearsed=True,
    ),
    Act(
        "complained-of",
        "Whom it is about",
        "Written down.",
        lambda case, by, a: complaints.name_complained_of(case=case, by=by, person=a["person"], seen=seen(a)),
        _open,
        title="Whom is the complaint about?",
        lead="Whoever it is about may not decide it alone.",
        form=AboutWhomForm,
        group="person",
    ),
    Act(
        "finding",
        "Write the outcome",
        "Written down. Nothing has been sent yet.",
        lambda case, by, a: complaints.find(
            case=case, by=by, finding=a["finding"], outcome=a["outcome"], seen=seen(a)
        ),
        _to_find,
        title="What did you find?",
        lead="It is not sent yet: “Answer” sends it.",
        form=FindingForm,
        takes_case=True,
    ),
    Act(
        "second-look",
        "I have looked at the outcome",
        "Written down.",
        lambda case, by, a: complaints.second_look(
            case=case, by=by, alone_because=a["alone_because"], seen=seen(a)
        ),
        lambda case, package: (
            _to_find(case, package) and bool(case.complaint.finding) and case.complaint.second_by_id is None
        ),
        title="A second pair of eyes",
        lead="The person complained of may not decide a complaint alone. Press this when you have read it and agree.",
        form=SecondLookForm,
    ),
)
