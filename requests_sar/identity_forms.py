"""What staff type when they make sure who is asking, for themselves or for somebody else. Words and limits only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from portal.forms import DayField, Question
from requests_sar import competence, proof_fields
from requests_sar.clock_forms import ClockForm, past_day
from requests_sar.models import TEXT_LIMIT, Case, Evidence, Representative
from requests_sar.records_asked import Fact
from requests_sar.services import behalf
from requests_sar.staff_forms import ActForm, area

YES_NO = (("yes", "Yes, it matched"), ("no", "No, it did not"))


def said_yes(answer: Any) -> bool:
    """A radio's "yes"."""
    return answer == "yes"


def verdict(label: str, choices: Any = YES_NO, help_text: str = "") -> forms.TypedChoiceField:
    """Yes or no, with nothing chosen before."""
    return forms.TypedChoiceField(
        label=label,
        help_text=help_text,
        choices=choices,
        widget=forms.RadioSelect,
        coerce=said_yes,
        error_messages={"required": "Choose whether it matched"},
    )


class CallBackForm(ActForm):
    """What the call back showed."""

    matched = verdict(
        "Did the person at that number say that the request is theirs?",
        (("yes", "Yes, the request is theirs"), ("no", "No, or it was not the person")),
    )


class AskDocumentForm(ClockForm):
    """Why nothing less than a document will do."""

    why = forms.CharField(
        label="Why will nothing less than a document do?",
        help_text="The customer reads it word for word. Say what you tried, what makes you doubt, and which document "
        "is enough. Ask them to cover what you do not need.",
        max_length=TEXT_LIMIT,
        widget=area(5),
        error_messages={"required": "Say why nothing less than a document will do. The customer reads it"},
    )
    asked_on = past_day("the day we asked", "When did you ask?")


class DecideForm(ActForm):
    """What the document showed."""

    matched = verdict(
        "Does the document show that they are the person on file?",
        help_text="Matched or not, the document is destroyed when you press the button. Only that it was seen, the "
        "result, the day and your name stay.",
    )
    came_on = DayField(
        name="the day it came",
        label="When did it reach us?",
        help_text="Leave it empty for the day on which it was put on the portal.",
        required=False,
    )


class QuestionsForm(ActForm):
    """For each of the two questions whether the answer was right."""

    def __init__(self, *args: Any, facts: Sequence[Fact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for fact in facts:
            self.fields[fact.key] = verdict(fact.question, help_text=f"The right answer: {fact.answer}")
            self.fields[fact.key].error_messages["required"] = f"{fact.question} Choose whether it matched"

    def answers(self) -> dict[str, bool]:
        """Key of each record that was asked about -> whether it matched."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}


class EvidenceForm(Question):
    """A document that came by post, by e-mail or over the counter."""

    kind = forms.ChoiceField(
        label="What is it?",
        choices=Evidence.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what it is"},
    )
    file = proof_fields.field(
        "The document",
        empty="Choose the file with the document",
        help_text="PDF, JPG or PNG, up to 5 MB. It is kept sealed and destroyed when it has been checked.",
    )
    came_on = past_day("the day it came", "When did it reach us?")

    def clean_file(self) -> UploadedFile | None:
        """A file of a kind and size we can read; its name is not kept."""
        return proof_fields.checked(self.cleaned_data.get("file"), name="proof")


# --- for somebody else -------------------------------------------------------------------------------------------


class RepresentativeForm(ActForm):
    """Who asks for whom."""

    on_behalf_of = forms.CharField(
        label="Whose data are asked for?",
        help_text="The full name of that person. The right is theirs, whoever asks.",
        max_length=200,
        error_messages={"required": "Write the name of the person whose data are asked for"},
    )
    kind = forms.ChoiceField(
        label="What is the person who asks to them?",
        choices=Representative.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the person who asks is to them"},
    )
    relationship = forms.CharField(label="In their words", max_length=120, required=False)
    born_on = DayField(
        name="the day of birth",
        label="For a child: when were they born?",
        help_text="If you know it. It only helps to judge whether the child can decide about this themselves.",
        required=False,
    )
    nation = forms.ChoiceField(
        label="For a child: where do they live?",
        choices=[("", "Not known"), *Representative.Nation.choices],
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = behalf.of(case)
        self.fields["on_behalf_of"].initial = case.on_behalf_of
        self.fields["relationship"].initial = case.relationship
        self.fields["kind"].initial = known.kind if known else behalf.suggested(case.relationship)
        self.fields["nation"].say_optional = False
        if known:
            self.fields["born_on"].initial, self.fields["nation"].initial = known.born_on, known.nation


class AuthorityForm(ActForm):
    """What the authority showed."""

    matched = verdict(
        "Does the authority cover this request?",
        (("yes", "Yes, they may ask for this"), ("no", "No, or not for this")),
        help_text="The document is destroyed when you press the button. What you write below stays.",
    )
    how = forms.CharField(
        label="What did you see?",
        help_text="For example “Letter signed by the client on 15 October, signature compared with the contract.” "
        "For a parent: what shows parental responsibility.",
        max_length=400,
        widget=area(3, 400),
        error_messages={"required": "Say what you saw"},
    )
    came_on = DayField(
        name="the day it came",
        label="When did it reach us?",
        help_text="If we had asked for it, the month begins on that day. Leave it empty for the day on which it was "
        "put on the portal.",
        required=False,
    )


class JudgeForm(ActForm):
    """Whether a child decides themselves."""

    understands = verdict(
        "Can the child decide about this themselves?",
        (("yes", "Yes, they understand what is asked and what follows"), ("no", "No, not yet")),
    )
    how = forms.CharField(
        label="How did you judge it, and what does the child want?",
        help_text="It stands on the record, and in the child's own copy of their data.",
        max_length=1_000,
        widget=area(4, 1_000),
        error_messages={"required": "Say how you judged it, and what the child wants"},
    )


class RecipientForm(ActForm):
    """Who gets the answer."""

    to = forms.ChoiceField(
        label="Who gets the answer?",
        help_text="Only they can download it. You may answer the person it is about when you worry about passing "
        "their data to somebody else.",
        choices=Representative.To.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who gets the answer"},
    )
    why = forms.CharField(
        label="Why them?",
        help_text="Needed when a child who can decide is passed over. It stands on the record.",
        max_length=400,
        required=False,
        widget=area(3, 400),
    )


def child_prompts(case: Case, today: dt.date | None = None) -> list[str]:
    """What to weigh before a parent gets a child's data; nothing for other representatives."""
    known = behalf.of(case)
    if known is None or known.kind != Representative.Kind.PARENT:
        return []
    return competence.prompts(born_on=known.born_on, nation=known.nation, today=today or timezone.localdate())
