"""What colleagues and officers type about searches. Limits and words only; whether an act is possible is not decided
here."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.powers import POWERS, Power
from portal.forms import DayField, LongText, Option, Question
from requests_sar import task_files, uploads
from requests_sar.models import TEXT_LIMIT, Answer, Case, Task
from requests_sar.services.colleagues import Search, registered
from requests_sar.staff_forms import PersonField
from requests_sar.task_files import Upload

AT_ONCE = 5  # files in one sending, see settings.DATA_UPLOAD_MAX_NUMBER_FILES
MEGABYTES = task_files.MOST_BYTES // 1024**2
CHOOSE = "Choose whether you found something"


def searchers() -> Any:
    """Colleagues with an account who may answer searches."""
    roles = [role for role, powers in POWERS.items() if Power.ANSWER_TASKS in powers]
    return User.objects.filter(role__in=roles, is_active=True)


class ManyFiles(forms.FileInput):
    """A control that takes several files."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile]:
        """All of them."""
        return list(files.getlist(name)) if hasattr(files, "getlist") else []


class FilesField(forms.Field):
    """Several files, each judged by its bytes; every one that cannot be taken is named."""

    widget = ManyFiles

    def clean(self, value: Any) -> list[Upload]:
        """The files. Raises ValidationError with a sentence for each that cannot be taken."""
        given: list[UploadedFile] = [file for file in value or [] if file]
        if len(given) > AT_ONCE:
            raise ValidationError(f"Choose at most {AT_ONCE} files at a time, and add the others afterwards")
        problems = [uploads.problem(file, uploads.FOUND, most=task_files.MOST_BYTES) for file in given]
        if any(problems):
            raise ValidationError([each for each in problems if each])
        return [
            Upload(file.name or "file", uploads.kind_of(file, uploads.FOUND) or "", file.file)  # type: ignore[arg-type]
            for file in given
        ]


