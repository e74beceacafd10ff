"""Requests of data subjects: the case from its receipt to its end."""

from __future__ import annotations

from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "requests_sar"
    verbose_name = "Requests"

    def ready(self) -> None:
        from requests_sar import datasets, people  # noqa: F401  # declare its datasets and its part of people's pages
        from requests_sar.fulfilment import complaint  # noqa: F401  # each declares how a right is fulfilled
