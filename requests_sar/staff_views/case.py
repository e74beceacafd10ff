"""The page of one case, and every act on it."""

from __future__ import annotations

import copy
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.powers import Power, power_required
from requests_sar import clockwork, letters, packages, services
from requests_sar.admin import acts, case_page, searching
from requests_sar.admin.listing import FIND
from requests_sar.admin.queue import QUEUE
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Source
from requests_sar.staff_forms import ReleaseForm, WaiveForm
from requests_sar.staff_views.doors import BAD, find_case, page

SECOND = ("confirmed", "again")  # what only a second press says
Refusals = (NotPossible, packages.Refused)


@require_POST
@power_required(Power.READ_CASES)
def search(request: HttpRequest) -> HttpResponse:
    """From a search text to its case, or to the queue with a token; the text itself never stands in an address."""
    text = " ".join(request.POST.get("text", "").replace("\x00", " ").split())
    reference = searching.reference_in(text)
    if reference and Case.objects.filter(reference=reference).exists():
        return redirect("admin:case", reference)
    if not text:
        return redirect(QUEUE)
    return redirect(f"{reverse(QUEUE)}?{FIND}={searching.keep(request, text)}")


@require_safe
@power_required(Power.READ_CASES)
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything about one case, with what can be done now."""
    found = find_case(reference)
    return page(request, "case/page.html", case_page.context(request, found))


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def act(request: HttpRequest, reference: str, slug: str) -> HttpResponse:
    """One act on a case: its page, if it asks for something, and its doing."""
    chosen = acts.ACTS.get(slug)
    found = find_case(reference)
    if chosen is None:
        raise Http404("There is no such act. Go back to the request.")
    form = _form(request, chosen, found)
    if request.method != "POST":
        if not chosen.has_page or not chosen.offered(found, services.current_package(found)):
            messages.error(request, _why_not(chosen, found))
            return redirect("admin:case", found.reference)
        return _act_page(request, chosen, found, form)
    if chosen.rehearsed and not chosen.offered(found, None):
        form.add_error(None, _why_not(chosen, found))
        return _act_page(request, chosen, found, _fresh(form, found), status=BAD)
    if not form.is_valid():
        return _act_page(request, chosen, found, form, status=BAD)
    if (slug == "refuse" or chosen.rehearsed) and "again" in request.POST:
        return _act_page(request, chosen, found, _fresh(form, found))
    if chosen.rehearsed and not form.cleaned_data["confirmed"]:
        return _rehearse(request, chosen, found, form)
    if slug == "refuse" and not form.cleaned_data["confirmed"]:
        return _preview(request, found, form)
    return _do(request, chosen, found, form)


def _form(request: HttpRequest, chosen: acts.Act, found: Case) -> Any:
    extra: dict[str, Any] = {"late": services.is_late(found)} if issubclass(chosen.form, ReleaseForm) else {}
    if chosen.takes_case:
        extra["case"] = found
    if chosen.takes_user:
        extra["by"] = request.user
    prefix = chosen.slug if chosen.slug in {"note", "message"} else None  # two forms on the page of the case
    initial = {"seen": found.version, "owner": found.owner_id}
    return chosen.form(request.POST or None, request.FILES or None, prefix=prefix, initial=initial, **extra)


def _do(request: HttpRequest, chosen: acts.Act, found: Case, form: Any) -> HttpResponse:
    """Call the verb; a refusal is a sentence beside what was typed, which stays."""
    try:
        result = chosen.run(found, request.user, form.cleaned_data)
    except Refusals as sentence:
        if not chosen.has_page:
            messages.error(request, str(sentence))
            return redirect("admin:case", found.reference)
        form.add_error(None, str(sentence))
        found = find_case(found.reference)
        return _act_page(request, chosen, found, _fresh(form, found), status=BAD)
    messages.success(request, chosen.said(result))
    return redirect("admin:case", found.reference)


def _rehearse(request: HttpRequest, chosen: acts.Act, found: Case, form: Any) -> HttpResponse:
    """What the act would do to the dates and which letter would go, before anything is saved."""
    try:
        outcome = acts.rehearse(chosen, found, request.user, form.cleaned_data)
    except Refusals as sentence:
        form.add_error(None, str(sentence))
        found = find_case(found.reference)
        return _act_page(request, chosen, found, _fresh(form, found), status=BAD)
    context = {
        "title": f"{chosen.title}: check, then save",
        "case": found,
        "act": chosen,
        "outcome": outcome,
        "typed": [item for item in request.POST.items() if item[0] not in {"csrfmiddlewaretoken", *SECOND}],
    }
    return page(request, "case/clock_preview.html", context)


def _why_not(chosen: acts.Act, found: Case) -> str:
    if chosen.slug == "extend":
        return clockwork.why_not_extended(found) or _not_now(chosen, found)
    return _not_now(chosen, found)


def _fresh(form: Any, found: Case) -> Any:
    """The form with what was typed, for a person who now sees the case as it is, and has confirmed nothing yet."""
    form.data = form.data.copy()
    form.data["seen"], form.data["confirmed"] = str(found.version), ""
    return form


def _act_page(
    request: HttpRequest, chosen: acts.Act, found: Case, form: Any, *, status: int = 200
) -> HttpResponse:
    package = services.current_package(found)
    context = {
        "title": chosen.title,
        "act": chosen,
        "case": found,
        "form": form,
        "facts": chosen.facts(found) if chosen.facts else [],
        "work": case_page.work(found, package, timezone.now()) if chosen.slug == "release" else None,
        "letter": services.release_letter(found) if chosen.slug == "release" else None,
    }
    return page(request, "case/act.html", context, status=status)


def _not_now(chosen: acts.Act, found: Case) -> str:
    where = found.get_state_display()
    return (
        f"“{chosen.button}” is not possible now: the request is “{where}”. This is the request as it stands."
    )


def _preview(request: HttpRequest, found: Case, form: Any) -> HttpResponse:
    """The refusal as the customer will read it, before it goes."""
    refused = copy.copy(found)
    refused.ground, refused.refusal = form.cleaned_data["ground"], form.cleaned_data["reason"].strip()
    context = {
        "title": "Read the letter, then send it",
        "case": found,
        "form": form,
        "letter": letters.compose(refused, "refused"),
        "seen": form.cleaned_data.get("seen"),
    }
    return page(request, "case/refuse_preview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def leave_out(request: HttpRequest, reference: str, source_id: int) -> HttpResponse:
    """Leave a failed part out, with the reason that the customer reads, and carry on."""
    found = find_case(reference)
    source = Source.objects.filter(pk=source_id, package__case=found).first()
    if source is None:
        raise Http404("That part does not belong to this request.")
    form = WaiveForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            acts.leave_out(found, request.user, source.pk, form.cleaned_data["reason"])
        except Refusals as sentence:
            form.add_error(None, str(sentence))
        else:
            messages.success(request, "Left out. Collecting carries on with the other parts.")
            return redirect("admin:case", found.reference)
    if request.method == "POST":
        status = BAD
    context = {"title": "Leave a part out", "case": found, "form": form, "source": source}
    return page(request, "case/leave_out.html", context, status=status)
