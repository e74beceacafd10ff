"""A complaint to us about how we use somebody's data (DPA 2018 s 164A): what its case does not say."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from requests_sar.models.case import TEXT_LIMIT, Case


class Complaint(models.Model):
    """Beside a case whose right is `complaint`."""

    class ReplyHow(models.TextChoices):
        EMAIL = "email", "By email"
        PHONE = "phone", "By phone"
        POST = "post", "By post"
        NONE = "none", "No reply wanted"

    class Finding(models.TextChoices):
        UPHELD = "upheld", "They are right"
        PARTLY = "partly", "They are right in part"
        NOT_UPHELD = "not-upheld", "We did nothing wrong"

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="complaint")
    about_given = models.CharField("request they named", max_length=20, blank=True)
    wants = models.TextField("what would put it right", max_length=TEXT_LIMIT, blank=True)
    reply_how = models.CharField("how they want our reply", max_length=10, choices=ReplyHow.choices)

    acknowledge_by = models.DateField("confirm by")
    acknowledged_at = models.DateTimeField("confirmed", null=True, blank=True)

    complained_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    finding = models.CharField("what we found", max_length=12, choices=Finding.choices, blank=True)
    outcome = models.TextField("what we found and do, in words", max_length=TEXT_LIMIT, blank=True)
    found_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    alone_because = models.CharField("why nobody else looked", max_length=400, blank=True)
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(
                fields=["acknowledge_by"], condition=models.Q(acknowledged_at=None), name="unacknowledged"
            )
        ]

    def __str__(self) -> str:
        return f"complaint {self.pk}"
