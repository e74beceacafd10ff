"""The thread, the e-mails and the paper of a case, as staff see them. Reads only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from portal.mail.models import Message
from requests_sar import showing
from requests_sar.models import Attachment, Case, Letter

Name = Callable[[int | None], str]


def said(case: Case, name: Name, *, works: bool) -> list[showing.Said]:
    """The messages, oldest first; ours are "yours" here. Each letter and message of ours can be printed.

    `works`: whether this person may remove files.
    """
    return [_said(letter, case, name, works) for letter in case.letters.prefetch_related("attachments")]


def _said(letter: Letter, case: Case, name: Name, works: bool) -> showing.Said:
    def at(view: str, attachment: Attachment) -> str:
        return reverse(f"admin:{view}", args=[case.reference, attachment.pk])

    theirs = letter.side == Letter.Side.REQUESTER
    return showing.said(
        letter,
        yours=not theirs,
        author="Customer" if theirs else name(letter.by_id) if letter.by_id else "The portal",
        paper="" if theirs else reverse("admin:case_letter", args=[case.reference, letter.pk]),
        file=partial(at, "case_attachment"),
        remove=partial(at, "case_attachment_remove") if works else lambda attachment: "",
    )


def to_post(case: Case) -> QuerySet[Letter]:
    """What has to go on paper and nobody has posted yet."""
    return case.letters.filter(on_paper=True, posted_on=None)


def all_to_post() -> QuerySet[Letter]:
    """The same of all cases, the oldest first."""
    return Letter.objects.filter(on_paper=True, posted_on=None).select_related("case").order_by("at", "pk")


def mails(case: Case) -> QuerySet[Message]:
    """The e-mails about a case, newest first, without their words."""
    return Message.objects.filter(about=case.reference).defer("text", "html", "headers")


def mail_rows(message: Message) -> list[tuple[str, Any]]:
    """The facts of one e-mail, in rows."""
    rows: list[tuple[str, Any]] = [
        ("To", message.to),
        ("Subject", message.subject),
        ("State", message.get_state_display()),
        ("Tries", message.attempts),
        ("What went wrong", message.error),
    ]
    return [(label, value) for label, value in rows if value != ""]
