"""How long data are kept and what stops their disposal."""

from __future__ import annotations

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "retention"
    verbose_name = "Retention"

    def ready(self) -> None:
        from retention import checks, datasets  # noqa: F401  # declare what this floor holds, and its checks
