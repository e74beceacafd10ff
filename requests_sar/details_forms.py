"""The forms of a person's own details. Which fields they have is what the data map calls correctable."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.forms import Question
from requests_sar.forms import email_field
from subjects import datamap
from subjects.datamap import Column
from subjects.formats import Shape

HELP = {
    Shape.PHONE: "A UK number with or without spaces, like 0117 496 0123 or +44 117 496 0123.",
    Shape.POSTCODE: "For example, BS1 4DJ.",
    Shape.LINES: "House and street.",
}
ATTRS: dict[Shape, dict[str, Any]] = {
    Shape.PHONE: {"type": "tel", "autocomplete": "tel", "class": "w-20"},
    Shape.POSTCODE: {"autocomplete": "postal-code", "class": "w-10"},
    Shape.COUNTRY: {"autocomplete": "country-name", "class": "w-20"},
}


def field_of(column: Column, stored: Any) -> forms.Field:
    """The form field of a column. Limits of size only; how a value is written is `subjects.formats`' to judge."""
    if column.shape is Shape.EMAIL:
        return email_field(column.label, required=not stored.blank)
    too_long = f"{column.label} must be {stored.max_length} characters or fewer"
    bad = f"{column.label} has a character in it that we cannot read. Type it again"
    lines = column.shape is Shape.LINES
    widget: forms.Widget = (
        forms.Textarea({"rows": 3, "autocomplete": "street-address"})
        if lines
        else forms.TextInput(ATTRS.get(column.shape, {}))
    )
    return forms.CharField(
        label=column.label,
        max_length=stored.max_length,
        required=not stored.blank,
        help_text=HELP.get(column.shape, ""),
        widget=widget,
        error_messages={
            "required": f"Enter {column.label[:1].lower()}{column.label[1:]}",
            "max_length": too_long,
            "null_characters_not_allowed": bad,
        },
    )


class Change(Question):
    """New values of one detail. `also`: other items that hold the same and can be changed with it."""

    everywhere = forms.BooleanField(required=False, initial=True)

    def __init__(
        self,
        *args: Any,
        dataset: datamap.Dataset,
        columns: tuple[Column, ...],
        also: list[str],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        meta = dataset.model_class._meta
        for column in columns:
            field = field_of(column, meta.get_field(column.path))
            field.say_optional = len(columns) > 1  # type: ignore[attr-defined]
            self.fields[column.path] = field
        everywhere = self.fields.pop("everywhere")
        if also:
            everywhere.label = f"Change it there too: {', '.join(also)}"
            self.fields["everywhere"] = everywhere

    def values(self) -> dict[str, str]:
        """Column -> what was typed."""
        return {name: value for name, value in self.cleaned_data.items() if name != "everywhere"}
