"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from portal.register import store


def site(request: HttpRequest) -> dict[str, Any]:
    """The company (from the register) and the customer's visit."""
    register = store.current()
    return {
        "register": register,
        "organisation": register.controller,
        "site_name": f"Your data at {register.controller.name}",
        "visit": getattr(request, "visit", None),
    }
