"""The project itself as an app: its templates, static files and commands, and the Celery application."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        from portal import celery  # noqa: F401  # so that every process sends tasks to our broker
