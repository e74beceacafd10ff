"""Whom we tell that data were corrected, erased or restricted (Article 19)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from portal.mail.models import Message
from requests_sar.models.case import Case
from requests_sar.rights import WORDS, Right
from subjects.models import Subject


class RecipientNotice(models.Model):
    """One recipient of a person's data that has to hear of a change, and what came of it.

    `who` names the person for the words of the notice; it is emptied when the notice is settled, since by then the
    person may have been erased here.
    """

    class Outcome(models.TextChoices):
        DONE = "done", "Told"
        NOT_GIVEN = "not-given", "They never had it"
        IMPOSSIBLE = "impossible", "Impossible"
        DISPROPORTIONATE = "disproportionate", "Disproportionate effort"

    class Way(models.TextChoices):
        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Signed message"

    class Sending(models.TextChoices):
        WAITING = "waiting", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Could not be sent"

    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, null=True, blank=True, related_name="recipient_notices"
    )
    subject = models.ForeignKey(
        Subject, on_delete=models.SET_NULL, null=True, blank=True, related_name="recipient_notices"
    )
    right = models.CharField(max_length=20, choices=[(r.value, WORDS[r].name) for r in Right])
    recipient = models.CharField("recipient", max_length=200)
    what = models.CharField("which data", max_length=400, blank=True)
    given_on = models.DateField("last given on", null=True, blank=True)  # none: only the register names them
    who = models.CharField("about whom", max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # How the portal tells them by itself, as the register said when this was written down; empty: a person does.
    way = models.CharField("how", max_length=10, choices=Way.choices, blank=True)
    sending = models.CharField(max_length=10, choices=Sending.choices, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, blank=True)  # nobody else sends it before
    error = models.CharField(max_length=40, blank=True)  # a code: "timeout", "answer-503"
    mail = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    reason = models.CharField("why", max_length=400, blank=True)
    settled_at = models.DateTimeField("settled", null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [
            models.Index(fields=["outcome", "created_at"]),
            models.Index(
                fields=["created_at"], condition=Q(sending="waiting", outcome=""), name="notice_to_send"
            ),
            models.Index(fields=["settled_at"], condition=Q(settled_at__isnull=False), name="notice_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "recipient"], condition=Q(case__isnull=False), name="recipient_once_a_case"
            ),
            models.UniqueConstraint(
                fields=["subject", "right", "recipient"],
                condition=Q(case=None, outcome=""),
                name="recipient_once_open",
            ),
        ]

    def __str__(self) -> str:
        return f"recipient notice {self.pk}"
