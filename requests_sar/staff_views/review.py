"""Looking a copy through: its records, what is taken out of them, what is put back, and a search for what is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.powers import Power, power_required
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import assembly, reviewing, services
from requests_sar.admin import review_page, review_records, searching
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Redaction
from requests_sar.redacting import Reach
from requests_sar.review_forms import MarkForm, TermForm, WhyForm
from requests_sar.staff_views.doors import BAD, find_case, page
from requests_sar.workflow import State
from subjects import datamap

SEEN = {State.COLLECTING, State.REVIEW, State.RELEASED}
NO_KIND = "This copy has no such kind of data. Go back to the review and choose one."
NO_RECORD = "This record is not in the copy, or not any more. Go back to the list."
PER_PAGE = 50


def _case(request: HttpRequest, reference: str) -> Case:
    """The case, when there is a copy to look through. Raises Http404. The looking is noted in the trail."""
    found = find_case(reference)
    if found.subject_id is None or found.state not in SEEN:
        raise Http404(
            "There is no copy of this request to look through now. Go back to the request; it says what comes next."
        )
    trail.record(Verb.PERSON_VIEWED, by=request.user, target=f"case:{found.reference}", reason="review")
    return found


def _kind(found: Case, key: str) -> datamap.Dataset:
    dataset = reviewing.dataset_of(found, key)
    if dataset is None:
        raise Http404(NO_KIND)
    return dataset


def _page(
    request: HttpRequest, template: str, found: Case, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    frame = review_page.frame(found, services.current_package(found))
    return page(request, f"review/{template}.html", {**frame, **context}, status=status)


@require_safe
@power_required(Power.WORK_CASES)
def listing(request: HttpRequest, reference: str) -> HttpResponse:
    """The records of one kind, with what may be about somebody else pointed out."""
    found = _case(request, reference)
    kinds = reviewing.kinds(found)
    if not kinds:
        raise Http404(NO_KIND)
    dataset = _kind(found, request.GET.get("kind") or _first(found, kinds))
    context = review_page.listing(request, found, dataset)
    return _page(request, "list", found, {"title": "Review the copy", "search_form": TermForm(), **context})


def _first(found: Case, kinds: list[datamap.Dataset]) -> str:
    """The first kind that holds anything: an empty one is a poor beginning."""
    package = services.current_package(found)
    held = {source.dataset for source in package.sources.all() if source.rows} if package else set()
    return next((kind.key for kind in kinds if kind.key in held), kinds[0].key)


@require_POST
@power_required(Power.WORK_CASES)
def search(request: HttpRequest, reference: str) -> HttpResponse:
    """From a text to where it stands; the text itself never stands in an address."""
    found = _case(request, reference)
    form = TermForm({"term": request.POST.get("term", "").replace("\0", "")})
    if not form.is_valid():
        messages.error(request, next(iter(form.errors["term"])) + ".")
        return redirect("admin:review", found.reference)
    token = searching.keep(
        request,
        " ".join(form.cleaned_data["term"].split()),
        session_key=review_page.SESSION_KEY,
        target=f"case:{found.reference}",
    )
    return redirect(f"{reverse('admin:review_found', args=[found.reference])}?find={token}")


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def found(request: HttpRequest, reference: str) -> HttpResponse:
    """Where a text stands, before and after, in the records and in the files; and its removal wherever it stands."""
    case = _case(request, reference)
    term = review_page.term_of(request)
    if not term:
        messages.error(request, "That search is forgotten. Type it again.")
        return redirect("admin:review", case.reference)
    form = WhyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        done = _try(
            request,
            form,
            lambda: services.remove(
                case=case,
                by=request.user,
                reach=Reach.EVERYWHERE,
                phrase=term,
                category=answers["category"],
                law=answers["law"],
                why=answers["why"],
            ),
        )
        if done:
            messages.success(request, f"R{done.number}: these words go from every record. {AGAIN}")
            return redirect(request.get_full_path())
    context = review_page.found(case, services.current_package(case), term, request.GET.get("find", ""))
    context |= {"title": "Where these words stand", "form": form, "search_form": TermForm()}
    return _page(request, "found", case, context, status=BAD if form.errors else 200)


AGAIN = "Collect again before you release, so that the files are made without it."


def _try(request: HttpRequest, form: Any, verb: Callable[[], Redaction]) -> Redaction | None:
    """Call the verb; a refusal is a sentence above what was typed, which stays."""
    try:
        return verb()
    except NotPossible as sentence:
        form.add_error(None, str(sentence))
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def record(request: HttpRequest, reference: str, kind: str, record: str) -> HttpResponse:
    """One record, as held and as the customer will see it, and the taking out of a cell, of words, of all of it."""
    found = _case(request, reference)
    dataset = _kind(found, kind)
    row = reviewing.row_of(found, dataset, record)
    if row is None:
        raise Http404(NO_RECORD)
    form = MarkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        wanted = _wanted(request.POST.get("what", ""), form.cleaned_data)
        done = _try(
            request,
            form,
            lambda: services.remove(
                case=found, by=request.user, **{"dataset": dataset.key, "record": record, **wanted}
            ),
        )
        if done:
            messages.success(request, f"R{done.number}: removed. {AGAIN}")
            return redirect(request.get_full_path())
    return _page(
        request,
        "record",
        found,
        _record_context(request, found, dataset, record, row, form),
        status=BAD if form.errors else 200,
    )


def _wanted(what: str, answers: dict[str, Any]) -> dict[str, str]:
    """What the pressed button and the answers ask for, in the words of `services.remove`."""
    wanted = {name: answers[name] for name in ("category", "law", "why")}
    how, _, which = what.partition(":")
    if how in (Reach.RECORD, Reach.HIDDEN):
        return {**wanted, "reach": how}
    if how == Reach.CELL:
        return {**wanted, "reach": how, "column": which[:60]}
    everywhere = answers["reach"] == Reach.EVERYWHERE
    wanted |= {"phrase": which if how == "say" else answers["phrase"]}
    if everywhere:
        return {**wanted, "reach": Reach.EVERYWHERE, "dataset": "", "record": ""}
    return {**wanted, "reach": Reach.PHRASE}


def _record_context(
    request: HttpRequest, found: Case, dataset: datamap.Dataset, record: str, row: list[Any], form: Any
) -> dict[str, Any]:
    term = review_page.term_of(request)
    showing = review_records.Showing(found, dataset, reviewing.needle(term) if term else None)
    shown = showing.record(record, row, whole=True)
    filters = review_page.wanted(request.GET, term)
    earlier, later = review_page.neighbours(found, dataset, record, filters, showing.known)
    own = Redaction.objects.filter(case=found, dataset=dataset.key, record=record, undone_at=None)
    return {
        "title": f"{dataset.title}, {shown.handle}",
        "dataset": dataset,
        "record": shown,
        "key": record,
        "suggestions": showing.suggestions(row),
        "removals": review_page.removals(found, own),
        "form": form,
        "earlier": earlier,
        "later": later,
        "query": request.GET.urlencode(),
        "has_file": bool(dataset.file and reviewing.file_of(found, dataset, record)),
    }


@require_safe
@power_required(Power.WORK_CASES)
def removed(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything that is removed, and what was put back: who, when, why."""
    found = _case(request, reference)
    rows = Redaction.objects.filter(case=found).order_by("undone_at", "number", "pk")
    current = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": "What is removed",
        "removals": review_page.removals(found, current.object_list),
        "page": current,
        "page_url": f"{reverse('admin:review_removed', args=[found.reference])}?",
        "pages": list(current.paginator.get_elided_page_range(current.number, on_each_side=2, on_ends=1)),
    }
    return _page(request, "removed", found, context)


