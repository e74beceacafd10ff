"""Files with messages: kept sealed, handed out one by one, removed with their bytes, and swept when orphaned."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from portal.accounts.models import User
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import casework, sealed, uploads
from requests_sar.casework import NotPossible
from requests_sar.models import Attachment, Case, Letter

FOLDER = "attachments"
ORPHANED = dt.timedelta(days=1)  # a file without a row is no message under way any more


class Gone(Exception):
    """The file is not kept any more; the text is a sentence for the person."""


def keep(letter: Letter, files: Sequence[UploadedFile]) -> list[Attachment]:
    """Seal the files of a message that has just been written, inside its transaction.

    Raises NotPossible for a file we do not take, too many, or more than one case may hold. If the transaction is
    rolled back, bytes that were written already are found by `sweep`.
    """
    if not files:
        return []
    if len(files) > uploads.COUNT:
        raise NotPossible(f"Send at most {uploads.COUNT} files with one message. Send the others after it.")
    for file in files:
        problem = uploads.problem(file, uploads.ANY)
        if problem:
            raise NotPossible(f"{problem}.")
    Case.objects.select_for_update(no_key=True).get(pk=letter.case_id)  # two messages at once count together
    held = Attachment.objects.filter(letter__case=letter.case_id, removed_at=None).aggregate(all=Sum("size"))
    if (held["all"] or 0) + sum(file.size or 0 for file in files) > uploads.CASE_LIMIT:
        raise NotPossible(
            f"All files of one request together may be {uploads.CASE_LIMIT // 1024**2} MB. Send smaller files, or the "
            "rest by post."
        )
    return [_keep(letter, file) for file in files]


def _keep(letter: Letter, file: UploadedFile) -> Attachment:
    ending = uploads.kind_of(file, uploads.ANY) or ""
    attachment = Attachment(
        letter=letter,
        label=uploads.label_of(file.name or ""),
        ending=ending,
        size=file.size or 0,
        sha256=hashlib.file_digest(file.file, "sha256").hexdigest(),  # type: ignore[arg-type]
    )
    attachment.file.save(f"file{ending}", file, save=False)
    attachment.save(force_insert=True)
    return attachment


def find(case: Case, key: Any) -> Attachment | None:
    """A file with a message of this case; None for one of another case."""
    return Attachment.objects.select_related("letter__case").filter(letter__case=case, pk=key).first()


def check_kept(attachment: Attachment) -> None:
    """Raises Gone for a file that was removed."""
    if attachment.removed_at is not None or not attachment.file:
        raise Gone("This file has been removed.")


def hand_out(attachment: Attachment, *, by: Any) -> Iterator[bytes]:
    """The bytes, in chunks. What staff take is noted in the trail. Raises Gone, vault.Unreadable."""
    check_kept(attachment)
    chunks = sealed.storage().stream(attachment.file.name)
    if isinstance(by, User):
        target = f"case:{attachment.letter.case.reference}"
        trail.record(Verb.ATTACHMENT_DOWNLOADED, by=by, target=target, reason=str(attachment.pk))
    return chunks


def remove(*, attachment: Attachment, by: Any, why: str) -> None:
    """Destroy the bytes of a file and leave its line, for instance proof that was checked and is not kept.

    `why` is a short word of ours for the history. Raises NotPossible twice.
    """
    with transaction.atomic():
        name = attachment.file.name
        done = Attachment.objects.filter(pk=attachment.pk, removed_at=None).update(
            removed_at=timezone.now(), file=""
        )
        if not done:
            raise NotPossible("This file has been removed already.")
        casework.note(attachment.letter.case, "file-removed", by=by, reason=why)
        target = f"case:{attachment.letter.case.reference}"
        trail.record(Verb.ATTACHMENT_REMOVED, by=by, target=target, reason=str(attachment.pk))
        transaction.on_commit(lambda: sealed.storage().delete(name))


def sweep() -> int:
    """Delete files that no row names: what a rolled-back or killed request left. Returns how many."""
    store = sealed.storage()
    before = (timezone.now() - ORPHANED).timestamp()
    old = set(store.names(FOLDER, before=before))
    if old:
        old -= set(Attachment.objects.exclude(file="").values_list("file", flat=True))
    for name in old:
        store.delete(name)
    return len(old)
