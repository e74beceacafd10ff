"""The addresses for other systems, and their description for those who hold a token."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularJSONAPIView

from consent.api import Changes, Events, MayContact
from consent.api_mailing import MessageHeaders
from portal.accounts.api import HasToken, TokenAuthentication, TokenThrottle
from subjects.api import CheckRestrictions


class TokenScheme(OpenApiAuthenticationExtension):
    """How the description says that a token is needed."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer"}


class Schema(SpectacularJSONAPIView):
    """The OpenAPI description, as JSON."""

    authentication_classes = [TokenAuthentication]
    permission_classes = [HasToken]
    throttle_classes = [TokenThrottle]
    scope = None


urlpatterns = [
    path("v1/restrictions/check", CheckRestrictions.as_view(), name="api_restrictions_check"),
    path("v1/consent/may-contact", MayContact.as_view(), name="api_may_contact"),
    path("v1/consent/events", Events.as_view(), name="api_consent_events"),
    path("v1/consent/headers", MessageHeaders.as_view(), name="api_message_headers"),
    path("v1/consent/changes", Changes.as_view(), name="api_consent_changes"),
    path("schema/", Schema.as_view(), name="api_schema"),
]
