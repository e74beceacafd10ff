"""What staff type when they look a copy through. Limits and words only; nothing is decided here."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.accounts.models import User
from portal.forms import Option, Question
from requests_sar import services
from requests_sar.models import WHY_LIMIT, Case, Redaction
from requests_sar.redacting import LONGEST, Reach
from requests_sar.reviewing import LONGEST_TERM
from requests_sar.staff_forms import ActForm, area

# Exemptions that such a firm may meet besides those of the first two categories; another one can be typed.
OTHER_LAWS = (
    "Data Protection Act 2018, Schedule 2, paragraph 2 (crime and taxation)",
    "Data Protection Act 2018, Schedule 2, paragraph 5 (legal proceedings)",
    "Data Protection Act 2018, Schedule 2, paragraph 22 (management forecasts)",
    "Data Protection Act 2018, Schedule 2, paragraph 23 (negotiations)",
    "Data Protection Act 2018, Schedule 2, paragraph 24 (confidential references)",
)


class ReviewForm(ActForm):
    """That a copy is right; whoever prepared it says why nobody else reviews it."""

    alone = forms.CharField(
        label="You prepared this copy yourself. Why does nobody else review it?",
        help_text="For example: “I am the only one who may see these data.” It stands on the record for the regulator.",
        max_length=400,
        widget=area(3, 400),
        error_messages={"required": "Say why nobody else reviews it. It stands on the record"},
    )

    def __init__(self, *args: Any, case: Case, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not services.reviews_alone(case, by) or services.why_not_reviewed_by(case, by):
            del self.fields["alone"]  # somebody else does it, or somebody else has to


class WhyForm(Question):
    """Why something is removed. Left empty, the usual reason of the category is printed."""

    category = forms.ChoiceField(
        label="Why may it not be given?",
        choices=[
            (
                Redaction.Category.PERSON,
                Option(
                    "Another person", hint=f"The customer reads: “{services.WHYS[Redaction.Category.PERSON]}”"
                ),
            ),
            (
                Redaction.Category.LEGAL,
                Option(
                    "Legal advice", hint=f"The customer reads: “{services.WHYS[Redaction.Category.LEGAL]}”"
                ),
            ),
            (
                Redaction.Category.OTHER,
                Option("Other exemption", hint="Name the law and give the reason below."),
            ),
        ],
        initial=Redaction.Category.PERSON,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why it may not be given"},
    )
    law = forms.CharField(
        label="Which law, for another exemption?",
        max_length=200,
        required=False,
        widget=forms.TextInput({"list": "laws", "autocomplete": "off"}),
    )
    why = forms.CharField(
        label="The reason in your own words",
        help_text="The customer reads it word for word, so do not name anybody or repeat what you remove.",
        max_length=WHY_LIMIT,
        required=False,
        widget=area(2, WHY_LIMIT),
    )
    laws = OTHER_LAWS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].say_optional = False


class MarkForm(WhyForm):
    """What to remove from one record; which button was pressed says how much."""

    phrase = forms.CharField(
        label="Words to remove",
        help_text="Type or paste them as they stand. Capitals, accents and line ends do not matter; a part of a longer "
        "word is not taken.",
        max_length=LONGEST,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    reach = forms.ChoiceField(
        label="Where do words go from?",
        choices=[(Reach.PHRASE, "This record"), (Reach.EVERYWHERE, "Every record of this copy")],
        initial=Reach.PHRASE,
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reach"].say_optional = False
        self.fields["phrase"].say_optional = False


class TermForm(Question):
    """A text to look for. It may be a name, so it is sent by POST and stands in no address."""

    term = forms.CharField(
        label="Search the records for words",
        max_length=LONGEST_TERM,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Type what to look for"},
    )
