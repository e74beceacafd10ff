"""How long data are kept and what stops their disposal."""

from __future__ import annotations

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "retention"
    verbose_name = "Retention"

    def ready(self) -> None:
        from subjects.datamap import excuse

        excuse("retention.Hold", "names a person only by the row it protects; its reason is a reference")
