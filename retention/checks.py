"""System checks of how records end: what the register and the data map say has to be possible."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import FieldDoesNotExist

from retention import ending
from retention.models import Action
from subjects import datamap


@register()
def check_endings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every field that an ending empties can be emptied, and every field that it names exists."""
    return [error for dataset in datamap.datasets() for error in _errors(dataset)]


def _errors(dataset: datamap.Dataset) -> list[CheckMessage]:
    wanted = []
    if dataset.ending.figures or dataset.subject_path == "pk":
        wanted.append(Action.ANONYMISE)
    if dataset.ending.kept is not None:
        wanted.append(Action.REDUCE)
    errors: list[CheckMessage] = []
    names = {field.name for field in dataset.model_class._meta.concrete_fields}
    for name in (*dataset.ending.figures, *(dataset.ending.kept or ()), *dataset.ending.more):
        if name not in names:
            errors.append(
                Error(f"{dataset.key}: its ending names {name!r}, which it lacks.", id="retention.E001")
            )
    for action in wanted if not errors else ():
        try:
            ending.emptied(dataset, action)
        except (ending.CannotEmpty, FieldDoesNotExist) as fault:
            hint = "Name the field in `figures` or `kept` of the Ending, or let it be null."
            errors.append(Error(str(fault), hint=hint, id="retention.E002"))
    return errors