@require_POST
@power_required(Power.WORK_CASES)
def undo(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Put something back."""
    found = _case(request, reference)
    row = Redaction.objects.filter(case=found, pk=pk).first()
    if row is None:
        raise Http404("There is no such removal in this request.")
    try:
        services.put_back(redaction=row, by=request.user)
    except NotPossible as sentence:
        messages.error(request, str(sentence))
    else:
        messages.success(request, f"R{row.number}: put back. The customer will get it.")
    if request.POST.get("from") == "record" and row.record:
        return redirect("admin:review_record", found.reference, row.dataset, row.record)
    return redirect("admin:review_removed", found.reference)


@require_safe
@power_required(Power.WORK_CASES)
def file(request: HttpRequest, reference: str, kind: str, record: str) -> HttpResponseBase:
    """The file of one record, for instance to hear a recording; saved, never opened inside our own pages."""
    found = _case(request, reference)
    dataset = _kind(found, kind)
    name = reviewing.file_of(found, dataset, record) if dataset.file else None
    if not name or not assembly.storage(dataset).exists(name):
        raise Http404("This record has no file, or it is not in the store.")
    response = FileResponse(
        assembly.storage(dataset).open(name, "rb"),
        as_attachment=True,
        filename=f"{dataset.key}-{record[:12]}.{name.rpartition('.')[2][:5]}",
        content_type="application/octet-stream",
    )
    response["Cache-Control"] = "no-store"
    return response
