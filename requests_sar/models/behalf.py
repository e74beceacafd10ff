"""Who asks for somebody else, by what right, and to whom the answer goes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from requests_sar.models.case import Case


class Representative(models.Model):
    """What the officer recorded about the person who asks for another one. The other one is the data subject."""

    class Kind(models.TextChoices):
        PARENT = "parent", "Parent or guardian"
        ATTORNEY = "attorney", "Attorney or deputy"
        SOLICITOR = "solicitor", "Solicitor"
        EXECUTOR = "executor", "Executor of somebody who has died"
        OTHER = "other", "Friend, relative or somebody else"

    class Nation(models.TextChoices):
        ENGLAND = "england", "England, Wales or Northern Ireland"
        SCOTLAND = "scotland", "Scotland"

    class Authority(models.TextChoices):
        NOT_CHECKED = "not-checked", "Not checked"
        MATCHED = "matched", "Seen: it covers this request"
        NOT_MATCHED = "not-matched", "Seen: it does not cover this request"

    class To(models.TextChoices):
        REPRESENTATIVE = "representative", "The person who asks"
        SUBJECT = "subject", "The person it is about"

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="representative")
    at = models.DateTimeField("recorded", default=timezone.now)
    kind = models.CharField(max_length=12, choices=Kind.choices)

    authority = models.CharField(max_length=12, choices=Authority.choices, default=Authority.NOT_CHECKED)
    authority_at = models.DateTimeField("authority checked", null=True, blank=True)
    authority_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    authority_note = models.CharField("what was seen", max_length=400, blank=True)

    answer_to = models.CharField(max_length=14, choices=To.choices, blank=True)
    answer_why = models.CharField("why to them", max_length=400, blank=True)
    answer_email = models.CharField("their address", max_length=254, blank=True, db_index=True)

    born_on = models.DateField("born on", null=True, blank=True)
    nation = models.CharField(max_length=10, choices=Nation.choices, blank=True)
    understands = models.BooleanField("can decide about this themselves", null=True, blank=True)
    judgement = models.CharField("how that was judged, and what they want", max_length=1_000, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"representative {self.pk}"
