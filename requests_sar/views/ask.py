"""C1: the questions, the check, the code, the receipt."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts import client, visits
from portal.accounts.models import Challenge
from requests_sar import drafts, forms, fulfilment, questions, services, showing
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Draft
from requests_sar.questions.complaint import Contact, Documents
from requests_sar.rights import Right
from requests_sar.views import codes
from requests_sar.views.doors import case_required, not_found, to_case, to_sign_in
from requests_sar.workflow import OPEN, State

CODES_AN_HOUR = 20
TRIES_AN_HOUR = 60
UPLOADS_AN_HOUR = 20
GONE = "We removed your answers after a day, to keep your data safe. Nothing was sent. Please start again."


def _to(step: questions.Step | None, draft: Draft) -> HttpResponseRedirect:
    return redirect("question", draft.pk, step.slug) if step else redirect("check", draft.pk)


def _lost(request: HttpRequest) -> HttpResponse:
    messages.warning(request, GONE)
    return redirect("home")


@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, draft: uuid.UUID, slug: str) -> HttpResponse:
    """One page of questions."""
    found = drafts.find(request, draft)
    if found is None:
        return _lost(request)
    if found.sent_at:
        return _after_sending(found)
    if request.FILES and client.count(request, "uploads") > UPLOADS_AN_HOUR:
        return client.too_many(request)
    step = questions.find(Right(found.right), slug, found.answers)
    if step is None:
        return _to(questions.unanswered(Right(found.right), found.answers), found)
    form = _form(request, step, found)
    if request.method == "POST" and form.is_valid():
        return _keep(request, step, form, found)
    context = {
        "step": step,
        "form": form,
        "draft": found,
        "counted": questions.counted(Right(found.right), step, found.answers),
    }
    context |= step.context(found.answers, request.visit.address if request.visit else "")
    context |= {"field": form[step.single] if step.single else None, "back": _back(request, step, found)}
    return render(request, "requests_sar/question.html", context, status=422 if form.errors else 200)


def _form(request: HttpRequest, step: questions.Step, draft: Draft) -> forms.Step:
    known: dict[str, Any] = {}
    if issubclass(step.form, (forms.Details, Contact)) and request.visit is not None:
        known["known_email"] = request.visit.address
    if issubclass(step.form, Contact) or step.form.takes_answers:
        known["answers"] = draft.answers
    if request.method == "POST":
        return step.form(request.POST, request.FILES, **known)
    return step.form(initial=questions.initial(step, draft.answers), **known)


def _keep(request: HttpRequest, step: questions.Step, form: forms.Step, draft: Draft) -> HttpResponse:
    for name in ("authority", "evidence"):
        upload, held = form.cleaned_data.get(name), getattr(draft, name)
        if upload:
            if held:
                held.delete(save=False)
            held.save(upload.name, upload)
    drafts.answer(draft, **form.stored())
    if "change" in request.GET:
        return _to(questions.unanswered(Right(draft.right), draft.answers), draft)
    return _to(questions.after(Right(draft.right), step, draft.answers), draft)


def _back(request: HttpRequest, step: questions.Step, draft: Draft) -> str:
    if "change" in request.GET:
        return reverse("check", args=[draft.pk])
    previous = questions.before(Right(draft.right), step, draft.answers)
    if previous:
        return reverse("question", args=[draft.pk, previous.slug])
    return reverse("complain") if draft.right == Right.COMPLAINT else reverse("start", args=[draft.right])


@client.at_most(CODES_AN_HOUR, "codes")
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
    """Check your answers; POST sends the request, once however often it is pressed."""
    found = drafts.find(request, draft)
    if found is None:
        return _lost(request)
    if found.sent_at:
        return _after_sending(found)
    missing = questions.unanswered(Right(found.right), found.answers)
    if missing:
        return _to(missing, found)
    like = services.open_like(request.visit, found) if request.visit else None
    if request.method == "POST":
        return _add(request, found, like) if like and "add" in request.POST else _send(request, found)
    context = {
        "draft": found,
        "rows": _rows(found),
        "like": like,
        "needs_code": request.visit is None and questions.needs_code(Right(found.right), found.answers),
        "at_once": questions.stops_at_once(Right(found.right), found.answers),
    }
    return render(request, "requests_sar/check.html", context)


def _rows(draft: Draft) -> list[questions.Row]:
    return questions.rows(Right(draft.right), draft.answers, file=bool(draft.authority))


def _send(request: HttpRequest, draft: Draft) -> HttpResponse:
    draft.answers = questions.sendable(Right(draft.right), draft.answers)
    if draft.authority and draft.answers.get("for_self") != "no":
        draft.authority.delete(save=False)
    draft.save(update_fields=["answers", "authority"])
    return _sent(services.open_request(draft=draft, visit=request.visit))


def _add(request: HttpRequest, draft: Draft, case: Case) -> HttpResponse:
    """The same thing is open already: put these answers under it instead of opening a second one."""
    lines = [f"{row.label}: {', '.join(row.values) or row.value}" for row in _rows(draft)]
    text = "\n".join(["I asked again. Please add this to my request.", *lines])
    services.write(case=case, by=request.visit, text=text[: forms.TEXT_LIMIT], once=draft.pk)
    messages.success(request, "We added this to the request you already have open.")
    return to_case("request", case)


def _after_sending(draft: Draft) -> HttpResponse:
    return _sent(Case.objects.get(submission=draft.pk))


def _sent(case: Case) -> HttpResponse:
    return to_case("check_email" if case.state == State.VERIFYING else "sent", case)


# --- the code --------------------------------------------------------------------------------------------


def _own_case(request: HttpRequest, reference: str) -> Case | None:
    """The case, for the browser it was sent from or for a visitor with its address."""
    case = Case.objects.filter(reference=reference.upper()).first()
    if case is None:
        return None
    sent_here = case.submission and str(case.submission) in request.session.get(drafts.SESSION_KEY, [])
    return case if sent_here else services.case_for(request.visit, reference)


@client.at_most(TRIES_AN_HOUR, "tries")
@require_http_methods(["GET", "HEAD", "POST"])
def check_email(request: HttpRequest, reference: str) -> HttpResponse:
    """The code that confirms a request, for the browser it was sent from."""
    case = _own_case(request, reference)
    if case is None:
        return to_sign_in(request.path) if request.visit is None else not_found(request)
    if case.state != State.VERIFYING:
        return to_case("sent", case)
    act = request.POST.get("act", "")
    if act in {"again", "address"} and client.count(request, "codes") > CODES_AN_HOUR:
        return client.too_many(request)
    form, other = forms.Code(), forms.OtherAddress()
    if act == "confirm" and _proved(request, case):
        services.confirm(challenge=_challenge(case), visit=request.visit)
        return to_case("sent", case)
    if act == "again":
        services.send_code_again(case=case)
        messages.success(request, "We sent a new code. Only the newest one works.")
        return to_case("check_email", case)
    if act == "address":
        other = forms.OtherAddress(request.POST)
        if other.is_valid():
            return _other_address(request, case, other.cleaned_data["email"])
    elif request.method == "POST":
        form = forms.Code(request.POST)
        if form.is_valid() and (arrived := codes.answer(request, form, _challenge(case))):
            return arrived
    bad = form if form.errors else other
    return render(
        request,
        "requests_sar/check_email.html",
        {"case": case, "code_form": form, "other_form": other, "form": bad, "keeps": showing.keeps_for()}
        | {"proved": _proved(request, case), "at_once": showing.at_once(case)},
        status=422 if bad.errors else 200,
    )


def _proved(request: HttpRequest, case: Case) -> bool:
    """Whether this visitor proved the very address by another code: then the press of a button confirms."""
    return (
        request.visit is not None
        and request.visit.address == case.requester_email
        and bool(case.challenge_id)
    )


def _challenge(case: Case) -> Challenge | None:
    return visits.find(case.challenge_id) if case.challenge_id else None


def _other_address(request: HttpRequest, case: Case, address: str) -> HttpResponse:
    try:
        services.change_address(case=case, address=address)
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "We changed the address and sent a code to it.")
    return to_case("check_email", case)


@require_http_methods(["GET", "HEAD", "POST"])
def sent(request: HttpRequest, reference: str) -> HttpResponse:
    """We have it. A complaint and a no to marketing need no proved address: the browser it was sent from sees it."""
    case = _own_case(request, reference)
    if case is not None and case.right == Right.COMPLAINT:
        return _sent_complaint(request, case)
    if case is not None and not fulfilment.needs_proof(case):
        return render(request, "requests_sar/objection_sent.html", {"case": case})
    return _sent_request(request, reference=reference)


def _sent_complaint(request: HttpRequest, case: Case) -> HttpResponse:
    form = Documents(initial={"once": uuid.uuid4()})
    if request.method == "POST":
        if client.count(request, "uploads") > UPLOADS_AN_HOUR:
            return client.too_many(request)
        form = Documents(request.POST, request.FILES)
        if form.is_valid():
            try:
                services.complaints.add_documents(case=case, **form.cleaned_data)
            except NotPossible as problem:
                form.add_error("files", str(problem))
            else:
                messages.success(request, "We have your documents. They are with your complaint.")
                return to_case("sent", case)
    context = {"case": case, "strip": showing.strip(case), "form": form, "open": case.state in OPEN}
    return render(request, "requests_sar/complaint_sent.html", context, status=422 if form.errors else 200)


@require_safe
@case_required
def _sent_request(request: HttpRequest, case: Case) -> HttpResponse:
    if case.state == State.VERIFYING:
        return to_case("check_email", case)
    same = services.cases_of(request.visit).filter(right=case.right, state__in=OPEN)
    others = list(same.exclude(pk=case.pk)[:5])
    context = {"case": case, "others": others, "steps": showing.timeline(case), "strip": showing.strip(case)}
    context["at_once"] = showing.at_once(case)
    return render(request, "requests_sar/sent.html", context)
