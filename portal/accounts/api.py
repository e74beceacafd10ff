"""How other systems come in: by a token in the Authorization header, not too often, told of faults as RFC 9457 says.

Nothing of an answer or a refusal names a person, and no question stands in an address.
"""

from __future__ import annotations

import io
import logging
from typing import Any

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from rest_framework import exceptions, status
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from portal.accounts import client, tokens
from portal.accounts.models import ApiToken

log = logging.getLogger(__name__)
LARGEST = 512 * 1024  # bytes of a question
ASKED_A_MINUTE = 120  # questions of one token
WRONG_AN_HOUR = 60  # tokens that do not fit, from one client
MINUTE = 60
PROBLEM = "application/problem+json"


class Caller:
    """The system that asks: what Django's `request.user` is for people."""

    is_authenticated = True
    is_active = True
    role = ""  # no power of the staff's table

    def __init__(self, token: ApiToken) -> None:
        self.token = token
        self.pk = token.pk


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer drp_...`. Without one nobody is refused here; the permission does that."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiToken] | None:
        """The caller, or None without a token. Raises AuthenticationFailed for one that opens nothing."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        token = tokens.find(words[1].decode("latin-1")) if len(words) == 2 else None
        if token is None:
            if client.count(request, "api-token") > WRONG_AN_HOUR:
                raise exceptions.Throttled(wait=client.HOUR)
            raise exceptions.AuthenticationFailed(
                "This token opens nothing: it is wrong, revoked or too old. Ask the data protection officer for one."
            )
        return Caller(token), token

    def authenticate_header(self, request: Request) -> str:
        """What a caller without a token is told to bring (RFC 6750)."""
        return 'Bearer realm="Data rights portal"'


class HasToken(BasePermission):
    """Any live token; a view that names a `scope` wants a token of that scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the token reaches this far."""
        wanted = getattr(view, "scope", None)
        return isinstance(request.auth, ApiToken) and wanted in (None, request.auth.scope)


class TokenThrottle(BaseThrottle):
    """At most so many questions a minute of one token, counted from the minute's first question."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count one more. A cache that is down stops nobody."""
        key = f"api:{request.auth.pk}" if isinstance(request.auth, ApiToken) else ""
        self.left = float(MINUTE)
        if not key:
            return True
        try:
            started = cache.get_or_set(f"{key}:since", timezone.now().timestamp(), timeout=MINUTE)
            cache.add(key, 0, timeout=MINUTE)
            asked = int(cache.incr(key))
        except Exception:
            log.warning("the counter of token %s cannot be reached; not counting", request.auth.pk)
            return True
        self.left = max(1.0, MINUTE - (timezone.now().timestamp() - started))
        return asked <= ASKED_A_MINUTE

    def wait(self) -> float:
        """Seconds until the minute is over."""
        return self.left


class SmallJson(BaseParser):
    """JSON that is not larger than any question needs to be.

    No kind of `JSONParser`: for those the framework reads the whole body before it asks them.
    """

    media_type = "application/json"
    largest = LARGEST  # bytes

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The question. Raises a 413 for a large one, before it is read."""
        length = parser_context["request"].META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > self.largest:
            raise TooLarge(self.largest)
        return JSONParser().parse(io.BytesIO(stream.read(int(length))), media_type, parser_context)


class TooLarge(exceptions.APIException):
    """The body is larger than it may be."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too-large"

    def __init__(self, most: int) -> None:
        super().__init__(f"A question may have at most {most // 1024:,} KB. Ask in several parts.")


def problem(error: Exception, context: dict[str, Any]) -> Response:
    """Whatever went wrong, as problem details (RFC 9457). Nothing of what was sent is given back."""
    from rest_framework.views import exception_handler  # that module reads the settings that name this one

    response = exception_handler(error, context)
    if response is None:
        # Never the words of the fault: they may hold what was asked.
        log.error("fault %s in %s", type(error).__name__, type(context["view"]).__name__, exc_info=error)
        response = Response(status=status.HTTP_500_INTERNAL_SERVER_ERROR)
    told: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES.get(response.status_code, "It did not work"),
        "status": response.status_code,
        "detail": _detail(error, response.status_code),
    }
    if isinstance(error, exceptions.ValidationError):
        told["errors"] = error.detail
    response.data = told
    response.content_type = PROBLEM
    return response


def _detail(error: Exception, code: int) -> str:
    if isinstance(error, exceptions.ValidationError):
        return "Mend what “errors” names and ask again."
    if isinstance(error, exceptions.ParseError):
        return "The body is not JSON in UTF-8. Mend it and ask again."
    if isinstance(error, exceptions.Throttled):
        return f"Too many questions. Ask again in {int(error.wait or MINUTE)} seconds."
    if isinstance(error, exceptions.APIException):
        return str(error.detail)
    if isinstance(error, Http404 | PermissionDenied):
        return _TITLES[code]
    return "Something went wrong on our side. Ask again later."


_TITLES = {
    400: "The question cannot be read",
    401: "A token is needed",
    403: "This token does not reach this far",
    404: "There is nothing at this address",
    405: "Not in this way",
    406: "Not in this form",
    409: "It does not fit what stands here",
    413: "Too large",
    415: "Send JSON",
    429: "Too many questions",
    500: "A fault on our side",
}
