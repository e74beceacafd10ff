"""The questions of a request to delete data: which of it, what will happen to it, a copy first, and why."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.forms import Option
from requests_sar import outlook
from requests_sar.forms import KindsPage
from requests_sar.forms import Step as Page
from requests_sar.models import Erasure
from requests_sar.questions.step import Answers, Row, Step
from subjects import datamap


class What(Page):
    """How much."""

    scope = forms.ChoiceField(
        label="What do you want us to delete?",
        choices=[
            ("all", Option("Everything", hint="All that nothing makes us keep")),
            ("some", Option("Only some of it", hint="You pick the kinds of data")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose whether we should delete everything or only some of it",
            "invalid_choice": "Choose whether we should delete everything or only some of it",
        },
    )


class Which(KindsPage):
    """Which kinds."""

    asks = "Which data do you want us to delete?"
    offered = staticmethod(outlook.offered)


class CopyFirst(Page):
    """A copy before it is gone."""

    copy_first = forms.ChoiceField(
        label="Do you want a copy of your data first?",
        help_text="What is deleted cannot be brought back.",
        choices=[
            (
                "yes",
                Option(
                    "Yes, send me a copy first",
                    hint="You ask for both now. We delete nothing before you have the copy",
                ),
            ),
            ("no", Option("No, I do not need a copy")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose whether you want a copy first",
            "invalid_choice": "Choose whether you want a copy first",
        },
    )


class Why(Page):
    """Why, for those who want to say it."""

    ground = forms.ChoiceField(
        label="Why should we delete it?",
        help_text="You do not have to say. It can help us to decide in your favour.",
        required=False,
        choices=[
            *Erasure.Ground.choices,
            ("", "Something else, or I would rather not say"),
        ],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choose a reason from the list, or leave it open"},
    )


def _what(answers: Answers, file: bool) -> list[Row]:
    words = "Only some of it" if answers.get("scope") == "some" else "Everything that can go"
    return [Row("What to delete", words, "what to delete", "what")]


def _which(answers: Answers, file: bool) -> list[Row]:
    titles = tuple(datamap.get(key).title for key in answers.get("kinds", []))
    return [Row("Kinds of data", "", "the kinds of data", "which", titles)]


def _copy(answers: Answers, file: bool) -> list[Row]:
    words = {"yes": "Yes. We delete nothing before you have it", "no": "No"}
    return [Row("A copy first", words.get(answers.get("copy_first", ""), ""), "the copy", "outlook")]


def _why(answers: Answers, file: bool) -> list[Row]:
    ground = answers.get("ground", "")
    return [Row("Why", Erasure.Ground(ground).label if ground else "Not said", "why", "why")]


def _outlook(answers: Answers, address: str) -> dict[str, Any]:
    kinds = answers.get("kinds", []) if answers.get("scope") == "some" else []
    return {"outlook": outlook.of(kinds, address)}


STEPS = (
    Step("what", What, ("scope",), _what),
    Step("which", Which, ("kinds",), _which, "", lambda a: a.get("scope") == "some"),
    Step(
        "outlook",
        CopyFirst,
        ("copy_first",),
        _copy,
        "What will happen to your data",
        above="requests_sar/asking/erasure.html",
        context=_outlook,
    ),
    Step("why", Why, (), _why),
)
