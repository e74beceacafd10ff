"""The one address of an unsubscribe link: for reading and for acting, because RFC 8058 posts to what was shown."""

from __future__ import annotations

from django.urls import path

from consent.unsubscribe_views import unsubscribe

urlpatterns = [path("u/<str:token>", unsubscribe, name="unsubscribe")]
