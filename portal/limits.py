"""What no page of ours takes is refused before it is read: an address with a NUL in it, a body beyond all need.

Django limits the fields of a form but not the files sent with it, and it reads them before anything has been asked
of the sender. So a stranger could fill the disk for uploads (in the production containers: memory) at any address.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from portal import faults
from portal.accounts.powers import Power, may
from requests_sar import task_links, uploads

MOST = 6 * 1024 * 1024  # bytes of a body: the largest file a customer may send, and the fields around it
FOUND = 25 * 1024 * 1024  # bytes that a colleague may send with what they found
# Where those we know send files with a message: a customer with a visit, staff who work on cases.
MESSAGE = re.compile(r"/requests/[\w-]+/message/|/admin/requests/[\w-]+/act/message/")
GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestLimits:
    """Answers 400 or 413. Stands behind the one who knows the user: staff who import may send a large file there."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return faults.refused(
                request, "The address has a character in it that nothing here is called by."
            )
        length = request.META.get("CONTENT_LENGTH") or "0"
        most = self._most(request)
        if not length.isdecimal() or len(length) > 15 or int(length) > most:
            words = f"What was sent is larger than the {most // 1024**2} MB that can be sent here."
            return faults.refused(request, words, status=413)
        return self.get_response(request)

    @staticmethod
    def _most(request: HttpRequest) -> int:
        if request.path == reverse("admin:subjects_importbatch_add") and may(request.user, Power.IMPORT):
            return int(settings.IMPORT_MAX_BYTES) + MOST
        if request.path.startswith("/admin/tasks/") and may(request.user, Power.ANSWER_TASKS):
            return FOUND
        if request.path.startswith("/task/") and task_links.is_ours(request.path.split("/")[2]):
            return FOUND
        if MESSAGE.fullmatch(request.path) and (
            request.visit is not None or may(request.user, Power.WORK_CASES)  # type: ignore[attr-defined]
        ):
            return uploads.COUNT * uploads.LIMIT + 1024 * 1024
        return MOST
