"""What is left of a person, where and why: the officer's search over everything the portal stores.

What is looked for is posted and shown again in the answer only: it is in no address, no cache and no trail.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from portal.accounts.powers import Power, power_required
from requests_sar.staff_views.doors import BAD, page
from requests_sar.trace_forms import TracesForm
from retention import tracing
from retention.tracing import Limits, State

SECONDS = 20  # that a page may take; longer searches go on from there, or by the command


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.SEE_LOCKED)
def traces(request: HttpRequest) -> HttpResponse:
    """The form; posted, what was found, place by place."""
    initial = {"reference": request.GET.get("person", "")[:20]}
    form = TracesForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {"title": "Find what is left of a person", "form": form}
    if not form.is_bound or not form.is_valid():
        return page(request, "traces.html", context, status=BAD if form.errors else 200)
    skip = form.passed()
    groups = list(
        tracing.run(form.found_terms, by=request.user, target=form.target, limits=Limits(SECONDS), skip=skip)
    )
    done = [group for group in groups if group.state is not State.UNFINISHED]
    context |= {
        "searched": True,
        "found": [group for group in done if group.count],
        "nothing": [group for group in done if not group.count],
        "unread": [group for group in done if group.unread],
        "rest": [group for group in groups if group.state is State.UNFINISHED],
        "stuck": bool(groups) and not done,
        "skip": "\n".join(sorted({*skip, *(group.place for group in done)})),
        "terms": form.found_terms,
    }
    return page(request, "traces.html", context)
