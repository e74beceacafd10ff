"""The officer's pages about one item of a request to correct: decide, say which record it is, look at the proof."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.powers import Power, power_required
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar.casework import NotPossible
from requests_sar.correction_forms import ColumnForm, DecideForm, NewItemForm
from requests_sar.fulfilment import rectification
from requests_sar.models import Case, Correction
from requests_sar.services import corrections as verbs
from requests_sar.showing import wrong
from requests_sar.staff_views.doors import BAD, find_case, page
from subjects import items
from subjects.datamap import Kind

NEW = 0  # in an address: an item that is not written down yet


def _item(case: Case, number: int) -> Correction:
    """Raises Http404."""
    found = Correction.objects.filter(case=case, pk=number).select_related("case__subject").first()
    if found is None:
        raise Http404("There is no such item in this request.")
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def decide(request: HttpRequest, reference: str, item: int) -> HttpResponse:
    """Before and after of one item, and the decision."""
    case = find_case(reference)
    correction = _item(case, item)
    initial = {
        "seen": case.version,
        "decision": correction.decision,
        "text": correction.text or correction.wanted,
        "reason": correction.reason,
    }
    form = DecideForm(
        request.POST if request.method == "POST" else None, correction=correction, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        try:
            verbs.decide(
                correction=correction,
                decision=answers["decision"],
                text=answers["text"],
                reason=answers["reason"],
                by=request.user,
                seen=answers["seen"],
            )
        except NotPossible as sentence:
            form.add_error(None, str(sentence))
        else:
            messages.success(request, "Decided. Nothing is written into the record before you answer.")
            return redirect("admin:case", case.reference)
    context = {
        "title": correction.label or "An item in their own words",
        "case": case,
        "correction": correction,
        "now": rectification.live(correction),
        "evidence": rectification.is_evidence(correction),
        "form": form,
    }
    return page(request, "corrections/decide.html", context, status=BAD if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def place(request: HttpRequest, reference: str, item: int) -> HttpResponse:
    """Choose the kind, the record and the detail that an item (or a new one) is about, one after the other."""
    case = find_case(reference)
    correction = _item(case, item) if item != NEW else None
    if case.subject is None:
        messages.error(request, "Choose the person on file first, so that we know whose data it is about.")
        return redirect("admin:case", case.reference)
    context: dict[str, Any] = {
        "title": "Which record is it?" if correction else "Another thing that is wrong",
        "case": case,
        "correction": correction,
    }
    kind = rectification.kind_of(request.GET.get("dataset", ""))
    row = items.row_of(kind, case.subject, request.GET.get("record", "")) if kind else None
    if kind is None:
        return page(request, "corrections/place.html", {**context, "kinds": wrong.kinds(case.subject)})
    context |= {"dataset": kind, "name": items.name_of(kind, row) if row is not None else ""}
    if row is None:
        rows, choices = wrong.records(case.subject, kind, request.GET.get("page"))
        return page(request, "corrections/place.html", {**context, "page": rows, "records": choices})
    return _place(request, case, correction, kind, row, context)


def _place(
    request: HttpRequest,
    case: Case,
    correction: Correction | None,
    kind: Any,
    row: Any,
    context: dict[str, Any],
) -> HttpResponse:
    held = [
        (column.path, column.label, items.text_of(column, items.value_of(row, column.path)))
        for column in kind.columns
        if column.kind is not Kind.FILE
    ]
    form_class = ColumnForm if correction else NewItemForm
    form = form_class(
        request.POST if request.method == "POST" else None, held=held, initial={"seen": case.version}
    )
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        where = {"dataset": kind.key, "record": str(row.pk), "column": answers["column"]}
        try:
            if correction:
                verbs.name_item(correction=correction, by=request.user, seen=answers["seen"], **where)
            else:
                verbs.add_item(
                    case=case,
                    wanted=answers["wanted"],
                    pause=answers["pause"],
                    by=request.user,
                    seen=answers["seen"],
                    **where,
                )
        except NotPossible as sentence:
            form.add_error(None, str(sentence))
        else:
            messages.success(request, "Written down. Now decide on it.")
            return redirect("admin:case", case.reference)
    return page(
        request, "corrections/place.html", {**context, "form": form}, status=BAD if form.errors else 200
    )


@require_safe
@power_required(Power.WORK_CASES)
def proof(request: HttpRequest, reference: str, item: int) -> HttpResponse:
    """The file that came with an item, handed out as a download and never shown inside our own pages."""
    case = find_case(reference)
    correction = _item(case, item)
    if not correction.evidence or not correction.evidence.storage.exists(correction.evidence.name):
        raise Http404("No file came with this item, or it is gone.")
    trail.record(Verb.PERSON_VIEWED, by=request.user, target=f"case:{case.reference}", reason="proof")
    ending = correction.evidence.name.rpartition(".")[2].lower()
    return FileResponse(
        correction.evidence.open("rb"),
        as_attachment=True,
        filename=f"proof-{case.reference}-{correction.pk}.{ending}",
        content_type="application/octet-stream",
    )
