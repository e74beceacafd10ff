"""Choosing the person on file whom a case is about."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from portal.accounts.powers import Power, power_required
from requests_sar import services
from requests_sar.admin import case_page
from requests_sar.casework import NotPossible
from requests_sar.models import Case
from requests_sar.staff_forms import FindForm
from requests_sar.staff_views.doors import BAD, find_case, page
from subjects import finding
from subjects.models import Subject


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def choose(request: HttpRequest, reference: str) -> HttpResponse:
    """Find a person (by POST, so that no name stands in an address) and say that the case is about them."""
    found = find_case(reference)
    if request.method == "POST" and "subject" in request.POST:
        return _chosen(request, found)
    form = FindForm(request.POST if request.method == "POST" else None)
    people: list[finding.Match] | None = None
    if form.is_bound and form.is_valid():
        people = finding.find(form.cleaned_data["text"], by=request.user)
    context = {
        "title": "Choose the person",
        "case": found,
        "form": form,
        "searched": people is not None,
        "more": getattr(people, "more", False),
        "text": form.cleaned_data.get("text", "") if form.is_bound and form.is_valid() else "",
        "matches": [case_page.shown(match.subject, match.reasons, found) for match in people or []],
    }
    return page(request, "case/person.html", context, status=BAD if form.is_bound and form.errors else 200)


def _chosen(request: HttpRequest, found: Case) -> HttpResponse:
    subject = Subject.objects.filter(reference=request.POST["subject"].replace("\0", "")[:12]).first()
    seen = request.POST.get("seen", "")
    if subject is None:
        messages.error(request, "That person is not on file any more. Search again.")
        return redirect("admin:case_person", found.reference)
    try:
        services.choose_subject(
            case=found,
            subject=subject,
            by=request.user,
            seen=int(seen) if seen.isdecimal() and len(seen) < 10 else None,
        )
    except NotPossible as sentence:
        messages.error(request, str(sentence))
    else:
        messages.success(
            request, f"The request is about {subject.reference}. Now check that it is they who ask."
        )
    return redirect("admin:case", found.reference)
