"""Rendering and sending. The words are in templates/emails/<app>/<name>.{subject.txt,body.txt,html}."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone

from portal import queue
from portal.mail.models import Message
from portal.register import store

log = logging.getLogger(__name__)
ATTEMPTS = 8
LEASE = dt.timedelta(minutes=2)


Asked = Callable[[Message], bool]
_ASKED: dict[str, Asked] = {}


def ask_before_sending(template: str, wanted: Asked) -> None:
    """Let an upper floor stop messages of one template that are not wanted any more when they would leave."""
    _ASKED[template] = wanted


def compose(
    template: str,
    *,
    to: str,
    context: dict[str, Any],
    about: str = "",
    secret: bool = False,
    headers: dict[str, str] | None = None,
) -> Message:
    """Write one message down and hand it to a worker when the transaction commits.

    `template` is "requests_sar/received" and the like; `about` is a case reference. `secret` marks words that
    must not stay in the database after sending (codes).
    """
    register = store.current()
    context = {
        "organisation": register.controller,
        "register": register,
        "site_url": settings.SITE_URL,
        **context,
    }
    subject = " ".join(render_to_string(f"emails/{template}.subject.txt", context).split())
    message = Message.objects.create(
        about=about,
        template=template,
        to=to,
        subject=subject[:200],
        text=render_to_string(f"emails/{template}.body.txt", context).strip() + "\n",
        html=render_to_string(f"emails/{template}.html", context),
        headers=headers or {},
        secret=secret,
    )
    from portal.mail.tasks import deliver  # the task imports this module

    queue.enqueue(deliver, str(message.pk))
    return message


def claim(message_id: uuid.UUID | str) -> Message | None:
    """Take one waiting message for sending; None when another worker has it or it is done."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    taken = Message.objects.filter(free, pk=message_id, state=Message.State.WAITING).update(
        claimed_until=now + LEASE, attempts=F("attempts") + 1
    )
    return Message.objects.get(pk=message_id) if taken else None


def send(message: Message) -> bool:
    """Send a claimed message; returns whether it went. A failure is kept with its reason and tried again later.

    What nobody wants any more is stopped for good."""
    wanted = _ASKED.get(message.template)
    if wanted and not wanted(message):
        Message.objects.filter(pk=message.pk).update(state=Message.State.STOPPED, text="", html="")
        return False
    mail = EmailMultiAlternatives(
        message.subject, message.text, settings.DEFAULT_FROM_EMAIL, [message.to], headers=message.headers
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    try:
        mail.send()
    except Exception as error:
        # Mail backends raise whatever their transport raises; the class name says enough and names nobody.
        last = message.attempts >= ATTEMPTS
        wait = dt.timedelta(seconds=min(3600, 15 * 2**message.attempts))
        Message.objects.filter(pk=message.pk).update(
            state=Message.State.FAILED if last else Message.State.WAITING,
            error=type(error).__name__,
            claimed_until=timezone.now() + wait,
        )
        log.warning("message %s was not sent (%s)", message.pk, type(error).__name__)
        return False
    changes: dict[str, Any] = {"state": Message.State.SENT, "sent_at": timezone.now(), "error": ""}
    if message.secret and not settings.DEVELOPMENT:
        changes |= {"text": "", "html": ""}
    Message.objects.filter(pk=message.pk).update(**changes)
    return True


def waiting(limit: int = 200) -> list[uuid.UUID]:
    """Messages that nobody is sending now, oldest first: what a lost broker message leaves behind."""
    now = timezone.now()
    free = Q(claimed_until=None, created_at__lt=now - dt.timedelta(seconds=20)) | Q(claimed_until__lt=now)
    rows = Message.objects.filter(free, state=Message.State.WAITING).order_by("created_at")
    return list(rows.values_list("pk", flat=True)[:limit])
