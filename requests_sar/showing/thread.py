"""The thread of a case: messages and letters of both sides, the files with them, and the e-mails we sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from portal.mail.models import Message
from requests_sar import uploads
from requests_sar.models import Attachment, Case, Letter
from requests_sar.showing.work import size
from requests_sar.workflow import State

NO = ("refused", "unproved")  # the kinds of letter that say no
Address = Callable[[Attachment], str]


def _none(attachment: Attachment) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Filed:
    """A file with a message. Without `href` it has been removed."""

    label: str
    facts: str  # "PDF, 248 KB"
    href: str
    remove: str = ""  # where staff can remove it


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the thread."""

    yours: bool
    author: str
    at: dt.datetime
    text: str
    title: str = ""  # of a letter
    files: tuple[Filed, ...] = ()
    paper: str = ""  # the address of the page to print
    posted_on: dt.date | None = None


def said(
    letter: Letter, *, yours: bool, author: str, paper: str, file: Address, remove: Address = _none
) -> Said:
    """A message as one side sees it; `file` and `remove` give the addresses of a file for that side."""
    files = tuple(_filed(attachment, file, remove) for attachment in letter.attachments.all())
    return Said(yours, author, letter.at, letter.text, letter.title, files, paper, letter.posted_on)


def _filed(attachment: Attachment, file: Address, remove: Address) -> Filed:
    kind = uploads.TYPES[attachment.ending].words
    if attachment.removed_at is not None:
        return Filed(attachment.label, "removed, we do not keep it", "")
    return Filed(attachment.label, f"{kind}, {size(attachment.size)}", file(attachment), remove(attachment))


def thread(case: Case, organisation: str) -> tuple[list[Said], Said | None]:
    """The messages as the requester sees them, oldest first; and apart from them the letter that says no, if a no is
    where the case stands: the page begins with it, and says nothing twice.
    """
    letters = list(case.letters.prefetch_related("attachments"))
    no = [each for each in letters if each.kind in NO][-1:] if case.state == State.REFUSED else []
    messages = [_theirs(each, case, organisation) for each in letters if each not in no]
    return messages, _theirs(no[0], case, organisation) if no else None


def _theirs(letter: Letter, case: Case, organisation: str) -> Said:
    yours = letter.side == Letter.Side.REQUESTER
    return said(
        letter,
        yours=yours,
        author="You" if yours else organisation,
        paper=reverse("request_letter", args=[case.reference, letter.pk]) if letter.kind else "",
        file=lambda attachment: reverse("request_attachment", args=[case.reference, attachment.pk]),
    )


def mails(case: Case) -> list[Message]:
    """The e-mails that went to the requester about this case, newest first. Their words are not shown here."""
    if not case.requester_email:
        return []
    about = Message.objects.filter(about=case.reference, to=case.requester_email)
    return list(about.only("subject", "state", "created_at", "sent_at"))
