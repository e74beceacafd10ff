"""What belongs to the messages of a request: the files with them, and our letters on paper."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts import client
from requests_sar import attachments, handing, vault
from requests_sar.models import Case, Letter
from requests_sar.views.doors import case_required, not_found

DOWNLOADS_AN_HOUR = 300  # from one client


@require_safe
@case_required
def attachment(request: HttpRequest, case: Case, key: uuid.UUID) -> HttpResponseBase:
    """A file with a message of this request. Somebody else's, and one that never was, are the same."""
    if client.count(request, "attachments") > DOWNLOADS_AN_HOUR:
        return client.too_many(request)
    found = attachments.find(case, key)
    if found is None:
        return not_found(request)
    try:
        attachments.check_kept(found)
        head = request.method == "HEAD"
        return handing.attached(found, None if head else attachments.hand_out(found, by=request.visit))
    except (attachments.Gone, vault.Unreadable):
        words = "This file has been removed, or it cannot be opened any more."
        return render(request, "requests_sar/file_refused.html", {"case": case, "words": words}, status=410)


@require_safe
@case_required
def letter(request: HttpRequest, case: Case, number: int) -> HttpResponse:
    """One letter of ours, made to be printed."""
    ours = case.letters.filter(side=Letter.Side.COMPANY).exclude(kind="")
    found = ours.filter(pk=number).first() if number < 2**63 else None
    if found is None:
        return not_found(request)
    return render(request, "requests_sar/letter.html", {"case": case, "letter": found})
