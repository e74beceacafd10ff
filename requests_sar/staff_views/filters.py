"""Saved filters of the queue: save one, and the page where they are named, shared and removed."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.powers import Power, may, power_required
from requests_sar import services
from requests_sar.admin.queue import QUEUE
from requests_sar.casework import NotPossible
from requests_sar.models import SavedFilter
from requests_sar.services.filters import LONGEST, keepable, may_change
from requests_sar.staff_views.doors import page

NO_FILTER = "There is no such filter. It may have been removed. Go back to the list."


@require_safe
@power_required(Power.READ_CASES)
def manage(request: HttpRequest) -> HttpResponse:
    """The filters that this person sees, each with what they may do with it."""
    found = services.filters_of(request.user)
    context = {
        "title": "Saved filters",
        "filters": [(each, may_change(each, request.user)) for each in found],
        "shares": may(request.user, Power.WORK_CASES),
        "longest": LONGEST,
    }
    return page(request, "filters.html", context)


@require_POST
@power_required(Power.READ_CASES)
def save(request: HttpRequest) -> HttpResponse:
    """Keep the queue as it is narrowed now, and go back to it."""
    address = request.POST.get("address", "")[:2_000]
    try:
        saved = services.save_filter(
            by=request.user,
            name=request.POST.get("name", ""),
            address=address,
            shared="shared" in request.POST,
        )
    except NotPossible as sentence:
        messages.error(request, str(sentence))
        return redirect(_back(_kept(address)))
    messages.success(request, f"Saved as “{saved.name}”. It stands above the queue.")
    return redirect(_back(saved.address))


def _kept(address: str) -> str:
    """The address, when it is one that the queue knows."""
    try:
        return keepable(address)
    except NotPossible:
        return ""


def _back(address: str) -> str:
    return f"{reverse(QUEUE)}?{address}" if address else reverse(QUEUE)


@require_POST
@power_required(Power.READ_CASES)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename, share or stop sharing, or remove. Somebody else's own is as if it were not there."""
    saved = services.filters_of(request.user).filter(pk=pk).first()
    if saved is None:
        raise Http404(NO_FILTER)
    try:
        messages.success(request, _change(request, saved))
    except NotPossible as sentence:
        messages.error(request, str(sentence))
    return redirect("admin:filters")


def _change(request: HttpRequest, saved: SavedFilter) -> str:
    if "remove" in request.POST:
        services.remove_filter(saved=saved, by=request.user)
        return f"Removed: “{saved.name}”. The requests stay as they are."
    shared = "shared" in request.POST
    services.change_filter(saved=saved, by=request.user, name=request.POST.get("name", ""), shared=shared)
    return f"Saved: “{saved.name}”."
