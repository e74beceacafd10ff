"""Records that hang on others: a file on its message. They cannot stay when what they hang on goes."""

from __future__ import annotations

from typing import Any

from django.db.models import CASCADE, PROTECT, ForeignKey

from retention import listing
from retention.models import Action, Disposal, Fate, Line
from subjects import datamap
from subjects.models import Subject


def stranded(disposal: Disposal) -> str:
    """Which kind was decided to stay though records that it hangs on are on the frozen list, as a sentence; "" if none.

    Only an officer's decision otherwise than suggested can do that: the rules keep both or end both.
    """
    lines = list(disposal.lines.all())
    going = [line for line in lines if line.action == Action.DELETE]
    for line in lines:
        if line.fate == Fate.GOES and line.action == Action.KEEP:
            for other in going:
                if _hangs(disposal, line, other):
                    own, theirs = (datamap.get(each.dataset).title for each in (line, other))
                    return (
                        f"“{own}” cannot stay when “{theirs}” is deleted, because each belongs to one of these. "
                        "Decide the same for both."
                    )
    return ""


def _hangs(disposal: Disposal, line: Line, other: Line) -> bool:
    """Whether a record of `line` belongs to one that is on the list of `other`. The person is another matter."""
    kept, model = datamap.get(line.dataset), datamap.get(other.dataset).model_class
    if model is Subject or model is kept.model_class:
        return False
    for name in _keys_to(kept.model_class, model):
        keys = [key for _, key in listing.every([other.pk])]
        if kept.of(disposal.subject_id).filter(**{f"{name}__in": keys}).exists():
            return True
    return False


def _keys_to(model: Any, other: Any) -> list[str]:
    """The fields of `model` without whose row of `other` a row cannot be."""
    keys = [field for field in model._meta.get_fields() if isinstance(field, ForeignKey)]
    fast = [key for key in keys if key.remote_field.on_delete in (CASCADE, PROTECT)]
    return [key.name for key in fast if key.related_model is other]
