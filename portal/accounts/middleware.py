"""Who is here: the customer's visit, staff without a second factor, and pages that must not be kept."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers

from portal.accounts import visits

GetResponse = Callable[[HttpRequest], HttpResponse]


class VisitMiddleware:
    """Puts the customer's live visit on the request as `request.visit`, or None."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.visit = visits.current(request)
        return self.get_response(request)


class StaffMfaMiddleware:
    """Staff without a second factor reach only the pages where they set one up (when it is required)."""

    FREE = ("/accounts/", "/static/", "/healthz", "/readyz")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            settings.STAFF_MFA_REQUIRED
            and not request.path.startswith(self.FREE)
            and self._lacks_factor(request)
        ):
            return redirect("mfa_index")
        return self.get_response(request)

    @staticmethod
    def _lacks_factor(request: HttpRequest) -> bool:
        from allauth.mfa.utils import is_mfa_enabled  # needs loaded apps

        return request.user.is_authenticated and not is_mfa_enabled(request.user)


class NoStoreMiddleware:
    """Pages of somebody who is signed in are never stored, so that the next person at the browser sees nothing."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith("/static/") and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response
