"""What somebody is asked who says that data are wrong: what stands there, what is right, proof, and a pause meanwhile.

Who is signed in may have picked the record on the pages of "What is wrong" (`views.wrong`); then it stands in the
answers as `dataset`, `record`, `column`, `label` and `held`, and the first page is not asked.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from portal.forms import LongText, Option
from requests_sar import uploads
from requests_sar.forms import Step as Page
from requests_sar.questions.step import Answers, Row, Step
from subjects import datamap

LIMIT = 2_000  # characters of what is wrong, and of what is right
OTHER = "other"
PICKED = ("dataset", "record", "column", "label", "held")
PROOF = "Choose a PDF, JPG or PNG of up to 5 MB, or send it later"


def kinds() -> list[tuple[str, Option]]:
    """The kinds of data to choose from, and a way out."""
    known = [(each.key, Option(each.title, hint=each.what)) for each in datamap.datasets()]
    return [*known, (OTHER, Option("Something else, or I am not sure"))]


class Wrong(Page):
    """Which kind of data, and what stands there."""

    kind = forms.ChoiceField(
        label="What is it about?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose what it is about, or “Something else”",
            "invalid_choice": "Choose what it is about from the list",
        },
    )
    present = LongText(
        label="What do we have that is wrong?",
        max_length=LIMIT,
        rows=4,
        help_text="For example “My surname is spelled Okafur on the invoice of 3 May”. Quote it, if you can.",
        error_messages={
            "required": "Tell us what is wrong, like “My surname is spelled Okafur”",
            "max_length": f"Use {LIMIT:,} characters or fewer for what is wrong",
        },
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = kinds()


class Correct(Page):
    """What should stand there instead."""

    takes_answers = True
    wanted = LongText(
        label="What should it say?",
        max_length=LIMIT,
        rows=4,
        error_messages={
            "required": "Tell us what it should say. If it should say nothing, write “nothing”",
            "max_length": f"Use {LIMIT:,} characters or fewer for what it should say",
        },
    )

    def __init__(self, *args: Any, answers: Answers | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        answers = answers or {}
        now, name = answers.get("held") or answers.get("present"), answers.get("label")
        if name:
            self.fields["wanted"].label = f"{name}: what should it say?"
        if now:
            whose = "We hold" if answers.get("held") else "You say we hold"
            self.fields["wanted"].help_text = f"{whose}: “{now}”"


class Evidence(Page):
    """Something that shows it, if there is anything."""

    evidence = forms.FileField(
        label="Do you have something that shows it?",
        required=False,
        help_text="For example a letter or a photo of a bill. PDF, JPG or PNG, up to 5 MB. You can leave this out, or "
        "send it later. Cover what we do not need.",
        max_length=200,
        widget=forms.FileInput({"accept": ".pdf,.jpg,.jpeg,.png"}),
        error_messages={
            "empty": f"The file is empty. {PROOF}",
            "invalid": "The file did not reach us. Choose it again",
            "max_length": "The file's name is too long. Shorten it to fewer than 200 characters",
        },
    )

    def clean_evidence(self) -> UploadedFile | None:
        """A file of a kind and size we can read. Its name is kept as a label only."""
        file: UploadedFile | None = self.cleaned_data.get("evidence")
        if not isinstance(file, UploadedFile):
            return None
        if problem := uploads.problem(file):
            raise ValidationError(problem)
        return file

    def stored(self) -> dict[str, Any]:
        """The label of the file; the file itself is kept beside the answers."""
        file = self.cleaned_data.get("evidence")
        return {"evidence_label": uploads.label_of(file.name or "")} if file else {}


class Pause(Page):
    """Article 18(1)(a): not used while it is checked."""

    pause = forms.ChoiceField(
        label="Should we stop using it while we check?",
        choices=[
            ("no", Option("No, go on as usual")),
            (
                "yes",
                Option(
                    "Yes, pause it",
                    hint="We keep it and do nothing else with it until we have answered you. Some things may wait "
                    "until then",
                ),
            ),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose whether we should stop using it while we check",
            "invalid_choice": "Choose whether we should stop using it while we check",
        },
    )


def _wrong(answers: Answers, file: bool) -> list[Row]:
    titles = {key: str(option) for key, option in kinds()}
    return [
        Row("What it is about", titles.get(answers.get("kind", ""), ""), "what it is about", "wrong"),
        Row("What we have that is wrong", answers.get("present", ""), "what is wrong", "wrong"),
    ]


def _correct(answers: Answers, file: bool) -> list[Row]:
    rows = [Row("What is right", answers.get("wanted", ""), "what is right", "right")]
    if not answers.get("record"):
        return rows
    held = answers.get("held") or "Not shown here"
    picked = [Row("What is wrong", answers.get("label", ""), "", ""), Row("We hold", held, "", "")]
    return [*picked, *rows]


def _evidence(answers: Answers, file: bool) -> list[Row]:
    label = answers.get("evidence_label")
    return [Row("Proof", label or "None. You can send it later", "the proof", "evidence")]


def _pause(answers: Answers, file: bool) -> list[Row]:
    words = "Yes, pause it while you check" if answers.get("pause") == "yes" else "No"
    return [Row("Pause it", words, "whether we pause it", "pause")]


STEPS = (
    Step(
        "wrong",
        Wrong,
        ("kind", "present"),
        _wrong,
        "What is wrong?",
        lambda a: not a.get("record"),
    ),
    Step("right", Correct, ("wanted",), _correct, keeps=PICKED),
    Step("evidence", Evidence, (), _evidence, keeps=("evidence_label",)),
    Step("pause", Pause, ("pause",), _pause),
)
