"""The questions of a request to pause (Article 18): why, how much, and that services stop meanwhile."""

from __future__ import annotations

from django import forms

from portal.forms import LongText, Option
from requests_sar.forms import TEXT_LIMIT, Details, KindsPage, line
from requests_sar.forms import Step as Page
from requests_sar.questions.answering import ANSWER
from requests_sar.questions.common import WHO
from requests_sar.questions.step import Answers, Row, Step
from subjects import datamap, restriction
from subjects.models import Restriction

Ground = Restriction.Ground
GROUNDS = {
    Ground.ACCURACY: Option("Something in my data is wrong", hint="While you check it"),
    Ground.UNLAWFUL: Option(
        "You should not use my data, but I do not want it deleted",
        hint="For example because I may need it as proof",
    ),
    Ground.CLAIMS: Option("I need my data for a legal claim", hint="Even if you do not need it any more"),
    Ground.OBJECTION: Option("I have objected to how you use it", hint="While you look at my objection"),
}


class Why(Page):
    """The ground."""

    ground = forms.ChoiceField(
        label="Why should we pause?",
        help_text="The law gives this right in four cases. Choose the one that fits best; a person looks at it.",
        choices=[(ground.value, words) for ground, words in GROUNDS.items()],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose why we should pause",
            "invalid_choice": "Choose why we should pause",
        },
    )


class More(Page):
    """In their words."""

    given = LongText(
        label="Tell us more",
        required=False,
        max_length=TEXT_LIMIT,
        rows=5,
        help_text="For example what is wrong and what would be right, or which claim it is.",
        error_messages={"max_length": f"Use {TEXT_LIMIT:,} characters or fewer"},
    )


class HowMuch(Page):
    """Everything, or some kinds of data."""

    scope = forms.ChoiceField(
        label="What should we pause?",
        choices=[
            (
                "all",
                Option(
                    "Everything", hint="We only store what we hold about you, and your account is suspended"
                ),
            ),
            ("some", Option("Only some of it", hint="You pick the kinds of data")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose whether we should pause everything or only some of it",
            "invalid_choice": "Choose whether we should pause everything or only some of it",
        },
    )


class Kinds(KindsPage):
    """Which kinds."""

    asks = "Which data should we pause?"
    offered = staticmethod(restriction.pausable)


class Stops(Page):
    """What it means for the services: nobody pauses by a slip, and we can phone before something stops."""

    phone = line(
        "Telephone number",
        "Enter a telephone number, like 0117 496 0123, so that we can speak with you before anything stops",
        most=40,
        width="w-10",
        help_text="We phone you before your services stop, for example to keep your telephone line until a day that "
        "suits you.",
        attrs={"autocomplete": "tel", "type": "tel"},
        widget=forms.TextInput,
    )
    agreed = forms.BooleanField(
        label="I understand that my account and the services that need this data stop during the pause",
        error_messages={"required": "Tick the box to say that you understand that services stop"},
    )

    clean_phone = Details.clean_phone


class PauseDetails(Details):
    """Who asks. The telephone number has been asked for already."""

    phone = None  # type: ignore[assignment]


def _why(answers: Answers, file: bool) -> list[Row]:
    ground = answers.get("ground")
    return [Row("Why", str(GROUNDS[Ground(ground)]) if ground else "", "why we should pause", "why")]


def _more(answers: Answers, file: bool) -> list[Row]:
    return [Row("In your words", answers.get("given") or "Nothing added", "what you told us", "more")]


def _how_much(answers: Answers, file: bool) -> list[Row]:
    words = "Only some of it" if answers.get("scope") == "some" else "Everything"
    return [Row("What we pause", words, "what we pause", "what")]


def _kinds(answers: Answers, file: bool) -> list[Row]:
    titles = tuple(datamap.get(key).title for key in answers.get("kinds", []))
    return [Row("Kinds of data", "", "the kinds of data", "which", titles)]


def _stops(answers: Answers, file: bool) -> list[Row]:
    return [
        Row("Telephone number", answers.get("phone", ""), "your telephone number", "services"),
        Row("Services", "You understand that they stop", "what you said about services", "services"),
    ]


def _details(answers: Answers, file: bool) -> list[Row]:
    return [row for row in WHO[-1].shown(answers, file) if row.label != "Telephone number"]


STEPS = (
    Step("why", Why, ("ground",), _why),
    Step("more", More, (), _more),
    Step("what", HowMuch, ("scope",), _how_much),
    Step("which", Kinds, ("kinds",), _kinds, "", lambda a: a.get("scope") == "some"),
    Step("services", Stops, ("agreed", "phone"), _stops, "Your services stop during the pause"),
    *WHO[:-1],
    Step("details", PauseDetails, ("name", "email"), _details, "Your details"),
    *ANSWER,
)
