"""C3: the files, handing them out, locking them, asking for them again."""

from __future__ import annotations

import itertools
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from requests_sar import packages, services, showing, vault
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Download, File, Package
from requests_sar.views.doors import case_required, not_found, to_case
from requests_sar.workflow import State

GIVEN = {State.RELEASED, State.CLOSED}


def _released(case: Case, visit: Any) -> Package | None:
    """The package the customer may have, if it still exists."""
    package = services.current_package(case)
    if not services.may_fetch(case, visit) or case.state not in GIVEN:
        return None
    if package is None or package.released_at is None:
        return None
    over = package.expires_at is not None and package.expires_at <= timezone.now()
    return None if over or package.state != Package.State.READY else package


@require_safe
@case_required
def files(request: HttpRequest, case: Case) -> HttpResponse:
    """Files, their end, and who fetched them so far."""
    mine = services.may_fetch(case, request.visit)
    package = _released(case, request.visit)
    working = services.current_package(case) if mine and case.state == State.COLLECTING else None
    gone = (
        case.packages.exclude(released_at=None).order_by("-released_at").first() if package is None else None
    )
    context = {
        "case": case,
        "package": package,
        "locked": package is not None and package.locked_at is not None,
        "files": showing.cards(case, package) if package else [],
        "downloads": Download.objects.filter(file__package=package).select_related("file") if package else [],
        "gone": gone if case.state in GIVEN and mine else None,
        "elsewhere": not mine,
        "job": showing.job(working, reverse("request_progress", args=[case.reference])) if working else None,
        "status": showing.status(case, package or working),
    }
    return render(request, "requests_sar/files.html", context)


@require_safe
@case_required
def file(request: HttpRequest, case: Case, kind: str) -> HttpResponse:
    """One file, as a stream. HEAD tells about it without counting as a download."""
    package = _released(case, request.visit)
    found = package.files.filter(kind=kind).first() if package else None
    if found is None:
        if kind not in File.Kind.values:
            return not_found(request)
        if not services.may_fetch(case, request.visit):
            return _sorry(
                request, case, "The answer goes to somebody else, so these files are not for you.", 403
            )
        return _sorry(request, case, "These files have been removed to protect your data.", 410)
    if request.method == "HEAD":
        return _headers(HttpResponse(), found)
    try:
        chunks = packages.hand_out(found, by=request.visit)
        first = next(chunks, b"")  # a damaged file shows itself at once: say so
    except packages.Refused as refusal:
        return _sorry(request, case, str(refusal), 403)
    except vault.Unreadable:
        return _sorry(request, case, "This file cannot be opened. Ask us to make it again.", 403)
    return _headers(StreamingHttpResponse(itertools.chain([first], chunks)), found)


def _headers(response: HttpResponse | StreamingHttpResponse, found: File) -> HttpResponse:
    response["Content-Type"] = found.media_type
    response["Content-Length"] = str(found.size)
    response["Content-Disposition"] = f'attachment; filename="{found.name}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    # A saved page opened in this origin must not run or fetch anything.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response  # type: ignore[return-value]


def _sorry(request: HttpRequest, case: Case, words: str, status: int) -> HttpResponse:
    return render(request, "requests_sar/file_refused.html", {"case": case, "words": words}, status=status)


@require_POST
@case_required
def lock(request: HttpRequest, case: Case) -> HttpResponse:
    """Not you? Lock these files. Whoever may see the request may: it only protects."""
    services.lock_files(case=case, by=request.visit)
    messages.success(request, "The files are locked. Nobody can download them until we have talked to you.")
    return to_case("request_files", case)


@require_POST
@case_required
def renew(request: HttpRequest, case: Case) -> HttpResponse:
    """Files that were removed, again, on one press."""
    try:
        services.renew(case=case, by=request.visit)
    except NotPossible as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(request, "We are making your files again. We email you when they are ready.")
    return to_case("request_files", case)
