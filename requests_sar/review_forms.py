"""What staff type when they look a copy through. Limits and words only; nothing is decided here."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.accounts.models import User
from requests_sar import services
from requests_sar.models import Case
from requests_sar.staff_forms import ActForm, area


class ReviewForm(ActForm):
    """That a copy is right; whoever prepared it says why nobody else reviews it."""

    alone = forms.CharField(
        label="You prepared this copy yourself. Why does nobody else review it?",
        help_text="For example: “I am the only one who may see these data.” It stands on the record for the regulator.",
        max_length=400,
        widget=area(3, 400),
        error_messages={"required": "Say why nobody else reviews it. It stands on the record"},
    )

    def __init__(self, *args: Any, case: Case, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not services.reviews_alone(case, by) or services.why_not_reviewed_by(case, by):
            del self.fields["alone"]  # somebody else does it, or somebody else has to
