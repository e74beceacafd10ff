"""The letters of a case on paper: any of ours on a page of A4, and the day it was posted."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal.accounts.powers import Power, may
from requests_sar.models import Case, Letter
from requests_sar.staff_views.doors import page
from requests_sar.staff_views.log import own

NO_LETTER = "There is no such letter about this request."
FOR_WHO_LOGS = "received"  # the only letter that those who just log requests may print


@require_safe
def letter(request: HttpRequest, reference: str, which: str) -> HttpResponse:
    """One letter of ours as it was sent, made to be printed. `which`: its number, or its kind for the newest."""
    case = own(request, reference)
    found = _ours(case, which)
    if found is None or not (may(request.user, Power.READ_CASES) or found.kind == FOR_WHO_LOGS):
        raise Http404(NO_LETTER)
    return page(request, "letter.html", {"title": "A letter to print", "case": case, "letter": found})


def _ours(case: Case, which: str) -> Letter | None:
    ours = case.letters.filter(side=Letter.Side.COMPANY)
    if which.isdecimal():
        return ours.filter(pk=int(which[:18])).first()
    return ours.filter(kind=which).last()
