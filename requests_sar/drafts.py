"""Requests that are not sent yet: answers kept between the questions, one draft a browser tab."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from requests_sar.models import Draft
from requests_sar.rights import Right

SESSION_KEY = "drafts"
KEPT = dt.timedelta(days=1)
PER_BROWSER = 10


def begin(request: HttpRequest, right: Right) -> Draft:
    """A new draft that belongs to this browser."""
    draft = Draft.objects.create(right=right)
    mine = [*request.session.get(SESSION_KEY, []), str(draft.pk)]
    request.session[SESSION_KEY] = mine[-PER_BROWSER:]
    return draft


def find(request: HttpRequest, draft_id: uuid.UUID) -> Draft | None:
    """The draft, if it belongs to this browser and still exists (sent ones too, so that a refresh finds its case)."""
    if str(draft_id) not in request.session.get(SESSION_KEY, []):
        return None
    return Draft.objects.filter(pk=draft_id).first()


def answer(draft: Draft, **answers: Any) -> None:
    """Keep answers (JSON values only)."""
    draft.answers = {**draft.answers, **answers}
    draft.touched_at = timezone.now()
    draft.save(update_fields=["answers", "touched_at"])


def remove_forgotten() -> int:
    """Delete drafts that nobody has touched for a day, and sent ones, with their uploads; returns how many."""
    old = Draft.objects.filter(touched_at__lt=timezone.now() - KEPT)
    for draft in old:
        for upload in (draft.authority, draft.evidence):
            if upload and draft.sent_at is None:
                upload.delete(save=False)
        draft.delete()
    return len(old)
