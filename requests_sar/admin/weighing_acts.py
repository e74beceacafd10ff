"""The acts on a request to pause and on an objection: name the uses, decide, write the reasons down."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from portal.forms import Option
from requests_sar.admin.act import Act, Answers, seen
from requests_sar.fulfilment import objection
from requests_sar.models import TEXT_LIMIT, Case, Objection, Package, PauseRequest
from requests_sar.rights import Right
from requests_sar.services import weighing
from requests_sar.staff_forms import ActForm, area
from requests_sar.workflow import State
from subjects import restriction
from subjects.models import Restriction

BECAUSE, DECISION = "because_", "decision_"


class PauseForm(ActForm):
    """Whether, why and how much is paused."""

    decision = forms.ChoiceField(
        label="Do we pause?",
        choices=PauseRequest.Decision.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether to pause"},
    )
    ground = forms.ChoiceField(
        label="On which ground?",
        choices=Restriction.Ground.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    kinds = forms.MultipleChoiceField(
        label="Which kinds of data?",
        help_text="Tick none for everything. Everything suspends the account; a part leaves the services running.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "One of the kinds is not known. Tick again"},
    )
    because = forms.CharField(
        label="Why, in plain words",
        help_text="Needed for a no, and when you pause less than they asked for. The customer reads it word for word.",
        max_length=TEXT_LIMIT,
        required=False,
        widget=area(5),
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        pause = PauseRequest.objects.filter(case=case).first() or PauseRequest(case=case)
        self.fields["kinds"].choices = [(each.key, each.title) for each in restriction.pausable()]
        self.fields["kinds"].say_optional = self.fields["ground"].say_optional = False
        self.initial.update(
            decision=pause.decision,
            ground=pause.ground or pause.asked_ground,
            kinds=pause.kinds if pause.decision else case.kinds,
            because=pause.because,
        )

    def clean(self) -> dict[str, Any]:
        """A yes has its ground; a no, or less than they asked for, has its reasons."""
        answers = super().clean() or self.cleaned_data
        decision, kinds = answers.get("decision"), set(answers.get("kinds") or [])
        if decision == PauseRequest.Decision.GRANTED and not answers.get("ground"):
            self.add_error("ground", "Choose the ground on which it is paused")
        less = bool(kinds) and not (self.case.kinds and set(self.case.kinds) <= kinds)
        no = decision == PauseRequest.Decision.REFUSED
        if decision and (no or less) and not (answers.get("because") or "").strip():
            self.add_error(
                "because", "Say why you do not pause" if no else "Say why you pause less than they asked for"
            )
        return answers


class UsesForm(ActForm):
    """Which uses somebody objects to, who asked by phone or letter."""

    uses = forms.MultipleChoiceField(
        label="Which uses do they object to?",
        help_text="Tick those they mean. What stands there already cannot be taken away.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one use", "invalid_choice": "Tick a use from the list"},
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = set(case.objections.values_list("purpose", flat=True))
        self.fields["uses"].choices = [
            (
                each.key,
                Option(each.name, hint="Stops at once" if each.is_marketing else "Stops while you weigh it"),
            )
            for each in objection.uses()
            if each.key not in there
        ]


class WeighForm(ActForm):
    """One decision and its reasons for each use that has to be weighed. Marketing has none: nobody weighs it."""

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.purposes = []
        for row in case.objections.all():
            if objection.is_marketing(row.purpose):
                continue
            self.purposes.append(row.purpose)
            self._ask(row, objection.name_of(row.purpose))

    def _ask(self, row: Objection, name: str) -> None:
        self.fields[DECISION + row.purpose] = forms.ChoiceField(
            label=name,
            choices=[
                ("upheld", Option("We stop", hint="For this person, for good")),
                (
                    "refused",
                    Option("We go on", hint="Only on compelling grounds that override theirs, or for claims"),
                ),
            ],
            widget=forms.RadioSelect,
            initial=row.decision,
            error_messages={"required": f"Decide about “{name}”"},
        )
        self.fields[BECAUSE + row.purpose] = forms.CharField(
            label=f"Why, in plain words ({name})",
            help_text="Needed when we go on: the compelling grounds. The customer reads it word for word.",
            max_length=TEXT_LIMIT,
            required=False,
            initial=row.because,
            widget=area(4),
        )
        self.fields[BECAUSE + row.purpose].say_optional = False

    def clean(self) -> dict[str, Any]:
        """Going on has its grounds."""
        answers = super().clean() or self.cleaned_data
        if not self.purposes:
            raise ValidationError("Nothing has to be weighed here: marketing stopped at once.")
        for purpose in self.purposes:
            goes_on = answers.get(DECISION + purpose) == Objection.Decision.REFUSED
            if goes_on and not (answers.get(BECAUSE + purpose) or "").strip():
                self.add_error(BECAUSE + purpose, "Write the compelling grounds on which you go on")
        return answers


def _weigh(case: Case, by: Any, answers: Answers) -> Case:
    decisions = {
        name.removeprefix(DECISION): (value, answers.get(BECAUSE + name.removeprefix(DECISION), ""))
        for name, value in answers.items()
        if name.startswith(DECISION)
    }
    return weighing.weigh(case=case, by=by, decisions=decisions, seen=seen(answers))


def _pause(case: Case, package: Package | None) -> bool:
    return case.right == Right.RESTRICTION and case.state == State.REVIEW


def _names_uses(case: Case, package: Package | None) -> bool:
    return case.right == Right.OBJECTION and case.state in {State.TRIAGE, State.REVIEW} and _more(case)


def _more(case: Case) -> bool:
    there = set(case.objections.values_list("purpose", flat=True))
    return any(each.key not in there for each in objection.uses())


def _weighs(case: Case, package: Package | None) -> bool:
    if case.right != Right.OBJECTION or case.state != State.REVIEW:
        return False
    return any(not objection.is_marketing(row.purpose) for row in case.objections.all())


WEIGHING_ACTS = (
    Act(
        "pause",
        "Decide about the pause",
        "Written down. Nothing is paused yet: “Answer” does that and tells them.",
        lambda case, by, a: weighing.decide_pause(
            case=case,
            by=by,
            decision=a["decision"],
            ground=a["ground"],
            kinds=a["kinds"],
            because=a["because"],
            seen=seen(a),
        ),
        _pause,
        title="Pause the use of their data?",
        lead="If one of the four grounds of Article 18(1) is met, they have a right to it, however inconvenient.",
        form=PauseForm,
        takes_case=True,
    ),
    Act(
        "uses",
        "Say which uses they object to",
        "Written down. Marketing has stopped, if they object to it.",
        lambda case, by, a: weighing.name_uses(case=case, by=by, uses=a["uses"], seen=seen(a)),
        _names_uses,
        title="Which uses do they object to?",
        lead="Marketing stops the moment you save; other uses stop while you weigh them.",
        form=UsesForm,
        takes_case=True,
    ),
    Act(
        "weigh",
        "Weigh each use",
        "Written down. Nothing has been sent yet.",
        _weigh,
        _weighs,
        title="Weigh each use",
        lead="The use stops unless we show compelling grounds that override their interests, or need it for legal "
        "claims (Article 21(1)). The burden is ours. It is not sent yet: “Answer” sends it.",
        form=WeighForm,
        takes_case=True,
    ),
)
