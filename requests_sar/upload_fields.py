"""The form field for several small files: every fault is a sentence that names the file and says what to do."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from requests_sar import uploads

HELP = (
    f"Up to {uploads.COUNT} files of {uploads.LIMIT // 1024**2} MB each: {uploads.listed(uploads.ANY)}. "
    "Leave it empty if you have none."
)


class ManyFiles(forms.FileInput):
    """A file control that takes several."""

    allow_multiple_selected: ClassVar[bool] = True  # type: ignore[misc]


class FilesField(forms.FileField):
    """Files that may come with a message; cleaned to a list, empty when none came."""

    def __init__(self, **options: Any) -> None:
        accept = ",".join(sorted({ending for kind in uploads.TYPES.values() for ending in kind.endings}))
        options = {
            "label": "Files",
            "help_text": HELP,
            "required": False,
            "widget": ManyFiles({"accept": accept}),
            **options,
        }
        super().__init__(**options)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """The files. Raises ValidationError with one sentence for each that cannot be taken."""
        files = [file for file in data or [] if isinstance(file, UploadedFile)]
        if len(files) > uploads.COUNT:
            raise ValidationError(
                f"Choose at most {uploads.COUNT} files; you chose {len(files)}. Send the others after it"
            )
        problems = [problem for file in files if (problem := uploads.problem(file, uploads.ANY))]
        if problems:
            raise ValidationError(problems)
        return files


def words_or_files(form: forms.Form, sentence: str) -> None:
    """A message has words or a file; `sentence` says so when it has neither. For a form's `clean`."""
    cleaned = form.cleaned_data
    empty = "text" in cleaned and not cleaned["text"].strip()
    if empty and "files" in cleaned and not cleaned["files"]:
        form.add_error("text", sentence)
