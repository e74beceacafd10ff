"""Requests of data subjects: the case from its receipt to its end."""

from __future__ import annotations

from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "requests_sar"
    verbose_name = "Requests"

    def ready(self) -> None:
        from requests_sar import (  # noqa: F401  # declare its datasets, its traces and its part of people's pages
            datasets,
            datasets_weighing,
            leaving,
            opening,
            people,
        )
        from requests_sar.fulfilment import (  # noqa: F401  # how each right is fulfilled
            complaint,
            erasure,
            objection,
            rectification,
            restriction,
        )
