"""Who is due and stays, by name: which record of whom, and the hold, the pause or the request that keeps it (O3.3)."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from portal.accounts.powers import Power, may, power_required
from retention import held
from retention.held import Held
from retention.models import Disposal, Fate, Line, Reason
from subjects import datamap

SHOWN = 50  # records on a page
FIRST = 10  # on the page of the run
STOPS = frozenset({Reason.HELD, Reason.PAUSED, Reason.REQUEST, Reason.COMPLAINT, Reason.OWED})


def stops(line: Line) -> bool:
    """Whether something held records of this line when it was planned, or when its turn came."""
    causes = {line.cause if line.fate == Fate.STAYS else "", line.skipped_because, *line.skips}
    return bool(causes & STOPS)


def kinds(run: Disposal) -> list[str]:
    """The kinds of data of which this run left something because it is held."""
    return list(dict.fromkeys(line.dataset for line in run.lines.all() if stops(line)))


def first(run: Disposal) -> list[Held]:
    """A few of the records that are held now, for the page of the run."""

    def every() -> Any:
        for key in kinds(run):
            dataset = datamap.get(key)
            yield from held.named(dataset, held.rows(dataset, run.as_of)[:FIRST])

    return list(islice(every(), FIRST))


def names(request: HttpRequest) -> bool:
    """Whether this reader may see who it is; others see references."""
    return may(request.user, Power.WORK_CASES) and may(request.user, Power.SEE_LOCKED)


@require_safe
@power_required(Power.READ_AUDIT)
def held_now(request: HttpRequest, reference: str) -> HttpResponse:
    """All records of a run that are due and held now, one kind at a time."""
    run = Disposal.objects.filter(reference=reference, subject=None).first()
    if run is None:
        raise Http404("There is no run with this reference.")
    offered = [(key, datamap.get(key).title) for key in kinds(run)]
    chosen = request.GET.get("kind", "")
    if chosen not in dict(offered):
        chosen = offered[0][0] if offered else ""
    page, found = None, []
    if chosen:
        dataset = datamap.get(chosen)
        page = Paginator(held.rows(dataset, run.as_of), SHOWN).get_page(request.GET.get("page", "1")[:9])
        found = held.named(dataset, page.object_list)
    context = {
        **admin.site.each_context(request),
        "title": "Due and held",
        "run": run,
        "kinds": offered,
        "chosen": chosen,
        "page": page,
        "found": found,
        "names": names(request),
    }
    return TemplateResponse(request, "admin/retention/held.html", context)
