"""What is left of a person, where and why: the officer's search over everything the portal stores.

What is looked for is posted and shown again in the answer only: it is in no address, no cache and no trail. What takes
longer than a page may goes on in a worker; what it has found is kept for the officer for a day.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.powers import Power, power_required
from portal.audit import trail
from portal.audit.trail import Verb
from portal.queue import enqueue
from requests_sar.showing import searching
from requests_sar.staff_views.doors import BAD, page
from requests_sar.trace_forms import TracesForm
from retention import tracing
from retention.models import LongSearch
from retention.tasks import long_search
from retention.tracing import Group, Limits, State, kept

SECONDS = 20  # that a page may take


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.SEE_LOCKED)
def traces(request: HttpRequest) -> HttpResponse:
    """The form; posted, what was found, place by place, or the page of the search that goes on."""
    initial = {"reference": request.GET.get("person", "")[:20]}
    form = TracesForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {"title": "Find what is left of a person", "form": form, "seconds": SECONDS}
    if not form.is_bound or not form.is_valid():
        return page(request, "traces.html", context, status=BAD if form.errors else 200)
    limits = Limits(SECONDS)
    groups = list(tracing.run(form.found_terms, by=request.user, target=form.target, limits=limits))
    done = [group for group in groups if group.state is not State.UNFINISHED]
    if len(done) < len(groups):
        search = kept.begin(form.found_terms, by=request.user, target=form.target, found=done)
        enqueue(long_search, str(search.pk))
        return redirect("admin:trace_search", search.pk)
    return page(request, "traces.html", {**context, **_shown(done)})


def _shown(done: Sequence[Group]) -> dict[str, Any]:
    return {
        "searched": True,
        "found": [group for group in done if group.count],
        "nothing": [group for group in done if not group.count],
        "unread": [group for group in done if group.unread],
    }


def _own(request: HttpRequest, search_id: uuid.UUID) -> LongSearch:
    """A search of this officer. Raises Http404 for anybody else's, and for one that has expired."""
    found = LongSearch.objects.filter(pk=search_id, by=request.user.pk).first()
    if found is None:
        raise Http404("This search is over and forgotten, or it is somebody else's. Search again.")
    return found


@require_safe
@power_required(Power.SEE_LOCKED)
def search(request: HttpRequest, search_id: uuid.UUID) -> HttpResponse:
    """A search that goes on, or what it has found. Reading the answer is noted."""
    found = _own(request, search_id)
    job = searching.job(found, reverse("admin:trace_progress", args=[found.pk]))
    if job is None:
        trail.record(Verb.TRACES_SEARCHED, by=request.user, target=found.target, reason="read")
    context = {
        "title": "What is left of a person",
        "search": found,
        "job": job,
        "failed": found.state == LongSearch.State.FAILED,
        "found_places": len(found.found),
        **_shown(kept.groups(found)),
    }
    return page(request, "traces.html", context)


@require_safe
@power_required(Power.SEE_LOCKED)
def progress(request: HttpRequest, search_id: uuid.UUID) -> HttpResponse:
    """How far it is, for the script."""
    job = searching.job(_own(request, search_id), request.path)
    return JsonResponse(job.as_json() if job else {"working": False})
