"""How the sign-in library behaves for staff: accounts are made by an administrator, never by signing up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffAdapter(DefaultAccountAdapter):
    """Closed for sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up for a staff account."""
        return False

    def get_user_display(self, user: Any) -> str:
        """How the account pages address the person."""
        return str(user.get_short_name())
