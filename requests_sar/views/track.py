"""C2: the list of requests, one request, messages, cancelling, progress."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import client
from portal.register import store
from requests_sar import forms, services, showing
from requests_sar.casework import NotPossible
from requests_sar.models import Case
from requests_sar.rights import COPIES, Right
from requests_sar.views.doors import case_required, to_case, visit_required
from requests_sar.workflow import Actor, Event, State, events_from

UNSENT = "unsent"  # session: a message whose visit ended before it was sent, by reference
SHOWN = 100
MESSAGES_AN_HOUR = 60  # from one client


@require_safe
@visit_required
def requests(request: HttpRequest) -> HttpResponse:
    """Every request of the visitor, newest first."""
    rows = []
    for case in services.cases_of(request.visit)[:SHOWN]:
        package = services.current_package(case)
        rows.append(
            {
                "case": case,
                "status": showing.status(case, package),
                "late": showing.is_late(case),
                "paused": showing.is_paused(case),
                "next": showing.next_action(case, package),
            }
        )
    return render(request, "requests_sar/requests.html", {"rows": rows})


@require_safe
@case_required
def request_(request: HttpRequest, case: Case) -> HttpResponse:
    """One request: where it stands, by when, what was said, what can be done."""
    return _page(request, case, _message_form(request, case))


def _message_form(request: HttpRequest, case: Case) -> forms.Write:
    unsent = request.session.get(UNSENT, {}).get(case.reference, "")
    return forms.Write(initial={"once": uuid.uuid4(), "text": unsent})


def _page(request: HttpRequest, case: Case, form: forms.Write) -> HttpResponse:
    package = services.current_package(case)
    state = State(case.state)
    possible = events_from(state, Actor.REQUESTER, Right(case.right))
    messages, said_no = showing.thread(case, store.current().controller.name)
    context = {
        "case": case,
        "status": showing.status(case, package),
        "next": showing.next_action(case, package),
        "late": showing.is_late(case),
        "strip": showing.strip(case),
        "waits": showing.waits(case),
        "awaited": services.awaited(case),
        "referred_as": showing.referred_as(case) if state is State.REFERRED else "",
        "linked": services.cases_of(request.visit).filter(group=case.group).exclude(pk=case.pk)
        if case.group
        else [],
        "answer_elsewhere": not services.may_fetch(case, request.visit),
        "longer": showing.longer(case),
        "steps": showing.timeline(case),
        "thread": messages,
        "said_no": said_no,
        "emails": showing.mails(case),
        "job": showing.job(package, reverse("request_progress", args=[case.reference]))
        if package and state is State.COLLECTING
        else None,
        "released": state in {State.RELEASED, State.CLOSED} and case.right in COPIES,
        "asked": showing.asked(case),
        "answer": showing.answer(case),
        "can_cancel": Event.WITHDRAW in possible,
        "form": form,
    }
    return render(request, "requests_sar/request.html", context, status=422 if form.errors else 200)


@client.at_most(MESSAGES_AN_HOUR, "messages")
@require_POST
def message(request: HttpRequest, reference: str) -> HttpResponse:
    """Post a message on a request. If the visit has ended meanwhile, the words wait for the next one."""
    if request.visit is None:
        text = request.POST.get("text", "")[: forms.TEXT_LIMIT]
        request.session[UNSENT] = {reference.upper(): text}
    return _post(request, reference=reference)


@case_required
def _post(request: HttpRequest, case: Case) -> HttpResponse:
    form = forms.Write(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, case, form)
    try:
        services.write(case=case, by=request.visit, **form.cleaned_data)
    except NotPossible as sentence:
        form.add_error("files", str(sentence))
        return _page(request, case, form)
    request.session.pop(UNSENT, None)
    messages.success(request, "We have your message. It stands below.")
    return to_case("request", case)


@require_http_methods(["GET", "HEAD", "POST"])
@case_required
def cancel(request: HttpRequest, case: Case) -> HttpResponse:
    """Cancel a request, after a page that says what that means."""
    if Event.WITHDRAW not in events_from(State(case.state), Actor.REQUESTER, Right(case.right)):
        messages.warning(request, "This request is finished, so there is nothing to cancel.")
        return to_case("request", case)
    form = forms.Cancel(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _withdraw(request, case)
    return render(
        request, "requests_sar/cancel.html", {"case": case, "form": form}, status=422 if form.errors else 200
    )


def _withdraw(request: HttpRequest, case: Case) -> HttpResponse:
    try:
        services.withdraw(case=case, by=request.visit)
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "We cancelled your request. You can ask again at any time.")
    return to_case("request", case)


@require_safe
@case_required
def progress(request: HttpRequest, case: Case) -> HttpResponse:
    """The work in progress, for the script; `working` is false when there is nothing to wait for."""
    package = services.current_package(case)
    working = package and case.state == State.COLLECTING
    job = showing.job(package, request.path) if package and working else None
    return JsonResponse(job.as_json() if job else {"working": False})
