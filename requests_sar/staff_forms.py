"""What staff type when they work on requests. Limits and words only; whether an act is possible is not decided here."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.powers import POWERS, Power
from portal.forms import DayField, Option, Question
from requests_sar.models import TEXT_LIMIT, Case, Channel, Ground, Need, ReplyBy
from requests_sar.rights import WORDS, Right
from requests_sar.upload_fields import FilesField, words_or_files
from subjects import datamap
from subjects.restriction import Use


def area(rows: int, most: int = TEXT_LIMIT) -> forms.Textarea:
    """A box for several lines that says how much fits."""
    return forms.Textarea({"rows": rows, "maxlength": most})


def caseworkers() -> Any:
    """Colleagues who may work on cases."""
    roles = [role for role, powers in POWERS.items() if Power.WORK_CASES in powers]
    return User.objects.filter(role__in=roles, is_active=True)


class PersonField(forms.ModelChoiceField):
    """A colleague by the name that colleagues see."""

    def label_from_instance(self, user: User) -> str:
        """The name."""
        return user.get_short_name()


class ActForm(Question):
    """Every act sends the version of the case that its page showed, so that a stale page loses politely."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)


class AssignForm(ActForm):
    """To whom a case goes."""

    owner = PersonField(
        queryset=User.objects.none(), required=False, label="Who works on it", empty_label="Nobody"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = caseworkers()  # asked afresh: staff come and go
        self.fields["owner"].say_optional = False


class VerifyForm(ActForm):
    """How identity was checked."""

    how = forms.CharField(
        label="How did you make sure who is asking?",
        help_text="Say what you compared with what. For example: “Called back on the number on file; month of the "
        "last call and last invoice amount were right.” Do not copy numbers from identity documents.",
        max_length=400,
        widget=area(3, 400),
        error_messages={"required": "Say how you checked who is asking"},
    )
    came_on = DayField(
        name="the day the proof came",
        label="When did the proof that you asked for reach us?",
        help_text="The month begins on that day. Leave it empty if it was today.",
        required=False,
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not case.needs.filter(kind=Need.Kind.IDENTITY, came_on=None).exists():
            del self.fields["came_on"]  # nothing was asked for


class ReasonForm(ActForm):
    """Why a case goes back, or a release is taken back."""

    reason = forms.CharField(
        label="Why?",
        help_text="It stands in the history of the request. The customer does not see it.",
        max_length=TEXT_LIMIT,
        widget=area(3),
        error_messages={"required": "Say why"},
    )


class WaiveForm(Question):
    """Why a part is left out."""

    reason = forms.CharField(
        label="Why is this part left out?",
        help_text="The customer reads it on the first sheet, for example: “The call recordings of 2019 are damaged "
        "and cannot be played.”",
        max_length=300,
        widget=area(3, 300),
        error_messages={"required": "Say why this part is left out. The customer reads it"},
    )


class ReleaseForm(ActForm):
    """A release; a late one says why."""

    late_reason = forms.CharField(
        label="Why is the answer late?",
        help_text="It stands on the record for the regulator.",
        max_length=400,
        required=False,
        widget=area(3, 400),
    )

    def __init__(self, *args: Any, late: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not late:
            del self.fields["late_reason"]
        else:
            self.fields["late_reason"].required = True
            self.fields["late_reason"].error_messages["required"] = "The answer is late. Say why"


class AnswerForm(ReleaseForm):
    """The answer to a request that ends in a decision. `confirmed` comes with the second press, after the letter."""

    words = forms.CharField(
        label="A sentence of your own for the letter",
        help_text="It stands above what was decided. Leave it empty if the decisions say enough.",
        max_length=1_000,
        required=False,
        widget=area(3, 1_000),
    )
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)


class NothingForm(ReleaseForm):
    """Where was looked, when nothing was found. `confirmed` comes with the second press, after the letter."""

    searched = forms.CharField(
        label="Where did you look, and for what?",
        help_text="The customer reads it word for word. For example: “We looked in every system named in our notice "
        "for your name, email address and telephone number.”",
        max_length=1_000,
        widget=area(4, 1_000),
        error_messages={"required": "Say where you looked and for what. The customer reads it"},
    )
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)


class RefuseForm(ActForm):
    """Ground and reason of a refusal. `confirmed` comes with the second press, after the letter was read."""

    ground = forms.ChoiceField(
        label="On which ground?",
        choices=Ground.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a ground"},
    )
    reason = forms.CharField(
        label="What is the reason, in plain words?",
        help_text="The customer reads it word for word. Do not name other people.",
        max_length=TEXT_LIMIT,
        widget=area(6),
        error_messages={"required": "Give the reason in plain words. The customer reads it"},
    )
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)


