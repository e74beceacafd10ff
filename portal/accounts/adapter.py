"""How the sign-in library behaves for staff: accounts are made by an administrator, never by signing up."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from portal.accounts import client
from portal.mail import outbound

SET_PASSWORD = "account/email/password_reset_key"  # noqa: S105 - the library's name of a message
UNKNOWN = "account/email/unknown_account"


class StaffAdapter(DefaultAccountAdapter):
    """Closed for sign-up; its messages go the way of all our messages."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up for a staff account."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Counted like all our tries: behind a proxy not everybody is the proxy."""
        return client.address(request)

    def get_user_display(self, user: Any) -> str:
        """How the account pages address the person."""
        return str(user.get_short_name())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the message down like every other one. Addresses that are nobody's get none."""
        if template_prefix == UNKNOWN:
            return
        if template_prefix != SET_PASSWORD:
            super().send_mail(template_prefix, email, context)
            return
        outbound.compose(
            "accounts/set_password",
            to=email,
            secret=True,
            context={
                "link": context["password_reset_url"],
                "first": not context["user"].has_usable_password(),
            },
        )

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Under our own address, whatever the request called us."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", quote(key))
