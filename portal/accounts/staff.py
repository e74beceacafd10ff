"""What an administrator does with staff accounts, each with its entry in the trail."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest

from portal.accounts.models import User
from portal.accounts.powers import POWERS, Power
from portal.audit import trail
from portal.audit.trail import Verb


def send_link(request: HttpRequest, user: User) -> bool:
    """Send the link to choose a password; False when the account may not sign in."""
    form = ResetPasswordForm({"email": user.email})
    if not user.is_active or not form.is_valid():
        return False
    with transaction.atomic():
        form.save(request)
        trail.record(
            Verb.STAFF_CHANGED, by=request.user, target=f"staff:{user.pk}", reason="password link sent"
        )
    return True


def note_change(user: User, *, by: Any, was: dict[str, Any] | None) -> None:
    """Write down that an account was made (`was` is None), or what its role and state became."""
    if was is None:
        trail.record(Verb.STAFF_CHANGED, by=by, target=f"staff:{user.pk}", reason=f"added as {user.role}")
        return
    changes = []
    if was["role"] != user.role:
        changes.append(f"role {was['role']} to {user.role}")
    if was["is_active"] != user.is_active:
        changes.append("can sign in" if user.is_active else "can no longer sign in")
    EmailAddress.objects.filter(user=user).exclude(
        email__iexact=user.email
    ).delete()  # opens nothing any more
    if was["email"] != user.email or was["name"] != user.name:
        changes.append("name or address changed")
    for change in changes:
        trail.record(Verb.STAFF_CHANGED, by=by, target=f"staff:{user.pk}", reason=change)


def remove_factors(user: User, *, by: Any) -> int:
    """Take away the second factors of somebody who lost them; returns how many. They set up new ones."""
    with transaction.atomic():
        removed, _ = Authenticator.objects.filter(user=user).delete()
        if removed:
            trail.record(Verb.STAFF_CHANGED, by=by, target=f"staff:{user.pk}", reason="second factor removed")
    return removed


def other_administrators(user: User) -> bool:
    """Whether somebody else could still manage staff."""
    roles = [role for role, powers in POWERS.items() if Power.MANAGE_STAFF in powers]
    return User.objects.filter(role__in=roles, is_active=True).exclude(pk=user.pk).exists()
