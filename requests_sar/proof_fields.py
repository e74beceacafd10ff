"""A box for one document that proves something, on customer and staff forms: checked, and its name is not kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from requests_sar import uploads


def field(label: str, *, empty: str = "", help_text: str = "") -> forms.FileField:
    """The box; `empty` is what to say when no file was chosen, and makes it compulsory."""
    return forms.FileField(
        label=label,
        required=bool(empty),
        help_text=help_text,
        max_length=200,
        widget=forms.FileInput({"accept": ".pdf,.jpg,.jpeg,.png"}),
        error_messages={
            "required": empty,
            "empty": "The file is empty. Choose another one",
            "invalid": "The file did not reach us. Choose it again",
            "max_length": "The file's name is too long. Shorten it to fewer than 200 characters",
        },
    )


def checked(file: Any, *, name: str, otherwise: str = "") -> UploadedFile | None:
    """The upload under a name of ours, or None when there is none. Raises ValidationError that says how to mend it.

    `otherwise` is what else the person can do, like ", or send it later".
    """
    if not isinstance(file, UploadedFile):
        return None
    if (file.size or 0) > uploads.LIMIT:
        raise ValidationError(f"The file must be 5 MB or smaller. Choose a smaller one{otherwise}")
    kind = uploads.kind_of(file)
    if kind is None:
        raise ValidationError(f"The file must be a PDF, JPG or PNG. Choose another one{otherwise}")
    file.name = f"{name}{kind}"
    return file
