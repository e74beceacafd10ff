"""The questions customers are asked, one form a page. Messages say how to mend, never only what is wrong."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from portal.forms import CodeField, DayField, LongText, Option, Question
from requests_sar import proof_fields
from requests_sar.models import TEXT_LIMIT, ReplyBy
from requests_sar.upload_fields import FilesField, words_or_files
from subjects import datamap

EMAIL_HELP = "Enter your email address, like name@example.com"
HINT_LIMIT = 1_000


def line(label: str, empty: str = "", *, most: int, width: str = "", **options: Any) -> forms.CharField:
    """A line of text; `empty` is what to say when nothing was entered, and makes the answer compulsory."""
    messages = {
        "required": empty,
        "max_length": f"{label} must be {most} characters or fewer",
        "null_characters_not_allowed": f"{label} has a character in it that we cannot read. Type it again",
    }
    attrs = {key: value for key, value in {"class": width, **options.pop("attrs", {})}.items() if value}
    widget = options.pop("widget", forms.TextInput)
    kind = LongText if widget is forms.Textarea else forms.CharField
    return kind(
        label=label,
        max_length=most,
        required=bool(empty),
        error_messages=messages,
        widget=widget(attrs),
        **options,
    )


def email_field(label: str = "Email address", **options: Any) -> forms.EmailField:
    """An e-mail address."""
    return forms.EmailField(
        label=label,
        max_length=254,
        error_messages={"required": EMAIL_HELP, "invalid": EMAIL_HELP, "max_length": EMAIL_HELP},
        widget=forms.EmailInput({"class": "w-20", "autocomplete": "email", "spellcheck": "false"}),
        **options,
    )


class Step(Question):
    """One page of the journey. `stored` gives what the draft keeps."""

    takes_answers = False  # made with `answers=`: what was answered before shapes the page

    def stored(self) -> dict[str, Any]:
        """The answers in the form JSON holds."""
        return {
            name: value.isoformat() if isinstance(value, dt.date) else value
            for name, value in self.cleaned_data.items()
            if not isinstance(value, UploadedFile)
        }


class What(Step):
    """How much."""

    scope = forms.ChoiceField(
        label="What do you want a copy of?",
        choices=[
            ("all", Option("Everything", hint="All we hold about you, in one spreadsheet")),
            ("some", Option("Only some of it", hint="You pick the kinds of data, and dates if you like")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose whether you want everything or only some of it",
            "invalid_choice": "Choose whether you want everything or only some of it",
        },
    )


class Which(Step):
    """Which kinds, and from when to when."""

    kinds = forms.MultipleChoiceField(
        label="Kinds of data",
        help_text="Tick all that you want.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Tick at least one kind of data",
            "invalid_choice": "Tick the kinds of data you want from the list",
        },
    )
    since = DayField(
        name="the first day",
        label="From",
        required=False,
        help_text="For example, 27 3 2024. Leave empty for all.",
    )
    until = DayField(
        name="the last day",
        label="To",
        required=False,
        help_text="For example, 30 9 2026. Leave empty for up to now.",
    )
    mend_at = "id_until_0"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kinds"].choices = [
            (dataset.key, Option(dataset.title, hint=dataset.what)) for dataset in datamap.datasets()
        ]

    def clean(self) -> dict[str, Any]:
        """The days in order, and none in the future."""
        answers = super().clean() or {}
        since, until = answers.get("since"), answers.get("until")
        today = timezone.localdate()
        if since and since > today:
            self.add_error("since", "The first day must be today or in the past")
        if until and until > today:
            self.add_error("until", "The last day must be today or in the past")
        if since and until and until < since:
            self.add_error("until", "The last day must be the same as the first day or after it")
        return answers


class KindsPage(Step):
    """Which kinds of data. A right says how it asks, and which kinds can be meant."""

    asks: ClassVar[str]
    offered: ClassVar[Callable[[], Iterable[datamap.Dataset]]]
    kinds = forms.MultipleChoiceField(
        help_text="Tick all that you mean.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Tick at least one kind of data",
            "invalid_choice": "Tick the kinds of data from the list",
        },
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kinds"].label = self.asks
        self.fields["kinds"].choices = [
            (each.key, Option(each.title, hint=each.what)) for each in type(self).offered()
        ]


class Who(Step):
    """For yourself, or for somebody else."""

    for_self = forms.ChoiceField(
        label="Are you asking for yourself?",
        choices=[
            ("yes", Option("Yes, for myself")),
            (
                "no",
                Option("No, for someone else", hint="For example as a parent, attorney, solicitor or friend"),
            ),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose whether you ask for yourself or for someone else",
            "invalid_choice": "Choose whether you ask for yourself or for someone else",
        },
    )


class Behalf(Step):
    """For whom, and by what right."""

    on_behalf_of = line("Their full name", "Enter the name of the person you ask for", most=200)
    relationship = line(
        "How you may act for them",
        "Say how you may act for them, like “I am her solicitor”",
        most=120,
        help_text="For example “I am his mother” or “I hold a power of attorney”.",
    )
    authority = proof_fields.field(
        "A document that shows it",
        help_text="A letter they signed, or the power of attorney. PDF, JPG or PNG, up to 5 MB. "
        "You can also send it later.",
    )

    def clean_authority(self) -> UploadedFile | None:
        """A file of a kind and size we can read; its name is not kept."""
        return proof_fields.checked(
            self.cleaned_data.get("authority"), name="authority", otherwise=", or send it later"
        )


class Proof(Question):
    """A document that we asked for."""

    file = proof_fields.field(
        "Your document",
        empty="Choose the file with your document",
        help_text="A photo or a scan. PDF, JPG or PNG, up to 5 MB. Cover what we did not ask for.",
    )

    def clean_file(self) -> UploadedFile | None:
        """A file of a kind and size we can read; its name is not kept."""
        return proof_fields.checked(self.cleaned_data.get("file"), name="proof")


class Details(Step):
    """Who asks, and where the code goes."""

    name = line("Your full name", "Enter your full name", most=200, attrs={"autocomplete": "name"})
    email = email_field(
        help_text="We send a code to this address to check that it is you. Use the one we know, if you can."
    )
    customer_number = line(
        "Customer number", most=80, width="w-10", help_text="It is on your invoices. It helps us find you."
    )
    phone = line(
        "Telephone number",
        most=40,
        width="w-10",
        help_text="Only to ask you something about this request.",
        attrs={"autocomplete": "tel", "type": "tel"},
        widget=forms.TextInput,
    )
    words = LongText(
        label="Anything that helps us find it",
        required=False,
        max_length=HINT_LIMIT,
        help_text="For example “the calls about the broken line in May”. You do not have to say why you ask.",
        error_messages={"max_length": f"Use {HINT_LIMIT:,} characters or fewer for what helps us find it"},
    )

    def __init__(self, *args: Any, known_email: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.known_email = known_email
        if known_email:  # proved already: never asked again
            del self.fields["email"]

    def stored(self) -> dict[str, Any]:
        """With the address that was proved, when there is one."""
        return super().stored() | ({"email": self.known_email} if self.known_email else {})

    def clean_phone(self) -> str:
        """Digits in any grouping; letters are a slip of the finger."""
        phone: str = self.cleaned_data["phone"].strip()
        if phone and (
            sum(c.isdigit() for c in phone) < 6 or any(c not in "+0123456789 ()-./x" for c in phone.lower())
        ):
            raise ValidationError("Enter a telephone number, like 0117 496 0123 or +44 117 496 0123")
        return phone


class Reply(Step):
    """How it should be sent."""

    reply_by = forms.ChoiceField(
        label="How should we send it?",
        choices=[
            (
                ReplyBy.DOWNLOAD.value,
                Option("Download here", hint="Safest and soonest. We email you when it is ready"),
            ),
            (ReplyBy.POST.value, Option("By post", hint="Printed, to your address")),
            (
                ReplyBy.OTHER.value,
                Option(
                    "Another way", hint="For example large print, audio or braille. Tell us what you need"
                ),
            ),
        ],
        initial="",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose how we should send it",
            "invalid_choice": "Choose how we should send it",
        },
    )


class Post(Step):
    """Where to post it."""

    address = line(
        "Your postal address",
        "Enter your postal address with the postcode",
        most=500,
        widget=forms.Textarea,
        attrs={"rows": 4, "autocomplete": "street-address"},
        help_text="We check it against what we hold before we post anything.",
    )


class Needs(Step):
    """What they need instead."""

    reply_needs = line(
        "What do you need?",
        "Tell us what you need, like “large print, 18 point”",
        most=500,
        widget=forms.Textarea,
        attrs={"rows": 4, "data-count": 500},
    )


class SignIn(Question):
    """The address to send a code to."""

    email = email_field(help_text="Use the address you gave when you asked, or the one on your account.")


class Code(Question):
    """The code from the e-mail."""

    code = CodeField(help_text="It has 6 figures. You can paste it.")


class OtherAddress(Question):
    """The address was mistyped, or its mail cannot be read."""

    email = email_field("The right email address")


class FindRequest(Question):
    """Look a request up without being signed in: never an answer straight away, always a code first."""

    reference = line(
        "Reference",
        "Enter the reference, like DP-7K4M-29QX",
        most=20,
        width="w-10",
        help_text="It is in our emails and letters, like DP-7K4M-29QX.",
        attrs={"autocomplete": "off", "spellcheck": "false"},
    )
    email = email_field(help_text="The address you gave when you asked.")

    def clean_reference(self) -> str:
        """Read aloud and typed again: spaces, missing dashes and small letters do no harm."""
        given = re.sub(r"[^0-9A-Z]", "", self.cleaned_data["reference"].upper())
        if not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{8}", given):
            raise ValidationError("Enter the reference, like DP-7K4M-29QX")
        return f"{given[:2]}-{given[2:6]}-{given[6:]}"


class Write(Question):
    """A message about a request."""

    text = LongText(
        label="Your message",
        max_length=TEXT_LIMIT,
        rows=6,
        required=False,
        error_messages={
            "max_length": f"Your message must be {TEXT_LIMIT:,} characters or fewer. Send the rest after it",
        },
    )
    files = FilesField()
    once = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": "Load this page again, then send"}
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].say_optional = False  # words or a file: one of them is enough

    def clean(self) -> dict[str, Any]:
        """Something has to be in it."""
        words_or_files(self, "Write your message, or choose a file to send")
        return self.cleaned_data


class Cancel(Question):
    """Cancel a request: a tick, so that nobody does it by one slip."""

    sure = forms.BooleanField(
        label="Yes, cancel this request",
        error_messages={"required": "Tick the box to cancel, or go back to keep your request"},
    )
