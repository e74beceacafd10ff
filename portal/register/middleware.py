"""One request, one register: a page never mixes two versions."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from . import store


class OneRegister:
    """Outermost of ours, so that every page, mail and log line of a request agrees."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with store.steady():
            return self.get_response(request)
