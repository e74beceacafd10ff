"""What a browser says in its headers on behalf of its owner."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from consent import signal
from requests_sar.services import details as people

log = logging.getLogger(__name__)


class PrivacySignal:
    """Global Privacy Control of somebody who is signed in is written down as an objection to analytics, once.

    At a POST only (signing in is one), since looking at a page changes nothing; after the answer is made, since
    signing in opens the visit. For visitors nothing is to be done: this portal loads no analytics at all.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and signal.sent(request.headers) and response.status_code < 400:
            self._heard(request)
        return response

    def _heard(self, request: HttpRequest) -> None:
        """What the person did stands whatever becomes of this; their next POST tries again."""
        try:
            subject = people.person_of(getattr(request, "visit", None))
            if subject is not None:
                signal.heard(subject)
        except Exception:
            log.exception("a privacy signal could not be written down")
