"""What somebody who complains is asked (ux: C7): anybody may, signed in or not, with an email address or without."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from portal.forms import LongText, Option, Question
from requests_sar.forms import Step as Page
from requests_sar.forms import email_field, line
from requests_sar.models import TEXT_LIMIT, Complaint
from requests_sar.questions.step import Answers, Row, Step
from requests_sar.upload_fields import FilesField

How = Complaint.ReplyHow


class About(Page):
    """A request of theirs, or something else."""

    about_what = forms.ChoiceField(
        label="Is it about a request you made here?",
        choices=[
            ("request", Option("Yes, about a request", hint="Give its reference below, if you have it")),
            (
                "other",
                Option(
                    "No, about something else", hint="For example a call, a letter or how we use your data"
                ),
            ),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what your complaint is about"},
    )
    about = line(
        "The request's reference",
        most=20,
        width="w-10",
        help_text="It is in our emails and letters, like DP-7K4M-29QX. Leave it empty if you do not have it.",
        attrs={"autocomplete": "off", "spellcheck": "false"},
    )

    def clean_about(self) -> str:
        """Read aloud and typed again: spaces, missing dashes and small letters do no harm."""
        given = re.sub(r"[^0-9A-Z]", "", self.cleaned_data["about"].upper())
        if not given:
            return ""
        if not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{8}", given):
            raise ValidationError("Enter the reference, like DP-7K4M-29QX, or leave it empty")
        return f"{given[:2]}-{given[2:6]}-{given[6:]}"

    def clean(self) -> dict[str, Any]:
        """A complaint about something else names no request."""
        answers = super().clean() or self.cleaned_data
        if answers.get("about_what") == "other":
            answers["about"] = ""
        return answers


class Wrong(Page):
    """What went wrong, and what would mend it."""

    words = LongText(
        label="What went wrong?",
        max_length=TEXT_LIMIT,
        rows=6,
        help_text="In your own words. Say when it was and who was involved, if you know.",
        error_messages={
            "required": "Tell us what went wrong",
            "max_length": f"Use {TEXT_LIMIT:,} characters or fewer to tell us what went wrong",
        },
    )
    wants = LongText(
        label="What would put it right?",
        max_length=TEXT_LIMIT,
        rows=4,
        required=False,
        error_messages={"max_length": f"Use {TEXT_LIMIT:,} characters or fewer for what would put it right"},
    )


class ComplaintReply(Page):
    """How we reply."""

    reply_how = forms.ChoiceField(
        label="How should we reply?",
        choices=[
            (How.EMAIL.value, Option("By email", hint="You can also follow your complaint here")),
            (How.PHONE.value, Option("By phone")),
            (How.POST.value, Option("By post")),
            (How.NONE.value, Option("I do not want a reply", hint="We look into it all the same")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how we should reply"},
    )


class Documents(Question):
    """Documents for a complaint that was just sent."""

    files = FilesField(label="Documents")
    once = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": "Load this page again, then send"}
    )


class Contact(Page):
    """How we reach them: what the way they chose needs, and no more."""

    name = line("Your name", "Enter your name", most=200, attrs={"autocomplete": "name"})
    email = email_field(required=False)
    phone = line(
        "Telephone number",
        most=40,
        width="w-10",
        attrs={"autocomplete": "tel", "type": "tel"},
        widget=forms.TextInput,
    )
    address = line(
        "Postal address",
        most=500,
        widget=forms.Textarea,
        attrs={"rows": 4, "autocomplete": "street-address"},
    )
    NEEDED = {
        How.EMAIL: ("email", "Enter your email address, like name@example.com"),
        How.PHONE: ("phone", "Enter your telephone number, like 0117 496 0123"),
        How.POST: ("address", "Enter your postal address with the postcode"),
    }

    def __init__(
        self, *args: Any, known_email: str = "", answers: dict[str, Any] | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        how = (answers or {}).get("reply_how", "")
        wanted = self.NEEDED.get(how, ("", ""))[0]
        for name in ("phone", "address"):
            if name != wanted:
                del self.fields[name]
        if wanted:
            self.fields[wanted].required = True
            self.fields[wanted].error_messages["required"] = self.NEEDED[how][1]
        if known_email:
            self.initial.setdefault("email", known_email)


def _about(answers: Answers, file: bool) -> list[Row]:
    named = answers.get("about")
    value = f"My request {named}" if answers.get("about_what") == "request" else "Something else"
    return [Row("About", value, "what it is about", "about")]


def _wrong(answers: Answers, file: bool) -> list[Row]:
    wants = answers.get("wants") or "Nothing added"
    return [
        Row("What went wrong", answers.get("words", ""), "what went wrong", "wrong"),
        Row("What would put it right", wants, "what would put it right", "wrong"),
    ]


def _reply_how(answers: Answers, file: bool) -> list[Row]:
    how = answers.get("reply_how")
    return [Row("Our reply", How(how).label if how else "", "how we reply", "reply")]


def _contact(answers: Answers, file: bool) -> list[Row]:
    lines = (("Your name", "name"), ("Email address", "email"), ("Telephone number", "phone"))
    rows = [
        Row(label, answers.get(name) or "Not given", f"your {label.removeprefix('Your ').lower()}", "contact")
        for label, name in (*lines, ("Postal address", "address"))
    ]
    return [row for row in rows if row.value != "Not given" or row.label == "Your name"]


STEPS = (
    Step("about", About, ("about_what",), _about, "What is it about?"),
    Step("wrong", Wrong, ("words",), _wrong, "What went wrong?"),
    Step("reply", ComplaintReply, ("reply_how",), _reply_how),
    Step(
        "contact",
        Contact,
        ("name",),
        _contact,
        "How we reach you",
        lambda a: a.get("reply_how") != How.NONE,
    ),
)
