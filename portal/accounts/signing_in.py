"""Each sign-in of staff in the trail, and each change of what they sign in by.

These are the library's acts, so its signals are where we hear of them.
"""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set, user_logged_in
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import receiver

from portal.audit import trail
from portal.audit.trail import Verb


@receiver(user_logged_in, dispatch_uid="staff-signed-in")
def note_sign_in(sender: Any, *, user: Any, **kwargs: Any) -> None:
    """Write it down, after the second factor if there is one."""
    trail.record(Verb.STAFF_SIGNED_IN, by=user, target=f"staff:{user.pk}")


CHANGES = {
    password_changed: "password changed",
    password_reset: "password chosen by a link",
    password_set: "password chosen",
    authenticator_added: "second factor added",
    authenticator_removed: "second factor removed",
    authenticator_reset: "recovery codes made anew",
}


def note_change(sender: Any, *, user: Any, signal: Any, **kwargs: Any) -> None:
    """Write down what was changed, never to what."""
    trail.record(Verb.STAFF_CHANGED, by=user, target=f"staff:{user.pk}", reason=CHANGES[signal])


for _signal in CHANGES:
    _signal.connect(note_change, dispatch_uid="staff-changed")