class AnswerForm(Question):
    """What came of a search."""

    mend_at: ClassVar[str] = "id_outcome_0"
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    outcome = forms.ChoiceField(
        label="What came of your search?",
        choices=[
            (
                Answer.Outcome.FOUND.value,
                Option("I found something", hint="Add the files, or write what it says"),
            ),
            (
                Answer.Outcome.NOTHING.value,
                Option("I searched and found nothing", hint="This is a full answer"),
            ),
            (
                Answer.Outcome.CANNOT.value,
                Option("I cannot search there", hint="Say why; the person reads it"),
            ),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )
    words = LongText(
        label="What did you find, or why can you not search?",
        help_text="The person who asked reads this. Do not name other people.",
        max_length=TEXT_LIMIT,
        required=False,
        rows=5,
        error_messages={"max_length": f"Use {TEXT_LIMIT:,} characters or fewer, or put it into a file"},
    )
    take_out = forms.MultipleChoiceField(
        label="Files given before",
        help_text="Tick those that should be taken out.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "One of the files is not there any more. Look again"},
    )
    files = FilesField(
        label="Files that you found",
        required=False,
        help_text=f"Up to {AT_ONCE} at a time, {MEGABYTES} MB each and together: {uploads.listed(uploads.FOUND)}.",
        widget=ManyFiles(
            {"accept": ",".join(sorted({e for k in uploads.FOUND for e in uploads.TYPES[k].endings}))}
        ),
    )

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        answer = getattr(task, "answer", None)
        initial = {"seen": task.version}
        if answer is not None:
            initial |= {"outcome": answer.outcome, "words": answer.words}
        super().__init__(*args, initial=initial, **kwargs)
        there = [(str(file.pk), file.name) for file in task.files.filter(removed_at=None)]
        self.fields["take_out"].choices = there
        self.fields["take_out"].say_optional = False
        if not there:
            del self.fields["take_out"]

    def clean(self) -> dict[str, Any]:
        """Enough to be an answer; the verb says the same to whoever comes another way."""
        answers = super().clean() or {}
        outcome, words = answers.get("outcome"), (answers.get("words") or "").strip()
        kept = len(getattr(self.fields.get("take_out"), "choices", ())) - len(answers.get("take_out") or [])
        if outcome == Answer.Outcome.CANNOT and not words:
            self.add_error("words", "Say why you cannot search there. The person reads it")
        if (
            outcome == Answer.Outcome.FOUND
            and "files" in answers
            and not (words or answers["files"] or kept > 0)
        ):
            self.add_error("words", "Say what you found, or add the files")
        return answers

    @property
    def answers(self) -> dict[str, Any]:
        """What the verb wants to know."""
        given = self.cleaned_data
        return {
            "outcome": given["outcome"],
            "words": given["words"],
            "uploads": given["files"],
            "take_out": [uuid.UUID(key) for key in given.get("take_out", [])],
            "seen": given["seen"],
        }


class WhomForm(Question):
    """To whom a search goes: somebody with an account, or an address."""

    mend_at: ClassVar[str] = "id_person"
    person = PersonField(
        queryset=User.objects.none(),
        required=False,
        label="A colleague with an account",
        empty_label="Nobody",
    )
    email = forms.EmailField(
        label="Or the e-mail address of somebody without one",
        help_text="They get a link that opens this search and nothing else.",
        max_length=254,
        required=False,
        error_messages={"invalid": "Enter an e-mail address, like name@example.com"},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = searchers()
        for name in ("person", "email"):
            self.fields[name].say_optional = False

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        answers = super().clean() or {}
        if bool(answers.get("person")) == bool(answers.get("email")) and not self.errors:
            raise ValidationError("Choose a colleague or enter an address, one of the two")
        return answers


class BecauseForm(Question):
    """Why places are not searched."""

    because = forms.CharField(
        label="Why is this not searched?",
        help_text="The person reads it in their copy, for example: “The notebooks of 2015 were destroyed in 2022.”",
        max_length=300,
        widget=forms.Textarea({"rows": 3, "maxlength": 300}),
        error_messages={"required": "Say why this is not searched. The person reads it in their copy"},
    )


class AgainForm(Question):
    """What is missing in an answer."""

    why = forms.CharField(
        label="What is missing?",
        help_text="The colleague reads it above what was asked before.",
        max_length=1_000,
        widget=forms.Textarea({"rows": 3, "maxlength": 1_000}),
        error_messages={"required": "Say what is missing"},
    )
    due_on = DayField(
        name="the day it is due",
        label="Until when?",
        help_text="Leave it empty for a week, or less if the answer to the person is due sooner.",
        required=False,
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)


class AskForm(Question):
    """Several searches at once: registered places, one more place, and several people."""

    mend_at: ClassVar[str] = "id_systems_0"
    systems = forms.MultipleChoiceField(
        label="Places from the register",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "One of the places is not in the register any more. Tick again"},
    )
    title = forms.CharField(label="Another place", max_length=120, required=False)
    ask = forms.CharField(
        label="What should they search?",
        help_text="For places from the register, leave it empty to use the words that stand there. It is shown on "
        "the page of the search only, never in an e-mail.",
        max_length=TEXT_LIMIT,
        required=False,
        widget=forms.Textarea({"rows": 4, "maxlength": TEXT_LIMIT}),
    )
    people = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(),
        label="Colleagues with an account",
        help_text="Each of them is asked for each place. Tick nobody to ask those whom the register names.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    emails = forms.CharField(
        label="E-mail addresses of others",
        help_text="One a line. Each gets a link that opens their search and nothing else.",
        max_length=2_000,
        required=False,
        widget=forms.Textarea({"rows": 3, "maxlength": 2_000}),
    )
    due_on = DayField(
        name="the day it is due",
        label="Until when?",
        help_text="Leave it empty for the days that the register gives, or a week.",
        required=False,
    )
    once = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {search.system: search for search in registered(case.right) or registered("access")}
        self.fields["systems"].choices = [
            (key, Option(search.title, hint=search.holds)) for key, search in self.known.items()
        ]
        if not self.known:
            del self.fields["systems"]
        people = self.fields["people"]
        people.queryset = searchers()
        people.label_from_instance = lambda user: user.get_short_name()
        for field in self.fields.values():
            field.say_optional = False

    def clean_emails(self) -> list[str]:
        """The addresses, each looked at."""
        lines = self.cleaned_data["emails"].replace(",", "\n").split()
        for line in lines:
            try:
                validate_email(line)
            except ValidationError:
                raise ValidationError(f"“{line[:80]}” is not an e-mail address. Write one a line") from None
        return list(dict.fromkeys(lines))

    def clean_due_on(self) -> dt.date | None:
        """Not in the past."""
        day = self.cleaned_data["due_on"]
        if day and day < timezone.localdate():
            raise ValidationError("The day it is due must be today or later")
        return day

    def clean(self) -> dict[str, Any]:
        """A place, and words for one that has none."""
        answers = super().clean() or {}
        if self.errors:
            return answers
        if not answers.get("systems") and not answers["title"]:
            raise ValidationError("Tick a place from the register, or name another one")
        if answers["title"] and not answers["ask"]:
            self.add_error("ask", "Say what they should search there")
        if answers["title"] and not (answers["people"] or answers["emails"]):
            self.add_error("emails", "Say who should search there: tick a colleague or enter an address")
        return answers

    @property
    def searches(self) -> list[Search]:
        """One for each place and person."""
        given = self.cleaned_data
        places = [self.known[key] for key in given.get("systems", [])]
        if given["title"]:
            places.append(Search(given["title"], given["ask"]))
        whom = [*given["people"], *given["emails"]]
        return [
            Search(
                place.title,
                given["ask"] or place.ask,
                to,
                place.system,
                place.holds,
                place.days,
                given["due_on"],
            )
            for place in places
            for to in whom or [place.to]
        ]
