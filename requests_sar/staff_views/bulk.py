"""One act on the ticked requests: a page that says what will and what will not work, then the doing, by POST only."""

from __future__ import annotations

import re
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from portal.accounts.powers import Power, power_required
from requests_sar.admin import bulk, bulk_page, words
from requests_sar.admin.bulk import BULK
from requests_sar.admin.queue import QUEUE
from requests_sar.models import Case
from requests_sar.staff_views.doors import BAD, page

ROW = re.compile(r"([0-9a-f-]{36}):([0-9]{1,9})")


@require_POST
@power_required(Power.WORK_CASES)
def act(request: HttpRequest, slug: str) -> HttpResponse:
    """Do it. The page after it names each request for which it did not work, with the reason."""
    chosen = BULK.get(slug)
    if chosen is None:
        raise Http404("There is no such act. Go back to the queue.")
    rows = _rows(request)
    if not rows:
        messages.error(request, f"Tick the requests in the queue first, {bulk.MOST} at most at once.")
        return redirect(QUEUE)
    form = chosen.form(request.POST) if chosen.form else None
    if form is not None and not form.is_valid():
        cases = list(Case.objects.filter(pk__in=[key for key, _ in rows]).select_related("owner", "subject"))
        return bulk_page.confirmation(request, chosen, cases, form=form, status=BAD)
    outcomes = bulk.perform(chosen, rows, request.user, form.cleaned_data if form else {})
    done, refused = len(outcomes.done), len(outcomes.refused)
    context = {
        "title": f"{words.requests(done)} {chosen.done}" + (f", {refused} not" if refused else ""),
        "act": chosen,
        "outcomes": outcomes,
        "queue": bulk_page.queue_of(request),
    }
    return page(request, "case/bulk_done.html", context)


def _rows(request: HttpRequest) -> list[tuple[UUID, int]]:
    """The requests of the form with their versions; nothing when one is no request's or there are too many."""
    found = [ROW.fullmatch(text) for text in request.POST.getlist("row")[: bulk.MOST + 1]]
    if len(found) > bulk.MOST or None in found:
        return []
    try:
        return list({UUID(row[1]): (UUID(row[1]), int(row[2])) for row in found if row}.values())
    except ValueError:
        return []
