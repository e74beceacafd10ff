"""What the officer types about corrections and recipients. Limits and words only."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.forms import Option
from requests_sar.fulfilment import rectification
from requests_sar.models import TEXT_LIMIT, Correction, RecipientNotice
from requests_sar.staff_forms import ActForm, area

Decision = Correction.Decision
Outcome = RecipientNotice.Outcome


def _box(label: str, help_text: str = "", *, rows: int = 3, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=TEXT_LIMIT,
        required=required,
        widget=area(rows),
        error_messages={"required": f"Fill in “{label}”"},
    )


class DecideForm(ActForm):
    """The decision on one item. Which decisions are offered follows from what the item is."""

    decision = forms.ChoiceField(
        label="What do you decide?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose what you decide",
            "invalid_choice": "Choose one of the decisions",
        },
    )
    text = _box(
        "What is written",
        "Put right: the value. Note: what is wrong in the document and what is right. Statement: their own words. "
        "Leave it empty when it stays as it is.",
    )
    reason = _box(
        "Why?",
        "The customer reads it word for word. Compulsory when the record stays as it is. Do not name other people.",
    )

    def __init__(self, *args: Any, correction: Correction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decision"].choices = choices(correction)
        self.fields["text"].say_optional = self.fields["reason"].say_optional = False


def choices(correction: Correction) -> list[tuple[str, Option]]:
    """The decisions that an item can have: evidence is never overwritten, words need a record to stand beside."""
    evidence = rectification.is_evidence(correction)
    named = bool(correction.record)
    offered = [
        (
            Decision.ACCEPT,
            "Put it right",
            "The new value is written everywhere it stands live; the old one goes into the history"
            if named
            else "No record is named: say below in which system you put it right by hand",
            not evidence,
        ),
        (
            Decision.NOTE,
            "Correct it by a note",
            "The document stays as it was issued; the note stands beside it and goes with it",
            named,
        ),
        (
            Decision.STATEMENT,
            "Keep it, with their statement beside it",
            "For an opinion, or a fact that cannot be settled (Article 16)",
            named,
        ),
        (Decision.REFUSE, "Keep it as it is", "The letter says why, and how to complain", True),
    ]
    return [(key.value, Option(words, hint=hint)) for key, words, hint, can in offered if can]


class ColumnForm(ActForm):
    """Which detail of the record an item is about."""

    column = forms.ChoiceField(
        label="Which detail is it?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the detail", "invalid_choice": "Choose the detail from the list"},
    )

    def __init__(self, *args: Any, held: list[tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["column"].choices = [
            (path, Option(label, hint=value[:300])) for path, label, value in held
        ]


class NewItemForm(ColumnForm):
    """A further thing they say is wrong, from their words or a message."""

    wanted = _box("What do they say should stand there?", required=True)
    pause = forms.BooleanField(label="They want its use paused while it is checked", required=False)


class SettleForm(ActForm):
    """What came of telling one recipient."""

    outcome = forms.ChoiceField(
        label="What came of it?",
        choices=[
            (Outcome.DONE.value, Option("They were told")),
            (Outcome.NOT_GIVEN.value, Option("They never had it", hint="Only the register names them")),
            (Outcome.IMPOSSIBLE.value, Option("It is impossible", hint="For example, the firm is gone")),
            (Outcome.DISPROPORTIONATE.value, Option("It would be a disproportionate effort")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what came of it"},
    )
    reason = forms.CharField(
        label="Why?",
        help_text="Compulsory unless they were told. The customer reads it.",
        max_length=400,
        required=False,
        widget=area(2, 400),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].say_optional = False
