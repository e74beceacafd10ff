"""What is written between the requester and us: messages, letters, the files that come with them, and our wordings."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from portal.mail.models import Message
from requests_sar import sealed
from requests_sar.models.case import Case

WORDS = 20_000  # what somebody typed, our own sentences around it, and room
LABEL = 100


class Letter(models.Model):
    """One message between the requester and us, shown on the request's page to both. What it says never changes.

    A message that somebody typed has no `kind`; a letter has one, with the version of the wording that it used.
    """

    class Side(models.TextChoices):
        REQUESTER = "requester", "From you"
        COMPANY = "company", "From us"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="letters")
    at = models.DateTimeField(default=timezone.now)
    side = models.CharField(max_length=10, choices=Side.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=30, blank=True)
    title = models.CharField(max_length=120, blank=True)
    wording = models.PositiveIntegerField(null=True, blank=True)  # 0: as shipped
    text = models.TextField(max_length=WORDS, blank=True)
    once = models.UUIDField(
        unique=True, default=uuid.uuid4
    )  # a message sent twice by the browser is one message
    on_paper = models.BooleanField("has to be posted", default=False)
    posted_on = models.DateField("posted on", null=True, blank=True)
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    mail: Message | None = None  # the e-mail that leads to it, on the letter just told; not kept

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            models.Index(
                fields=["at"], condition=models.Q(on_paper=True, posted_on=None), name="letter_to_post"
            )
        ]
        triggers = [
            pgtrigger.Protect(
                name="words_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("case", "at", "side", "kind", "title", "wording", "text"),
            )
        ]

    def __str__(self) -> str:
        return f"letter {self.pk}"


class Attachment(models.Model):
    """A file that came with a message. It lies sealed under a random name; the name it had is only a label."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="attachments")
    file = models.FileField(storage=sealed.storage, upload_to="attachments/", max_length=200, blank=True)
    label = models.CharField(max_length=LABEL)
    ending = models.CharField(max_length=5)  # as its bytes say: ".pdf"
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    removed_at = models.DateTimeField(null=True, blank=True)  # then `file` is empty and the bytes are gone

    class Meta:
        ordering = ["letter", "label", "pk"]

    def __str__(self) -> str:
        return f"attachment {self.pk}"


@receiver(post_delete, sender=Attachment)
def _bytes_go_too(instance: Attachment, **kwargs: Any) -> None:
    """Whatever deletes the row (the case, the message, a disposal), the key and the bytes go when that is certain."""
    if instance.file:
        transaction.on_commit(partial(sealed.storage().delete, instance.file.name))


class LetterWording(models.Model):
    """One edited wording of a letter. The newest of its kind counts; an empty one means: the shipped words again."""

    kind = models.CharField(max_length=30)
    number = models.PositiveIntegerField()
    text = models.TextField(max_length=5_000, blank=True)
    reason = models.CharField(max_length=400)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["kind", "-number"]
        constraints = [models.UniqueConstraint(fields=["kind", "number"], name="wording_once")]
        triggers = [pgtrigger.Protect(name="wording_stays", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"wording {self.pk}"
