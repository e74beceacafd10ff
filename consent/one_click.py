"""A lane of its own for the unsubscribe button of mail programs (RFC 8058).

They post for everybody of a mailing within a minute, without cookie, session or token of a form (section 3.2), and get
a line of plain text, so nothing is looked up or made that such a post or its answer cannot have. What is not plainly
one of them goes on to the page of the link.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from consent import links
from consent.unsubscribe_views import one_click

_LINK = re.compile(rf"/u/([\w-]{{{links.LENGTH}}})", re.ASCII)


class OneClick:
    """Answers the posts of mail programs to links that we signed; stands right behind what every answer needs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        link = _LINK.fullmatch(request.path_info) if request.method == "POST" else None
        if link is not None and settings.MAINTENANCE_UNTIL is None:
            request.get_host()  # refused here as everywhere: DisallowedHost
            answer = one_click(request, link[1])
            if answer is not None:
                return answer
        return self.get_response(request)
