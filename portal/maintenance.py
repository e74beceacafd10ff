"""Planned work: a page that says when we are back and that the legal clock goes on.

Set MAINTENANCE_UNTIL to the moment (2026-12-01T18:00+00:00) and restart the web process. Health checks and the
stylesheet stay reachable; nothing else touches the database.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import http_date

from portal.register import store

FREE = ("/static/", "/healthz", "/readyz")


class MaintenanceMiddleware:
    """Answers everything with the maintenance page while MAINTENANCE_UNTIL is set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        until = settings.MAINTENANCE_UNTIL
        if until is None or request.path.startswith(FREE):
            return self.get_response(request)
        register = store.current()
        context = {
            "back_at": until if until > timezone.now() else None,
            "organisation": register.controller,
            "register": register,
        }
        response = HttpResponse(render_to_string("503.html", context), status=503)
        if context["back_at"]:
            response["Retry-After"] = http_date(until.timestamp())
        return response
