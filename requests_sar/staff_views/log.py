"""Writing down a request that came by phone, letter, e-mail or in person (S3)."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.powers import Power, may, power_required
from requests_sar import services
from requests_sar.admin import case_page
from requests_sar.casework import NotPossible
from requests_sar.models import Case
from requests_sar.staff_forms import LogForm
from requests_sar.staff_views.doors import BAD, NO_CASE, page

DETAILS = (
    "requester_name",
    "requester_email",
    "requester_phone",
    "requester_address",
    "customer_number",
    "reply_by",
    "reply_needs",
    "on_behalf_of",
    "relationship",
)


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.LOG_REQUEST)
def log(request: HttpRequest) -> HttpResponse:
    """The short form; name and words are enough."""
    form = LogForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            case = _written(request, form.cleaned_data)
        except NotPossible as sentence:
            form.add_error("received_on", str(sentence))
        else:
            return redirect("admin:logged", case.reference)
    return page(
        request, "log.html", {"title": "Log a request", "form": form}, status=BAD if form.errors else 200
    )


def _written(request: HttpRequest, answers: dict[str, Any]) -> Case:
    """The case, once however often the form is sent."""
    before = Case.objects.filter(submission=answers["once"], logged_by=request.user).first()
    if before:
        return before
    try:
        case = services.log_request(
            by=request.user,
            right=answers["right"],
            channel=answers["channel"],
            received_on=answers["received_on"],
            words=answers["words"],
            also=answers["also"],
            submission=answers["once"],
            **{name: answers[name] for name in DETAILS},
        )
    except IntegrityError:
        return Case.objects.get(submission=answers["once"])
    if answers["identity"].strip():
        services.add_note(
            case=case, by=request.user, text=f"Identity, as checked when it was logged: {answers['identity']}"
        )
    return case


def own(request: HttpRequest, reference: str) -> Case:
    """A case that this person logged, or any for those who read cases. Raises Http404 otherwise."""
    case = case_page.load(reference)
    if case is None or not (may(request.user, Power.READ_CASES) or case.logged_by_id == request.user.pk):
        raise Http404(NO_CASE)
    return case


@require_safe
@power_required(Power.LOG_REQUEST)
def logged(request: HttpRequest, reference: str) -> HttpResponse:
    """What was written down, with the reply date to tell the caller, and the letter to print."""
    case = own(request, reference)
    context = {
        "title": "Written down",
        "case": case,
        "linked": services.linked(case),
        "clock": case_page.rule(case),
        "rows": case_page.asked(case),
        "sees_queue": may(request.user, Power.READ_CASES),
    }
    return page(request, "logged.html", context)
