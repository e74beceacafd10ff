"""Who the data subjects are and what is held about them."""

from __future__ import annotations

from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    name = "subjects"
    verbose_name = "People and their data"

    def ready(self) -> None:
        from subjects import (  # noqa: F401  # declare the datasets, their checks, and boxes of people's pages
            admin_notes,
            checks,
            datasets,
            datasets_corrections,
            leftovers,
        )
