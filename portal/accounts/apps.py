"""Staff accounts, their roles, and the visits of customers."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    label = "accounts"
    verbose_name = "Staff and sign-in"

    def ready(self) -> None:
        from portal.accounts import signing_in  # noqa: F401  # hears of sign-ins
