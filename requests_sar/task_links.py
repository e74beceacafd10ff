"""The link by which somebody without an account answers one task: made, read, judged.

The token is a random number with our signature and its time; the database holds a digest of it. So neither a reader of
the database nor somebody who guesses can make a link, and a made-up one is refused without asking the database.
Reading a link changes nothing: mail scanners open links.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets

from django.conf import settings
from django.core import signing
from django.utils import timezone

from requests_sar.models import Task, TaskLink
from requests_sar.workflow import State

LASTS = dt.timedelta(days=30)  # at most: it ends with the answer, and with the case
FRESH_AN_HOUR = 5  # links for one task that may be sent on request
LONGEST = 200  # characters of a token
SEARCHED_IN = frozenset({State.COLLECTING, State.REVIEW})  # states of a case in which its copy still grows
_SIGNER = signing.TimestampSigner(sep=".", salt="requests_sar.task_links")


def make(task: Task) -> str:
    """A fresh link for the address of a task; returns the token, which goes into the e-mail and nowhere else."""
    token = _SIGNER.sign(secrets.token_urlsafe(24))
    now = timezone.now()
    TaskLink.objects.create(
        task=task, digest=_digest(token), to=task.email, made_at=now, expires_at=now + LASTS
    )
    return token


def is_ours(token: str) -> bool:
    """Whether we signed it within the days that a link lasts. Asks no database."""
    if len(token) > LONGEST:
        return False
    try:
        _SIGNER.unsign(token, max_age=LASTS)
    except signing.BadSignature:
        return False
    return True


def find(token: str) -> TaskLink | None:
    """The link, live or not; None for a token that we did not make."""
    if len(token) > LONGEST:
        return None
    try:
        _SIGNER.unsign(token)
    except signing.BadSignature:
        return None
    links = TaskLink.objects.select_related("task__case", "task__subject__account")
    return links.filter(digest=_digest(token)).first()


def is_live(link: TaskLink | None) -> bool:
    """Whether the link opens its task now."""
    if link is None or link.ended_at is not None or link.expires_at <= timezone.now():
        return False
    return link.to == link.task.email and may_answer(link.task)


def may_answer(task: Task) -> bool:
    """Whether the task takes an answer: an open one while its copy is made, a given one until the review."""
    if task.case.state not in SEARCHED_IN:
        return False
    if task.state == Task.State.WAITING:
        return True
    return task.state == Task.State.ANSWERED and task.case.reviewed_at is None


def may_send_fresh(link: TaskLink) -> bool:
    """Whether its address may have another: the task still takes an answer, is still theirs, and not too many went."""
    if link.to != link.task.email or not may_answer(link.task):
        return False
    hour = timezone.now() - dt.timedelta(hours=1)
    return link.task.links.filter(made_at__gt=hour).count() < FRESH_AN_HOUR


def end(task: Task) -> None:
    """No link to the task works any more."""
    task.links.filter(ended_at=None).update(ended_at=timezone.now())


def _digest(token: str) -> str:
    return hmac.new(settings.DIGEST_KEY, f"task:{token}".encode(), hashlib.sha256).hexdigest()
