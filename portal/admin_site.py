"""The staff side: Django's own admin in the house style, entered through the same door as every staff page."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver


class PortalAdminSite(admin.AdminSite):
    """The stock admin with our name, our sign-in and the staff pages that are not lists of rows."""

    site_header = "Data rights portal"
    site_title = "Data rights portal"
    index_title = "Today"
    site_url = "/"
    enable_nav_sidebar = True

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Staff come in by the one sign-in page, with their second factor; there is no other."""
        return secure_admin_login(super().login)(request, extra_context)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The staff pages before the stock ones."""
        from requests_sar import admin_urls as requests_urls  # admin pages import models: apps must be loaded
        from subjects import admin_people

        return [*admin_people.urls(self), *requests_urls.urls(self), *super().get_urls()]
