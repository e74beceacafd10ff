"""The register as a Django app: its versions, and checks at start-up."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks


class RegisterConfig(AppConfig):
    """Label "register"."""

    name = "portal.register"
    verbose_name = "register"

    def ready(self) -> None:
        """Refuse to start on a register that contradicts itself."""
        from portal.register.store import check_register, check_version

        checks.register(check_register)
        checks.register(check_version, checks.Tags.database)
