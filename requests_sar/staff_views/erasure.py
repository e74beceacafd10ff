"""The officer's pages of an erasure: decide kind by kind, do the dry run, watch, try again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.powers import Power, power_required
from requests_sar.admin import erasing
from requests_sar.casework import NotPossible
from requests_sar.erasure_forms import LineForm
from requests_sar.fulfilment.erasure import plan_of
from requests_sar.models import Case
from requests_sar.rights import Right
from requests_sar.services import erasure
from requests_sar.services.erasure import Choice, Undecided
from requests_sar.showing import disposing
from requests_sar.staff_views.doors import BAD, find_case, page
from requests_sar.workflow import State
from retention import sentences
from retention.models import Disposal

NOT_NOW = "The plan can be decided once the request is taken up, and until it is approved."


def _plan(case: Case) -> Disposal | None:
    return plan_of(case) if case.right == Right.ERASURE and case.state == State.REVIEW else None


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    """The grid: every kind of data with its suggestion, to be decided. POST saves all lines, or none."""
    case = find_case(reference)
    plan = _plan(case)
    if plan is None:
        messages.error(request, NOT_NOW)
        return redirect("admin:case", case.reference)
    forms = {line.pk: LineForm(request.POST or None, line=line) for line in plan.lines.all()}
    if request.method == "POST" and not [form for form in forms.values() if not form.is_valid()]:
        return _save(request, case, plan, forms)
    return _grid(request, case, plan, forms)


def _save(request: HttpRequest, case: Case, plan: Disposal, forms: dict[int, LineForm]) -> HttpResponse:
    choices = [
        Choice(
            pk,
            form.cleaned_data["decision"],
            form.cleaned_data["reason"],
            form.cleaned_data.get("override", False),
        )
        for pk, form in forms.items()
    ]
    try:
        erasure.decide(case=case, by=request.user, choices=choices, seen=_seen(request))
    except Undecided as sentence:
        forms[sentence.line].add_error("reason", str(sentence))
        return _grid(request, case, plan, forms)
    except NotPossible as sentence:
        messages.error(request, str(sentence))
        return redirect("admin:case_erasure", case.reference)
    messages.success(request, "Saved. Do the dry run next: it lists what goes.")
    return redirect("admin:case", case.reference)


def _seen(request: HttpRequest) -> int | None:
    given = request.POST.get("seen", "")
    return int(given) if given.isdecimal() and len(given) < 10 else None


def _grid(request: HttpRequest, case: Case, plan: Disposal, forms: dict[int, LineForm]) -> HttpResponse:
    errors = any(form.errors for form in forms.values())
    context: dict[str, Any] = {
        "title": "Decide, kind by kind",
        "case": case,
        "plan": plan,
        "rows": erasing.rows(plan, forms),
        "totals": erasing.totals(plan),
        "backups": sentences.backups(),
        "errors": errors,
    }
    return page(request, "case/erasure.html", context, status=BAD if errors else 200)


@require_POST
@power_required(Power.WORK_CASES)
def dry_run(request: HttpRequest, reference: str) -> HttpResponse:
    """List what would go, record by record, without touching anything."""
    case = find_case(reference)
    return _act(
        request,
        case,
        lambda: erasure.dry_run(case=case, by=request.user),
        "The dry run is done: this is what goes.",
    )


@require_POST
@power_required(Power.WORK_CASES)
def again(request: HttpRequest, reference: str) -> HttpResponse:
    """Try again what failed."""
    case = find_case(reference)
    return _act(request, case, lambda: erasure.try_again(case=case, by=request.user), "It is tried again.")


def _act(request: HttpRequest, case: Case, verb: Any, done: str) -> HttpResponse:
    try:
        verb()
    except NotPossible as sentence:
        messages.error(request, str(sentence))
    else:
        messages.success(request, done)
    return redirect("admin:case", case.reference)


@require_safe
@power_required(Power.READ_CASES)
def progress(request: HttpRequest, reference: str) -> HttpResponse:
    """How far it is, for the script; `working` is false when there is nothing to wait for."""
    case = find_case(reference)
    job = disposing.job(plan_of(case), request.path, answering=case.state == State.APPLYING)
    return JsonResponse(job.as_json() if job else {"working": False})
