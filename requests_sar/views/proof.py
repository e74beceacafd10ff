"""A document that we asked for, put on the request's own page: sealed at once, destroyed when it has been checked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from portal.accounts import client
from requests_sar import forms, services
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Evidence
from requests_sar.views.ask import UPLOADS_AN_HOUR
from requests_sar.views.doors import case_required, not_found, to_case

TITLES = {
    Evidence.Kind.IDENTITY: "Send a document that shows who you are",
    Evidence.Kind.AUTHORITY: "Send a document that shows you may ask for someone else",
}


@require_http_methods(["GET", "HEAD", "POST"])
@case_required
def proof(request: HttpRequest, case: Case, kind: str) -> HttpResponse:
    """The page with the box for one file."""
    if kind not in Evidence.Kind.values:
        return not_found(request)
    if kind not in services.awaited(case):
        messages.warning(request, "We do not need a document from you for this request now.")
        return to_case("request", case)
    if request.method == "POST" and client.count(request, "uploads") > UPLOADS_AN_HOUR:
        return client.too_many(request)
    form = forms.Proof(request.POST, request.FILES) if request.method == "POST" else forms.Proof()
    if request.method == "POST" and form.is_valid():
        return _keep(request, case, kind, form)
    context = {"case": case, "form": form, "title": TITLES[Evidence.Kind(kind)], "kind": kind}
    return render(request, "requests_sar/proof.html", context, status=422 if form.errors else 200)


def _keep(request: HttpRequest, case: Case, kind: str, form: forms.Proof) -> HttpResponse:
    file = form.cleaned_data["file"]
    try:
        services.receive(case=case, kind=kind, file=file, by=request.visit)
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(
            request, "We have your document. We look at it, tell you, and delete it. We keep no copy."
        )
    return to_case("request", case)
