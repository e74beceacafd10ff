"""Holding a person's data for a legal claim (Article 17(3)(e)), and letting go of them."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.powers import Power, power_required
from requests_sar.hold_forms import HoldForm
from requests_sar.staff_views.doors import BAD, page
from retention import holds
from retention.models import Hold
from subjects import datamap
from subjects.models import Subject


def _subject(reference: str) -> Subject:
    subject = Subject.objects.filter(reference=reference.upper()[:12]).first()
    if subject is None:
        raise Http404("There is nobody with this reference.")
    return subject


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def place(request: HttpRequest, reference: str) -> HttpResponse:
    """The holds that stand, and a form for another one."""
    subject = _subject(reference)
    form = HoldForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            holds.place_legal(subject=subject, by=request.user, **form.cleaned_data)
        except holds.Incomplete as sentence:
            form.add_error(None, str(sentence))
        else:
            messages.success(request, "The data are held. Nothing of them is deleted before the hold ends.")
            return redirect("admin:person_hold", subject.reference)
    titles = {each.key: each.title for each in datamap.datasets()}
    standing = Hold.objects.filter(subject=subject, kind=Hold.Kind.LEGAL, released_at=None)
    context = {
        "title": "Hold data for a legal claim",
        "subject": subject,
        "form": form,
        "standing": [
            (hold, ", ".join(titles.get(key, key) for key in hold.datasets) or "Everything")
            for hold in standing.select_related("owner").order_by("placed_at")
        ],
    }
    return page(request, "hold.html", context, status=BAD if form.errors else 200)


@require_POST
@power_required(Power.WORK_CASES)
def end(request: HttpRequest, reference: str, hold_id: uuid.UUID) -> HttpResponse:
    """The claim is settled."""
    subject = _subject(reference)
    hold = Hold.objects.filter(pk=hold_id, subject=subject).first()
    if hold is None:
        raise Http404("There is no such hold of this person.")
    if holds.release_legal(hold=hold, by=request.user):
        messages.success(request, "The hold has ended. What is overdue goes with the next run, not before.")
    else:
        messages.warning(request, "This hold has ended already.")
    return redirect("admin:person_hold", subject.reference)
