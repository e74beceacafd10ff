"""Data subjects, the accounts they belong to, and the keys they can be found by."""

from __future__ import annotations

import secrets
import uuid

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U and neither 0 nor 1: can be read out on the phone


def new_reference(prefix: str) -> str:
    """A reference that can be read out and not guessed: "DP-7K4M-29QX"."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"


def subject_reference() -> str:
    """A fresh reference for a data subject."""
    return new_reference("P")


class Account(models.Model):
    """A customer account. Several data subjects may share one (the contacts of a business)."""

    class Type(models.TextChoices):
        PERSONAL = "personal", "Personal"
        BUSINESS = "business", "Business"

    number = models.CharField("account number", max_length=40, unique=True)
    name = models.CharField("account name", max_length=200)
    type = models.CharField(max_length=10, choices=Type.choices, default=Type.PERSONAL)
    opened_on = models.DateField("opened on", null=True, blank=True)
    closed_on = models.DateField("closed on", null=True, blank=True)
    balance = models.DecimalField("balance owed", max_digits=12, decimal_places=2, default=0)

    def __str__(self) -> str:
        return f"account {self.pk}"


class Subject(models.Model):
    """One living person we hold data about, with their contact details."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=12, unique=True, default=subject_reference, editable=False)
    source_key = models.CharField("number in the source system", max_length=80, unique=True)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="subjects"
    )
    full_name = models.CharField("name", max_length=200)
    email = models.CharField("e-mail address", max_length=254, blank=True)
    second_email = models.CharField("second e-mail address", max_length=254, blank=True)
    phone = models.CharField("telephone", max_length=40, blank=True)
    mobile = models.CharField("mobile", max_length=40, blank=True)
    job_title = models.CharField("job title", max_length=120, blank=True)
    portal_login = models.CharField("user name for our services", max_length=120, blank=True)
    signed_up_on = models.DateField("signed up on", null=True, blank=True)
    staff_note = models.TextField("staff note", blank=True, max_length=100_000)
    email_changed_at = models.DateTimeField(null=True, blank=True)
    restricted_at = models.DateTimeField(null=True, blank=True)
    # Since when what is left is kept only because the law says so: erased otherwise, and out of ordinary sight.
    locked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What records that are gone said about the relationship, so that the person's details do not follow them too early.
    known_until = models.DateField(null=True, blank=True, editable=False)
    was_customer = models.BooleanField(default=False, db_default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "data subject"

    def __str__(self) -> str:
        return self.reference


class Address(models.Model):
    """A postal address of a data subject."""

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="addresses")
    source_key = models.CharField(max_length=80, unique=True)
    use = models.CharField("used for", max_length=40, blank=True)  # home, billing, installation
    lines = models.CharField("address", max_length=400)
    town = models.CharField(max_length=120, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=80, blank=True)
    since = models.DateField("since", null=True, blank=True)

    class Meta:
        verbose_name_plural = "addresses"

    def __str__(self) -> str:
        return f"address {self.pk}"


class Identifier(models.Model):
    """A key by which a person can be found: derived from the rows above, rebuilt whenever they change."""

    class Kind(models.TextChoices):
        NAME = "name", "name"
        EMAIL = "email", "e-mail"
        PHONE = "phone", "phone"
        ACCOUNT = "account", "account number"
        NUMBER = "number", "customer number"

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.CharField(max_length=254)  # normalised by subjects.identifiers

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "kind", "value"], name="identifier_once")]
        indexes = [
            models.Index(fields=["kind", "value"]),
            GinIndex(fields=["value"], opclasses=["gin_trgm_ops"], name="identifier_trigram"),
        ]

    def __str__(self) -> str:
        return f"identifier {self.pk}"
