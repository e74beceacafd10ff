"""Where a request comes from, and how often from there.

The address is used for counting only: it is kept as a digest in the cache for an hour and written nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

log = logging.getLogger(__name__)
HOUR = 3600


def address(request: HttpRequest) -> str:
    """The client's address as the trusted proxies saw it.

    With n proxies (settings.TRUSTED_PROXIES) the n-th entry of X-Forwarded-For from the right was written by
    the outermost of them; what is left of it is the client's own claim. An IPv6 client
    is its /64 network, since it may choose the rest.
    """
    direct = request.META.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    steps = settings.TRUSTED_PROXIES
    found = hops[-steps] if steps and len(hops) >= steps else direct
    try:
        parsed = ipaddress.ip_address(found)
    except ValueError:
        return direct
    if parsed.version == 6 and parsed.ipv4_mapped:  # an IPv4 client, as a server that listens on both says it
        return str(parsed.ipv4_mapped)
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _key(request: HttpRequest, what: str) -> str:
    digest = hmac.new(settings.DIGEST_KEY, address(request).encode(), hashlib.sha256).hexdigest()
    return f"often:{what}:{digest[:32]}"


def count(request: HttpRequest, what: str) -> int:
    """Count one more of `what` from this client in this hour; 0 when the counter cannot be reached."""
    key = _key(request, what)
    try:
        cache.add(key, 0, timeout=HOUR)
        return int(cache.incr(key))
    except Exception:
        # A cache that is down must not lock customers out, whatever its fault is called.
        log.warning("the counter for %s cannot be reached; not counting", what)
        return 0


def too_many(request: HttpRequest) -> HttpResponse:
    """The 429 page."""
    words = "There were too many tries from your connection. We stop for an hour to protect people's data."
    response = render(request, "429.html", {"sentence": words}, status=429)
    response["Retry-After"] = str(HOUR)
    return response


View = Callable[..., HttpResponse]


def at_most(most: int, what: str) -> Callable[[View], View]:
    """At most so many POSTs an hour from one client, counted under `what`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST" and count(request, what) > most:
                return too_many(request)
            return view(request, *args, **kwargs)

        return guarded

    return decorate
