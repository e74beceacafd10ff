"""Who decides about data that we hold: ourselves, or a client whose processor we are (Article 28)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Controller(models.Model):
    """A company that decides about data in our systems. Requests about a client's data go to the client."""

    name = models.CharField("company", max_length=200, unique=True)
    reference = models.CharField("our reference for them", max_length=40, blank=True)
    ours = models.BooleanField("this is our own company", default=False)
    email = models.EmailField("e-mail address for requests", max_length=254, blank=True)
    phone = models.CharField("telephone", max_length=40, blank=True)
    tell_people = models.CharField(
        "how people reach them",
        max_length=300,
        blank=True,
        help_text="The requester reads it: an address, a web page or a number that is public.",
    )
    active = models.BooleanField("we still hold data for them", default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "client"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["ours"], condition=models.Q(ours=True), name="one_own_controller")
        ]

    def __str__(self) -> str:
        return f"controller {self.pk}"
