"""What people agreed to."""

from __future__ import annotations

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"
    verbose_name = "Marketing choices"

    def ready(self) -> None:
        # Its dataset; what can be imported; what asks before marketing leaves.
        from consent import datasets, lists, marketing  # noqa: F401
