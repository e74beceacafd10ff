"""Who a link in a marketing message is for, and which mailing it belongs to: numbers, so that a link stays short."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from subjects.models import Subject


class Campaign(models.Model):
    """One mailing for a purpose by a channel; what its messages are about, so that a "no" to one is a no to it."""

    id = models.AutoField(primary_key=True)  # four bytes of a link
    key = models.SlugField("short name", max_length=60, unique=True)
    purpose = models.CharField(max_length=60)  # key of a business function in the register
    channel = models.CharField(max_length=10)
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"campaign {self.key}"


class Addressee(models.Model):
    """The number that links name somebody by: a data subject whatever their address is now, or an address alone."""

    subject = models.OneToOneField(
        Subject, on_delete=models.CASCADE, null=True, blank=True, related_name="addressee"
    )
    address = models.CharField(max_length=254, blank=True)  # normalised; without a subject

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(subject__isnull=False, address="") | Q(subject__isnull=True) & ~Q(address=""),
                name="addressee_is_somebody",
            ),
            models.UniqueConstraint(
                fields=["address"], condition=Q(subject__isnull=True), name="one_addressee_alone"
            ),
        ]

    def __str__(self) -> str:
        return f"addressee {self.pk}"
