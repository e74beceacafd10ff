"""What both can do: write to each other on the request's page; and what staff do with letters on paper."""

from __future__ import annotations

import copy
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.models import Visit
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import attachments, casework, clockwork, emails, letters
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Letter
from requests_sar.services import reopening
from requests_sar.services.copies import current_package, withheld


def write(*, case: Case, by: Any, text: str, once: uuid.UUID, files: Sequence[UploadedFile] = ()) -> Letter:
    """Post a message on a case. The same `once` twice is one message. Staff messages are announced by e-mail.

    Raises NotPossible when there is nothing in it, and for files that we do not take (see `attachments.keep`).
    """
    if not text.strip() and not files:
        raise NotPossible("Write a message, or choose a file to send.")
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
                on_paper=not from_requester and letters.by_post(case),
            )
            attachments.keep(letter, files)
            Case.objects.filter(pk=case.pk).update(
                customer_wrote_at=timezone.now() if from_requester else None
            )
            casework.note(case, "message", by=by)
            if not from_requester:
                emails.about(case, "message")
            trail.record(Verb.CASE_MESSAGE, by=by, target=f"case:{case.reference}")
            if from_requester and reopening.by_answer(case):
                reopening.reopen(case=case, by=by, reason="")
            if from_requester:
                clockwork.customer_wrote(case=case, by=by)
    except IntegrityError:
        return Letter.objects.get(once=once)
    return letter


def posted(*, letter: Letter, by: Any, on: dt.date) -> Letter:
    """Write down on which day a letter of ours was put in the post; a reply by post is given on that day.

    Raises NotPossible for a day before the letter or in the future, and twice.
    """
    if letter.side != Letter.Side.COMPANY:
        raise NotPossible("This message came from the customer, so we did not post it.")
    if on > timezone.localdate():
        raise NotPossible("The day it was posted cannot be in the future.")
    if on < timezone.localdate(letter.at):
        raise NotPossible("It cannot have been posted before it was written.")
    with transaction.atomic():
        done = Letter.objects.filter(pk=letter.pk, posted_on=None).update(posted_on=on, posted_by=by)
        if not done:
            raise NotPossible("This letter is written down as posted already.")
        casework.note(letter.case, "posted", by=by, reason=letter.title or "Message")
        target = f"case:{letter.case.reference}"
        trail.record(Verb.LETTER_POSTED, by=by, target=target, reason=f"{letter.kind} {on}")
    letter.refresh_from_db()
    return letter


def release_letter(case: Case) -> letters.Composed | None:
    """The letter that a release would send, to be read first; None while there are no files."""
    package = current_package(case)
    if package is None:
        return None
    given = copy.copy(package)
    given.expires_at = timezone.now() + dt.timedelta(days=settings.PACKAGE_DAYS)
    return letters.compose(case, "released", package=given, withheld=withheld(package))
