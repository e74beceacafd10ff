"""Who the data subjects are and what is held about them."""

from __future__ import annotations

from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    name = "subjects"
    verbose_name = "People and their data"

    def ready(self) -> None:
        from subjects import checks, datasets  # noqa: F401  # declares the datasets and their system checks
