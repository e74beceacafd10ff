"""Each sign-in of staff in the trail. The sign-in is the library's act, so its signal is where we hear of it."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from django.dispatch import receiver

from portal.audit import trail
from portal.audit.trail import Verb


@receiver(user_logged_in, dispatch_uid="staff-signed-in")
def note_sign_in(sender: Any, *, user: Any, **kwargs: Any) -> None:
    """Write it down, after the second factor if there is one."""
    trail.record(Verb.STAFF_SIGNED_IN, by=user, target=f"staff:{user.pk}")
