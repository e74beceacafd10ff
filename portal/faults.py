"""When something breaks on our side: a page that says so, with a reference that leads to the log line."""

from __future__ import annotations

import contextlib
import logging
import secrets

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string

from portal.register import store

log = logging.getLogger(__name__)
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def server_error(request: HttpRequest) -> HttpResponse:
    """The 500 page. It may use nothing that could be what broke: no database, no session, no context processor."""
    reference = "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(2))
    match = request.resolver_match
    # Never the path: it may hold a token. The fault itself, with its place, is logged by Django just before.
    log.error("fault %s in view %s", reference, match.view_name if match else "unknown")
    context = {"error_reference": reference}
    try:
        register = store.current()
    except Exception:
        log.exception("fault %s: the register cannot be read either", reference)
    else:
        context |= {"organisation": register.controller, "register": register}
    return HttpResponseServerError(render_to_string("500.html", context))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 400 page: too many fields, a host that is not ours, a filter that does not exist."""
    return refused(request, "")


def refused(request: HttpRequest, sentence: str, *, status: int = 400) -> HttpResponse:
    """What was sent is not read: the sentence says why. As little is needed as for the 500 page."""
    context: dict[str, object] = {"sentence": sentence}
    with contextlib.suppress(
        Exception
    ):  # without a register the page has no telephone number, and that is all
        register = store.current()
        context |= {"organisation": register.controller, "register": register}
    return HttpResponse(render_to_string("400.html", context), status=status)
