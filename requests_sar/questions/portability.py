"""The questions of a request to move data to another company: which of it, and where the files go."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.forms import Option
from requests_sar import portability
from requests_sar.forms import Step as Page
from requests_sar.forms import Which as WhichCopy
from requests_sar.forms import line
from requests_sar.models import ReplyBy
from requests_sar.questions.common import how_much, which_kinds
from requests_sar.questions.step import Answers, Row, Step
from subjects import datamap


class What(Page):
    """How much."""

    scope = forms.ChoiceField(
        label="What do you want to move?",
        choices=[
            (
                "all",
                Option("All of it", hint="What you gave us, and what your use of our services made"),
            ),
            ("some", Option("Only some of it", hint="You pick the kinds of data, and dates if you like")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose whether you want all of it or only some",
            "invalid_choice": "Choose whether you want all of it or only some",
        },
    )


class Which(WhichCopy):
    """Which of the kinds that this right covers."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kinds"].choices = [
            (each.key, Option(each.title, hint=each.what))
            for each in datamap.datasets()
            if portability.in_scope(each)
        ]


class To(Page):
    """Where the files go."""

    reply_by = forms.ChoiceField(
        label="Where should the files go?",
        choices=[
            (
                ReplyBy.DOWNLOAD.value,
                Option("Download here", hint="You get the files, and give them to whom you like"),
            ),
            (
                ReplyBy.OTHER.value,
                Option(
                    "Straight to another company",
                    hint="Only where there is a secure way. We have no direct connection to other companies today, "
                    "so you will most likely get the files here and pass them on",
                ),
            ),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose where the files should go",
            "invalid_choice": "Choose where the files should go",
        },
    )


class Company(Page):
    """The other company."""

    reply_needs = line(
        "Which company, and how do they take such files?",
        "Tell us the company, like “Acme Broadband, switching@acme.example”",
        most=500,
        widget=forms.Textarea,
        attrs={"rows": 3, "data-count": 500},
        help_text="Its name, and an address of theirs for such files if you know one. If a person here finds a secure "
        "way, we ask you before anything is sent.",
    )


def _destination(answers: Answers, file: bool) -> list[Row]:
    words = {"download": "Download here", "other": "To another company"}.get(answers.get("reply_by", ""), "")
    return [Row("Where the files go", words, "where the files go", "to")]


def _company(answers: Answers, file: bool) -> list[Row]:
    return [Row("The other company", answers.get("reply_needs", ""), "the other company", "company")]


STEPS = (
    Step("what", What, ("scope",), how_much),
    Step(
        "which",
        Which,
        ("kinds",),
        which_kinds,
        "Which data do you want to move?",
        lambda a: a.get("scope") == "some",
    ),
    Step("to", To, ("reply_by",), _destination),
    Step(
        "company",
        Company,
        ("reply_needs",),
        _company,
        "",
        lambda a: a.get("reply_by") == ReplyBy.OTHER,
    ),
)