class NoteForm(Question):
    """An internal note."""

    text = forms.CharField(
        label="Note for colleagues",
        help_text="The customer gets it when they ask for a copy of their data.",
        max_length=TEXT_LIMIT,
        widget=area(3),
        error_messages={"required": "Write the note first"},
    )


class MessageForm(Question):
    """A message to the requester. The same `once` twice is one message."""

    text = forms.CharField(
        label="Message to the customer",
        help_text="It stands on the request's page. The customer gets an e-mail that says there is a message.",
        max_length=TEXT_LIMIT,
        required=False,
        widget=area(4),
    )
    files = FilesField()
    once = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].say_optional = False  # words or a file: one of them is enough

    def clean(self) -> dict[str, Any]:
        """Something has to be in it."""
        words_or_files(self, "Write the message first, or choose a file to send")
        return self.cleaned_data


class PostedForm(Question):
    """The day a letter was put in the post."""

    mend_at: ClassVar[str] = "id_on_0"
    on = DayField(
        name="the day it was posted",
        label="When was it posted?",
        help_text="Leave it empty if it is today.",
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].say_optional = False

    def clean_on(self) -> dt.date:
        """The day; today when it was left empty."""
        return self.cleaned_data["on"] or timezone.localdate()


class RemoveFileForm(Question):
    """Why a file is removed for good."""

    why = forms.ChoiceField(
        label="Why is it removed?",
        choices=[
            ("checked", Option("Checked, and not kept", hint="Proof of identity or authority")),
            ("not needed", "We do not need it"),
            ("sent by mistake", "They sent it by mistake"),
            ("harmful", "It can do harm"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why the file is removed"},
    )


class FindForm(Question):
    """Looking for the person on file."""

    text = forms.CharField(
        label="Find a person on file",
        help_text="Name, e-mail address, telephone, account or customer number.",
        max_length=200,
        error_messages={
            "required": "Type a name, an e-mail address, a telephone number or a customer number"
        },
    )


def _not_in_future(day: dt.date | None, words: str) -> None:
    if day and day > timezone.localdate():
        raise ValidationError(f"{words} cannot be in the future")


class LogForm(Question):
    """A request that came by phone, letter, e-mail or in person. Name and words are enough."""

    once = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    channel = forms.ChoiceField(
        label="How did it come?",
        choices=[choice for choice in Channel.choices if choice[0] != Channel.PORTAL],
        widget=forms.RadioSelect,
        initial=Channel.PHONE,
        required=False,
    )
    received_on = DayField(
        name="the day it reached us",
        label="When did it reach us?",
        help_text="The day of the call, or the day the letter or e-mail arrived, like 27 3 2024. The month we have for "
        "the answer counts from it. Leave it empty only if it was today.",
        required=False,
    )
    requester_name = forms.CharField(
        label="Who is asking?",
        help_text="The name as they gave it.",
        max_length=200,
        error_messages={"required": "Enter the name of the person who is asking"},
    )
    words = forms.CharField(
        label="What did they say, in their words?",
        max_length=TEXT_LIMIT,
        widget=area(4),
        error_messages={"required": "Write down what they asked, in their words"},
    )
    right = forms.ChoiceField(
        label="What do they want?",
        choices=[(right.value, WORDS[right].name) for right in Right],
        widget=forms.RadioSelect,
        initial=Right.ACCESS,
        required=False,
    )
    also = forms.MultipleChoiceField(
        label="Did they ask for anything else as well?",
        help_text="Each right becomes a request of its own, with its own clock; they are linked.",
        choices=[(right.value, WORDS[right].name) for right in Right],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": "One of the ticks is not known. Tick again"},
    )
    requester_email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        required=False,
        error_messages={"invalid": "Enter an e-mail address, like name@example.com, or leave it empty"},
    )
    requester_phone = forms.CharField(label="Telephone", max_length=40, required=False)
    customer_number = forms.CharField(label="Customer or account number", max_length=80, required=False)
    requester_address = forms.CharField(
        label="Postal address", max_length=500, required=False, widget=area(3, 500)
    )
    reply_by = forms.ChoiceField(
        label="How do they want the answer?",
        choices=ReplyBy.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    reply_needs = forms.CharField(
        label="Anything they need?",
        help_text="Large print, audio, another language.",
        max_length=500,
        required=False,
    )
    on_behalf_of = forms.CharField(
        label="Asking for somebody else? Then for whom?", max_length=200, required=False
    )
    relationship = forms.CharField(
        label="And what are they to that person?",
        help_text="Parent, solicitor, executor.",
        max_length=120,
        required=False,
    )
    identity = forms.CharField(
        label="Did you check who is asking? Then how?",
        help_text="It becomes a note. Identity stays “not checked” until the data protection officer has decided.",
        max_length=400,
        required=False,
        widget=area(2, 400),
    )

    SHORT = ("channel", "received_on", "requester_name", "words", "right")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("channel", "right"):  # something is chosen already
            self.fields[name].say_optional = False

    @property
    def first(self) -> list[Any]:
        """The questions that everybody is asked."""
        return [self[name] for name in (*self.SHORT, "once")]

    @property
    def more(self) -> list[Any]:
        """What may be known as well."""
        return [field for field in self if field.name not in {*self.SHORT, "once"}]

    def clean_received_on(self) -> dt.date:
        """The day; today when it was left empty. Refuses the future."""
        day = self.cleaned_data["received_on"]
        _not_in_future(day, "The day it reached us")
        return day or timezone.localdate()

    def clean_channel(self) -> str:
        """The telephone, when nothing was chosen."""
        return self.cleaned_data["channel"] or Channel.PHONE

    def clean_also(self) -> list[Right]:
        """The other rights."""
        return [Right(value) for value in self.cleaned_data["also"]]

    def clean_right(self) -> Right:
        """A copy of the data, when nothing was chosen."""
        return Right(self.cleaned_data["right"] or Right.ACCESS)

    def clean(self) -> dict[str, Any]:
        """Nothing said about the answer: a download for those with an e-mail address, a letter for the others."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("reply_by"):
            cleaned["reply_by"] = ReplyBy.DOWNLOAD if cleaned.get("requester_email") else ReplyBy.POST
        return cleaned


class WorkbookForm(Question):
    """Which of a person's data go into a workbook, and what it is for."""

    mend_at: ClassVar[str] = "id_since_0"
    purpose = forms.CharField(
        label="What is it for?",
        help_text="A request's reference, or “checking”. It is kept with the workbook.",
        max_length=200,
        error_messages={"required": "Say what the workbook is for: a request's reference, or “checking”"},
    )
    use = forms.TypedChoiceField(
        label="Use of these data is paused. Who gets the workbook?",
        choices=[
            (Use.RIGHTS.value, Option("The person, or colleagues who answer their request")),
            (
                Use.CLAIMS.value,
                Option("Those who deal with a legal claim", hint="Written down with what it is for"),
            ),
            (
                Use.CONSENT.value,
                Option("Somebody the person agreed to", hint="Written down with what it is for"),
            ),
            (Use.THIRD_PARTIES.value, Option("Somebody else", hint="Not while it is paused")),
        ],
        coerce=Use,
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who gets the workbook"},
    )
    kinds = forms.MultipleChoiceField(
        label="Which kinds of data?",
        help_text="Tick none for everything.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "One of the kinds is not known. Tick again"},
    )
    since = DayField(
        name="the first day", label="From", help_text="Leave empty for the beginning.", required=False
    )
    until = DayField(name="the last day", label="To", help_text="Leave empty for now.", required=False)

    def __init__(
        self,
        *args: Any,
        offered: Sequence[datamap.Dataset] | None = None,
        paused: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = datamap.datasets() if offered is None else offered
        if not paused:
            del self.fields["use"]
        self.fields["kinds"].choices = [(d.key, Option(d.title, hint=d.what)) for d in offered]
        self.fields["kinds"].say_optional = False

    def clean(self) -> dict[str, Any]:
        """The first day may not come after the last."""
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            raise ValidationError("The first day must not come after the last day")
        return cleaned
