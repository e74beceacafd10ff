"""What both can do: write to each other on the request's page."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.models import Visit
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import casework, clockwork, emails
from requests_sar.models import Case, Letter


def write(*, case: Case, by: Any, text: str, once: uuid.UUID) -> Letter:
    """Post a message on a case. The same `once` twice is one message. Staff messages are announced by e-mail."""
    from_requester = isinstance(by, Visit)
    try:
        with transaction.atomic():
            letter = Letter.objects.create(
                case=case,
                at=timezone.now(),
                side=Letter.Side.REQUESTER if from_requester else Letter.Side.COMPANY,
                by=None if from_requester else by,
                text=text.strip(),
                once=once,
            )
            Case.objects.filter(pk=case.pk).update(
                customer_wrote_at=timezone.now() if from_requester else None
            )
            casework.note(case, "message", by=by)
            if not from_requester:
                emails.about(case, "message")
            trail.record(Verb.CASE_MESSAGE, by=by, target=f"case:{case.reference}")
            if from_requester:
                clockwork.customer_wrote(case=case, by=by)
    except IntegrityError:
        return Letter.objects.get(once=once)
    return letter
