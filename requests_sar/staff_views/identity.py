"""The pages of the identity ladder that are more than one form: the two questions, documents kept and shown."""

from __future__ import annotations

import itertools
import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.powers import Power, power_required
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import identity_forms, proofs, records_asked, services, uploads, vault
from requests_sar.casework import NotPossible
from requests_sar.staff_views.doors import BAD, find_case, page

SHOWN = {
    ".jpg",
    ".png",
}  # looked at in the browser, so that no copy stays on the computer; others are downloaded


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def questions(request: HttpRequest, reference: str) -> HttpResponse:
    """Two facts from the person's records, for staff on the phone: the questions, the right answers, the result."""
    found = find_case(reference)
    facts = records_asked.pick(found)
    if len(facts) < records_asked.ASKED or found.verified_at or found.state in services.OVER:
        messages.error(request, "No two questions can be asked now. This is the request as it stands.")
        return redirect("admin:case", found.reference)
    form = identity_forms.QuestionsForm(request.POST or None, facts=facts, initial={"seen": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            found = services.answered_questions(
                case=found, right=form.answers(), by=request.user, seen=form.cleaned_data.get("seen")
            )
        except NotPossible as sentence:
            form.add_error(None, str(sentence))
        else:
            proved = found.verified_at is not None
            messages.success(request, PROVED if proved else NOT_PROVED)
            return redirect("admin:case", found.reference)
    if request.method != "POST":
        keys = ",".join(fact.key for fact in facts)
        trail.record(Verb.IDENTITY_QUESTIONS, by=request.user, target=f"case:{found.reference}", reason=keys)
    context = {"title": "Two questions from our records", "case": found, "form": form}
    return page(request, "case/questions.html", context, status=BAD if form.errors else 200)


PROVED = "Written down: both answers were right, so identity is checked. The answers themselves are not kept."
NOT_PROVED = "Written down: it did not match. Other questions come next time; or use another way."


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def add(request: HttpRequest, reference: str) -> HttpResponse:
    """Put a document beside the request that came in another way than through the portal."""
    found = find_case(reference)
    posted = request.method == "POST"
    form = identity_forms.EvidenceForm(request.POST if posted else None, request.FILES if posted else None)
    if posted and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            services.receive(
                case=found,
                kind=form.cleaned_data["kind"],
                file=file,
                by=request.user,
                came_on=form.cleaned_data["came_on"],
            )
        except NotPossible as sentence:
            form.add_error(None, str(sentence))
        else:
            messages.success(request, "Kept, sealed. Look at it, then decide; that destroys it.")
            return redirect("admin:case", found.reference)
    context = {"title": "Add a document", "case": found, "form": form}
    return page(request, "case/evidence_add.html", context, status=BAD if form.errors else 200)


@require_safe
@power_required(Power.WORK_CASES)
def show(request: HttpRequest, reference: str, evidence_id: uuid.UUID) -> HttpResponseBase:
    """A document, to be looked at. Nothing in it can run or fetch anything, and no cache keeps it."""
    found = find_case(reference)
    kept = found.evidence.filter(pk=evidence_id).first()
    if kept is None:
        raise Http404(
            "There is no such document. It is destroyed when it has been decided on, or after 30 days."
        )
    try:
        chunks = iter(proofs.open_for(kept, by=request.user))
        first = next(chunks, b"")
    except vault.Unreadable:
        raise Http404("The document cannot be opened. Ask the customer for it again.") from None
    response = StreamingHttpResponse(
        itertools.chain([first], chunks),
        content_type=uploads.TYPES[kept.ending].media,
    )
    how = "inline" if kept.ending in SHOWN else "attachment"
    response["Content-Disposition"] = f'{how}; filename="{kept.kind}-{found.reference}{kept.ending}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
