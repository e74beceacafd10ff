"""Public information pages and the record of processing, all of them views of the register."""

from __future__ import annotations

import csv
import io

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.powers import Power, power_required
from portal.register import notice, record, store
from portal.register.facts import CookiePlace


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The privacy notice (Articles 13 and 14)."""
    return render(request, "portal/privacy.html", notice.context(store.current()))


@require_safe
def cookies(request: HttpRequest) -> HttpResponse:
    """Which cookies the portal sets, under their real names, and what the main website sets."""
    register = store.current()
    names = {"session": settings.SESSION_COOKIE_NAME, "csrf": settings.CSRF_COOKIE_NAME}
    ours = [(names.get(each.key, each.name), each) for each in register.cookies_of(CookiePlace.PORTAL)]
    theirs = [(each.name, each) for each in register.cookies_of(CookiePlace.MAIN_WEBSITE)]
    return render(request, "portal/cookies.html", {"ours": ours, "theirs": theirs})


@require_safe
def privacy_control(request: HttpRequest) -> HttpResponse:
    """That we abide by Global Privacy Control, since the notice that says so (W3C, GPC support resource)."""
    updated = store.current().notice.updated
    return JsonResponse({"gpc": True, "lastUpdate": updated.isoformat()})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement: what this portal does, what it does not do well, whom to tell."""
    return render(request, "portal/accessibility.html")


def closed(request: HttpRequest) -> HttpResponse:
    """A page of the sign-in library that is not offered here."""
    raise Http404


@require_safe
@power_required(Power.READ_REGISTER)
def record_of_processing(request: HttpRequest) -> HttpResponse:
    """The record of processing (Article 30) on screen."""
    register = store.current()
    functions = [
        (
            function,
            [
                (
                    category,
                    record.recipients_of(register, function, category),
                    record.kept_for(register, category),
                )
                for category in map(register.category, function.categories)
            ],
        )
        for function in register.functions
    ]
    by_hand = [
        (system, [register.category(key).name for key in system.categories]) for system in register.systems
    ]
    context = {"functions": functions, "by_hand": by_hand}
    return render(request, "portal/record_of_processing.html", context)


@require_safe
@power_required(Power.READ_REGISTER)
def record_of_processing_csv(request: HttpRequest) -> HttpResponse:
    """The same record as a CSV file that spreadsheets open rightly (UTF-8 with BOM, CRLF, all quoted)."""
    register = store.current()
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(record.HEADINGS)
    writer.writerows(map(_plain, row) for row in record.rows(register))
    response = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="record-of-processing-{register.version}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _plain(text: str) -> str:
    """A cell that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
