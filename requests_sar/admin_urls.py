"""Staff pages about requests that are not plain lists of rows."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.urls import URLPattern


def urls(site: AdminSite) -> list[URLPattern]:
    """The pages, to be included by the admin site."""
    return []
