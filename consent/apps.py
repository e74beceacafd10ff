"""What people agreed to."""

from __future__ import annotations

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"
    verbose_name = "Marketing choices"

    def ready(self) -> None:
        from consent import datasets, marketing  # noqa: F401  # its dataset; what asks before marketing leaves
