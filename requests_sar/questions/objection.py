"""The questions of an objection (Article 21). About marketing alone, an address is all that is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms

from portal.forms import LongText, Option
from requests_sar.forms import TEXT_LIMIT, Details
from requests_sar.forms import Step as Page
from requests_sar.fulfilment import objection
from requests_sar.questions.answering import ANSWER
from requests_sar.questions.common import WHO
from requests_sar.questions.step import Answers, Row, Step

ADDRESS_HELP = "The address at which you get our marketing. You do not have to prove that it is yours."


class Uses(Page):
    """Which uses, straight from the register."""

    uses = forms.MultipleChoiceField(
        label="What should we stop?",
        help_text="Tick all that you mean. Marketing stops at once; for the rest a person decides, and it stops "
        "meanwhile.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Tick at least one use of your data",
            "invalid_choice": "Tick the uses from the list",
        },
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["uses"].choices = [
            (each.key, Option(each.name, hint=f"{each.why[:1].upper()}{each.why[1:]}"))
            for each in sorted(objection.uses(), key=lambda use: not use.is_marketing)
        ]


class Reasons(Page):
    """Why; never asked about marketing."""

    given = LongText(
        label="Why do you object?",
        required=False,
        max_length=TEXT_LIMIT,
        rows=5,
        help_text="What is different in your situation? It helps us weigh it. For marketing we never ask why.",
        error_messages={"max_length": f"Use {TEXT_LIMIT:,} characters or fewer to say why"},
    )


class Address(Details):
    """Which address gets no marketing any more. Nothing else is needed."""

    customer_number = None  # type: ignore[assignment]
    phone = None  # type: ignore[assignment]
    words = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].required = False
        if "email" in self.fields:
            self.fields[
                "email"
            ].help_text = (
                "The address at which you get our marketing. You do not have to prove that it is yours."
            )


def only_marketing(answers: Answers) -> bool:
    """Whether nothing but marketing was ticked."""
    return objection.only_marketing(answers.get("uses", []))


def has_marketing(answers: Answers) -> bool:
    """Whether marketing was ticked."""
    return any(objection.is_marketing(key) for key in answers.get("uses", []))


def _uses(answers: Answers, file: bool) -> list[Row]:
    names = tuple(objection.name_of(key) for key in answers.get("uses", []))
    return [Row("What we stop", "", "what we stop", "uses", names)]


def _reasons(answers: Answers, file: bool) -> list[Row]:
    return [Row("Why", answers.get("given") or "Not said", "why you object", "reasons")]


def _address(answers: Answers, file: bool) -> list[Row]:
    return [
        Row("Email address", answers.get("email", ""), "the email address", "address-only"),
        Row("Your name", answers.get("name") or "Not given", "your name", "address-only"),
    ]


def _weighed(step: Step) -> Step:
    """The same page, only where something has to be weighed."""
    return replace(step, applies=lambda answers: step.applies(answers) and not only_marketing(answers))


STEPS = (
    Step("uses", Uses, ("uses",), _uses),
    *(_weighed(step) for step in (Step("reasons", Reasons, (), _reasons), *WHO, *ANSWER)),
    Step("address-only", Address, ("email",), _address, "Which address?", only_marketing),
)
