"""Mail in and out."""

from __future__ import annotations

from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "portal.mail"
    label = "mail"
    verbose_name = "Mail"

    def ready(self) -> None:
        from portal.mail import checks  # noqa: F401  # where messages may go by themselves
