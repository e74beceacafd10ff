"""How long data are kept and what stops their disposal."""

from __future__ import annotations

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "retention"
    verbose_name = "Retention"

    def ready(self) -> None:
        from retention import (  # noqa: F401  # declare what this floor holds, its checks and its traces
            checks,
            datasets,
            leftovers,
        )
