"""What the officer types to change an entry of the register's draft, and to activate it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from portal.forms import Option, Question
from portal.register import editing
from portal.register.editing import Entry
from portal.register.facts import Action, Trigger, Way
from portal.register.model import shape_of
from portal.register.reading import required
from requests_sar.staff_forms import area
from retention import drafting

LINES = {"examples", "measures", "known_problems"}  # lists: one entry a line
SHORT = {"name", "period", "phone", "contact", "lasts", "after_words"}
TELLING = {  # the lines of a recipient that is told by itself
    "recipient": (
        "Who is told?",
        "As they are called in the record of who got data, for example Swift Parcels.",
    ),
    "way": ("How?", ""),
    "address": (
        "Where to?",
        "An email address; or, for a signed message, the web address that takes it, like https://example.com/privacy.",
    ),
    "secret": (
        "Name of the secret that signs it",
        "For a signed message only. NAME stands for the setting NOTIFY_SECRET_NAME, which holds the secret itself.",
    ),
}
WAYS = {Way.EMAIL: "By email", Way.WEBHOOK: "By a signed message to their system (webhook)"}
TEXT_LIMIT = 2_000
LABELS = {
    "period": "How long is it kept?",
    "after": "From when?",
    "action": "What happens then?",
    "when_asked": "And when somebody asks us to delete it before?",
    "not_before": "It stays as long as we keep these kinds of data of the same person",
    "because": "Why so long?",
    "note": "Anything to add?",
    "name": "Name",
    "what": "What is it?",
    "source": "Where does it come from?",
    "examples": "Examples",
    "why": "Why?",
    "interest": "Our legitimate interest",
    "where": "Where is it?",
    "line": "What the right is",
    "how": "How to use it",
    "time_limit": "How soon we answer",
    "cost": "What it costs",
    "identity": "How we check who is asking",
    "marketing": "Marketing",
    "cookies": "Cookies",
    "phone": "Phone",
    "contact": "Whom to ask for",
    "address": "Address",
    "hours": "When the phone is answered",
    "to_us": "How to complain to us",
    "to_regulator": "How to complain to the regulator",
    "to_court": "How to go to court",
    "sentence": "What we say",
    "safeguards": "Safeguards",
    "requests": "What happens to requests about it",
    "measures": "Measures",
    "purpose": "What it is for",
    "lasts": "How long it lasts",
    "other_formats": "Other formats that people can ask for",
    "known_problems": "Problems that we know of",
}
HINTS = {
    "period": "A number and a unit, for example 7 years, 18 months or 30 days.",
    "because": "Part of a sentence: it follows the word “because” and has no full stop.",
    "why": "Part of a sentence, without a full stop.",
    "interest": "Part of a sentence, without a full stop.",
    "note": "A full sentence, after what happens then.",
}


class EntryForm(Question):
    """The lines of one entry that may be edited, as they stand in the draft."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self, *args: Any, entry: Entry, kinds: list[tuple[str, str]], seen: int, **kwargs: Any
    ) -> None:
        self.entry = entry
        names = editing.EDITABLE[entry.table]
        given = {name: _shown(name, entry.values.get(name)) for name in names}
        super().__init__(*args, initial={"seen": seen, **given}, **kwargs)
        for name in names:
            self.fields[name] = self._field(name, kinds)
        self.order_fields([*names, "seen"])

    def _field(self, name: str, kinds: list[tuple[str, str]]) -> forms.Field:
        if self.entry.table == "notify":
            return self._telling(name)
        label, hint = LABELS[name], HINTS.get(name, "")
        if self.entry.table == "short_lived" and name == "after":
            label, hint = "From when?", "Part of a sentence, after the word “after”."
        elif name in {"after", "action", "when_asked"}:
            return forms.ChoiceField(label=label, choices=self._choices(name), widget=forms.RadioSelect)
        if name == "not_before":
            others = [(key, title) for key, title in kinds if key != self.entry.values.get("category")]
            return forms.MultipleChoiceField(
                label=label, choices=others, required=False, widget=forms.CheckboxSelectMultiple
            )
        if name in LINES:
            hint = "One on each line."
        widget = forms.TextInput() if name in SHORT else area(3, TEXT_LIMIT)
        return forms.CharField(
            label=label,
            help_text=hint,
            required=name in required(shape_of(self.entry.table)),
            max_length=TEXT_LIMIT,
            widget=widget,
            error_messages={"required": "Write something here"},
        )

    def _telling(self, name: str) -> forms.Field:
        label, hint = TELLING[name]
        if name == "way":
            choices = [(each.value, Option(words)) for each, words in WAYS.items()]
            return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect)
        return forms.CharField(
            label=label,
            help_text=hint,
            required=name != "secret",
            max_length=200,
            error_messages={"required": "Write something here"},
        )

    def _choices(self, name: str) -> list[tuple[str, str]]:
        values = self.entry.values
        if name == "after":
            offered = drafting.triggers(str(values["category"]), Trigger(values["after"]))
            return [(each.value, Option(_first(each.words))) for each in offered]
        if name == "action":
            return [(each.value, Option(each.words)) for each in Action]
        return [(each.value, Option(words)) for each, words in editing.WHEN_ASKED.items()]

    def clean(self) -> dict[str, Any]:
        """`values`: the lines as the register's file would have them. An error beside each that cannot stand there."""
        answers = super().clean() or self.cleaned_data
        values = {}
        for name in editing.EDITABLE[self.entry.table]:
            if name in self.errors:
                continue
            value = answers.get(name, "")
            if name in LINES:
                value = [line.strip() for line in value.splitlines() if line.strip()]
            elif isinstance(value, str):
                value = " ".join(value.split())
            if wrong := editing.fault(self.entry.table, name, value):
                self.add_error(name, ValidationError(wrong))
            values[name] = value
        return {"seen": answers.get("seen"), "values": values}


def _shown(name: str, value: Any) -> Any:
    if name in LINES:
        return "\n".join(value or [])
    if name == "when_asked":
        return value or "stays"
    return value or ""


def _first(words: str) -> str:
    return words[:1].upper() + words[1:]


class SeenForm(Question):
    """The state of the draft that the page showed."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class ActivateForm(SeenForm):
    """Why the register is changed."""

    reason = forms.CharField(
        label="Why is the register changed?",
        help_text="It stands beside the version, for colleagues and auditors.",
        max_length=drafting.REASON_LIMIT,
        widget=area(2, drafting.REASON_LIMIT),
        error_messages={"required": "Say why the register is changed"},
    )
