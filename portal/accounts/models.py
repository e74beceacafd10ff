"""Who may come in: staff accounts with a role, and the short visits of customers who proved an address.

Customers have no account and no password. A customer proves an e-mail address by a code; the proof is a
`Visit` that ends by itself. So there is nothing to leak, nothing to reset and nothing to erase later.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone


class Role(models.TextChoices):
    """What a member of staff does here. One role each; powers are in `powers.py`."""

    SUPPORT = "support", "Support agent"
    STAFF = "staff", "Staff"
    DPO = "dpo", "Data protection officer"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A staff account. Raises ValueError without an address."""
        if not email:
            raise ValueError("A staff account needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """The first administrator (`manage.py createsuperuser`)."""
        return self.create_user(email, password, role=Role.ADMINISTRATOR, **fields)


class User(AbstractBaseUser):
    """A member of staff."""

    email = models.EmailField("e-mail address", unique=True, max_length=254)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.SUPPORT)
    is_active = models.BooleanField("can sign in", default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    objects = UserManager()

    class Meta:
        verbose_name = "member of staff"
        verbose_name_plural = "staff"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return f"staff {self.pk}"

    @property
    def is_staff(self) -> bool:
        """Everybody with an account here is staff; what they may do is their role's powers."""
        return True

    @property
    def is_superuser(self) -> bool:
        """Nobody is: no role goes round the powers table."""
        return False

    def get_short_name(self) -> str:
        """How colleagues see this person."""
        return self.name or self.email

    get_full_name = get_short_name

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Model permissions are not used; each admin class asks for a power."""
        return False

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        """See `has_perm`."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """Each admin class answers for itself."""
        return True


class Purpose(models.TextChoices):
    """Why a code was asked for."""

    SIGN_IN = "sign-in", "Sign in"
    CONFIRM_REQUEST = "confirm-request", "Confirm a request"


class Challenge(models.Model):
    """A code (and a link) sent to one address. Rows are removed a day after they expire."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    address = models.EmailField(max_length=254)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    code_hash = models.CharField(max_length=64)
    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["address", "created_at"])]

    def __str__(self) -> str:
        return f"challenge {self.pk}"


class Visit(models.Model):
    """A customer's visit after proving an address. The session holds only this row's id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    address = models.EmailField(max_length=254)
    proved_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["address"])]

    def __str__(self) -> str:
        return f"visit {self.pk}"


class ApiToken(models.Model):
    """What another system of the company shows to ask us something. Only its digest is kept. See `tokens`."""

    class Scope(models.TextChoices):
        RESTRICTIONS = "restrictions", "Ask whether use of a person's data is paused"
        CONSENT_READ = "consent-read", "Ask who may be contacted, and hear of every change"
        CONSENT_WRITE = "consent-write", "Write down what people chose about marketing"

    name = models.CharField("system", max_length=80)
    scope = models.CharField("may", max_length=20, choices=Scope.choices, default=Scope.RESTRICTIONS)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("made", default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+", verbose_name="made by"
    )
    expires_at = models.DateTimeField("works until", editable=False)
    revoked_at = models.DateTimeField("revoked", null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField("last used", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "system"
        verbose_name_plural = "other systems"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"token {self.pk}"

    @property
    def is_live(self) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and self.expires_at > timezone.now()
