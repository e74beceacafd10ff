"""The one address of an unsubscribe link: for reading and for acting, because RFC 8058 posts to what was shown."""

from __future__ import annotations

from django.urls import path, register_converter

from consent.unsubscribe_views import unsubscribe


class Token:
    """Whatever stands there, so that a damaged link still leads to the page with a way through.

    Without what programs take along when they make a link of a text: a full stop, a bracket, a slash.
    """

    regex = ".*"

    def to_python(self, value: str) -> str:
        """The token itself: it has letters, digits, hyphens and underscores only."""
        return value.rstrip("/.,;:!?)]>'\"")

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


register_converter(Token, "unsubscribe_token")
urlpatterns = [path("u/<unsubscribe_token:token>", unsubscribe, name="unsubscribe")]
