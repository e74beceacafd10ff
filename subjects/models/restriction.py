"""Restriction of processing (Article 18): which data of a person we only store, since when, and until they were told.

Written only by `subjects.restriction`.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from portal.mail.models import Message
from portal.register import store
from portal.register.model import listed
from subjects import datamap
from subjects.models.subject import Subject


class Restriction(models.Model):
    """One restriction. It stands until it is lifted, and is lifted only after the person was told (Article 18(3))."""

    class Ground(models.TextChoices):
        ACCURACY = "accuracy", "They say that the data are not accurate (Article 18(1)(a))"
        UNLAWFUL = "unlawful", "Our use is unlawful, but they want the data kept (Article 18(1)(b))"
        CLAIMS = "claims", "We do not need the data, but they do for a legal claim (Article 18(1)(c))"
        OBJECTION = "objection", "They objected, and it is being weighed (Article 18(1)(d))"

    class Scope(models.TextChoices):
        EVERYTHING = "everything", "Everything about the person"
        KINDS = "kinds", "Some kinds of data"
        RECORD = "record", "One record"
        PURPOSE = "purpose", "One use"

    class Why(models.TextChoices):
        CHECKED = "checked", "We have checked that the data are accurate"
        SETTLED = "settled", "The claim is settled"
        WEIGHED = "weighed", "We have weighed the objection"
        ASKED = "asked", "They asked us to"
        ENDED = "ended", "Their request ended"

    class How(models.TextChoices):
        EMAIL = "email", "By e-mail"
        POST = "post", "By post"
        PHONE = "phone", "By phone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="restrictions")
    ground = models.CharField(max_length=10, choices=Ground.choices)
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.EVERYTHING)
    kinds = models.JSONField("kinds of data", default=list, blank=True)  # dataset keys, sorted
    record = models.CharField(max_length=40, blank=True)  # the row of the one kind in `kinds`
    purpose = models.CharField("use", max_length=60, blank=True)  # key of a business function in the register
    reference = models.CharField(max_length=40)  # the request it was asked for with
    placed_at = models.DateTimeField("paused since")
    placed_by = models.CharField(max_length=60)  # as in the trail: "staff:3", "customer", "system"
    why_lifted = models.CharField("why it ends", max_length=10, choices=Why.choices, blank=True)
    announced_at = models.DateTimeField(null=True, blank=True)
    announced_how = models.CharField(max_length=10, choices=How.choices, blank=True)
    notice = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    told_lifting_at = models.DateTimeField("told that it ends", null=True, blank=True)
    lifted_at = models.DateTimeField("ended", null=True, blank=True)
    lifted_by = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["placed_at"]
        indexes = [
            models.Index(fields=["subject"], condition=Q(lifted_at=None), name="restriction_standing"),
            models.Index(fields=["lifted_at"], condition=Q(lifted_at__isnull=False), name="restriction_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "reference", "scope", "purpose", "record", "kinds"],
                condition=Q(lifted_at=None),
                name="restriction_once",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None)
                | Q(told_lifting_at__isnull=False, told_lifting_at__lte=F("lifted_at")),
                name="restriction_told_before_lifted",
            ),
            models.CheckConstraint(
                condition=Q(told_lifting_at=None) | Q(announced_at__isnull=False),
                name="restriction_told_when_announced",
            ),
        ]

    def __str__(self) -> str:
        return f"restriction {self.pk}"

    @property
    def words(self) -> str:
        """What is paused, as inside a sentence: "everything", "the emails and orders", "the use “Marketing”"."""
        if self.scope == self.Scope.EVERYTHING:
            return "everything"
        if self.scope == self.Scope.PURPOSE:
            named = {each.key: each.name for each in store.current().functions}
            return f"the use “{named.get(self.purpose, self.purpose)}”"
        titles = {each.key: each.title for each in datamap.datasets()}
        kinds = listed(f"“{titles.get(key, key)}”" for key in self.kinds)
        return f"one record of {kinds}" if self.scope == self.Scope.RECORD else kinds


class RestrictedUse(models.Model):
    """A use of restricted data that the law allows (Article 18(2)), with its reason in words. Never changed."""

    class For(models.TextChoices):
        CLAIMS = "claims", "For a legal claim"
        CONSENT = "consent", "With the person's consent"

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="restricted_uses")
    at = models.DateTimeField("when")
    by = models.CharField(max_length=60)  # as in the trail
    reason_kind = models.CharField("allowed because", max_length=10, choices=For.choices)
    reason = models.CharField("why", max_length=400)

    class Meta:
        ordering = ["at"]
        indexes = [
            models.Index(fields=["subject", "at"]),
            models.Index(fields=["at"], name="restricted_use_due"),
        ]

    def __str__(self) -> str:
        return f"restricted use {self.pk}"
