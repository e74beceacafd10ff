"""C6: your details. One is changed at a time; a new e-mail address goes by a code; the last change can be undone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import client, visits
from portal.register.model import listed
from requests_sar import details_forms, forms, recipients
from requests_sar.services import details as verbs
from requests_sar.showing import details as showing
from requests_sar.showing import keeps_for
from requests_sar.views import codes
from requests_sar.views.ask import CODES_AN_HOUR, TRIES_AN_HOUR
from requests_sar.views.doors import not_found, visit_required
from subjects import services as people
from subjects.models import Subject
from subjects.services import Refused

CHANGES_AN_HOUR = 60
View = Callable[..., HttpResponse]


def person_required(view: View) -> View:
    """A page about the visitor's own details: the view gets the person. For others, how to ask instead."""

    @visit_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        subject = verbs.person_of(request.visit)
        if subject is None:
            return render(request, "requests_sar/details/closed.html")
        return view(request, subject, *args, **kwargs)

    return guarded


@require_safe
@person_required
def details(request: HttpRequest, subject: Subject) -> HttpResponse:
    """Everything that can be changed here, everything else of the kind, and the history."""
    changeable = showing.details(subject)
    context = {
        "details": changeable,
        "locked": showing.locked(subject),
        "history": showing.history(subject),
        "most": showing.HISTORY,
        "undoable": people.undoable(subject),
        "paused": any(detail.paused for detail in changeable),
    }
    return render(request, "requests_sar/details/details.html", context)


@client.at_most(CHANGES_AN_HOUR, "details")
@require_http_methods(["GET", "HEAD", "POST"])
@person_required
def change(request: HttpRequest, subject: Subject, dataset: str, record: str, slug: str) -> HttpResponse:
    """One detail: its page, and the change."""
    detail = showing.find(subject, dataset, record, slug)
    if detail is None:
        return not_found(request)
    form = details_forms.Change(
        request.POST if request.method == "POST" else None,
        dataset=detail.dataset,
        columns=detail.columns,
        also=showing.also(subject, detail),
        initial=showing.values(detail, subject),
    )
    if request.method == "POST" and form.is_valid() and (done := _change(request, subject, detail, form)):
        return done
    context = {"detail": detail, "form": form, "single": form[detail.slug] if len(form.fields) == 1 else None}
    return render(request, "requests_sar/details/change.html", context, status=422 if form.errors else 200)


def _change(
    request: HttpRequest, subject: Subject, detail: showing.Detail, form: details_forms.Change
) -> HttpResponse | None:
    """Do it, or put the sentence beside the field."""
    values = form.values()
    where = {"subject": subject, "dataset": detail.dataset.key, "record": detail.record}
    try:
        if detail.is_address and (address := values[detail.slug]):
            if client.count(request, "codes") > CODES_AN_HOUR:
                return client.too_many(request)
            asked = verbs.ask_address(visit=request.visit, column=detail.slug, address=address, **where)
            return redirect("details_code", asked.pk)
        if detail.record == showing.NEW:
            changed = verbs.add_detail(
                subject=subject, visit=request.visit, dataset=detail.dataset.key, values=values
            )
        else:
            everywhere = form.cleaned_data.get("everywhere", False)
            changed = verbs.change_details(visit=request.visit, values=values, everywhere=everywhere, **where)
    except Refused as problem:
        form.add_error(problem.column if problem.column in form.fields else None, str(problem))
        return None
    _say(request, "Added." if detail.record == showing.NEW else "Changed.", changed)
    return redirect("details")


def _say(request: HttpRequest, words: str, changed: verbs.Changed) -> None:
    if not changed.changes:
        messages.info(request, "That is what we had already, so nothing was changed.")
        return
    told = recipients.names(changed.notices)
    words += f" We will also tell: {listed(told)}." if told else ""
    messages.success(request, words)


@require_POST
@person_required
def undo(request: HttpRequest, subject: Subject) -> HttpResponse:
    """Take the last change back."""
    try:
        changed = verbs.undo_change(subject=subject, visit=request.visit)
    except Refused as problem:
        messages.warning(request, str(problem))
    else:
        _say(request, "Undone. What stood there before stands there again.", changed)
    return redirect("details")


@client.at_most(TRIES_AN_HOUR, "tries")
@require_http_methods(["GET", "HEAD", "POST"])
@visit_required
def code(request: HttpRequest, change: uuid.UUID) -> HttpResponse:
    """The code that was sent to the new address. The page is the same whoever has that address."""
    found = verbs.change_of(request.visit, change)
    if found is None:
        return redirect("details")
    if request.POST.get("act") == "again":
        if client.count(request, "codes") > CODES_AN_HOUR:
            return client.too_many(request)
        verbs.send_address_code_again(change=found)
        messages.success(request, "We sent a new code. Only the newest one works.")
        return redirect("details_code", found.pk)
    form = forms.Code(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and (done := _confirm(request, found, form)):
        return done
    context = {"form": form, "address": found.new, "keeps": keeps_for()}
    return render(request, "requests_sar/details/code.html", context, status=422 if form.errors else 200)


def _confirm(request: HttpRequest, found: Any, form: Any) -> HttpResponse | None:
    try:
        visit = verbs.confirm_address(change=found, visit=request.visit, code=form.cleaned_data["code"])
    except (visits.WrongCode, visits.Locked, visits.Expired) as problem:
        codes.explain(form, problem, target=f"challenge:{found.challenge_id}", link=False)
        return None
    except Refused as problem:
        messages.warning(request, str(problem))
        return redirect("details")
    if visit.pk != request.visit.pk:
        visits.open_in(request, visit)
    messages.success(
        request,
        "Changed. From now on we write to your new address. We told the old one that it was replaced.",
    )
    return redirect("details")


@client.at_most(TRIES_AN_HOUR, "tries")
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, token: str) -> HttpResponse:
    """ "This was not me", from the notice to the old address. Opening it does nothing; the button acts."""
    if request.method == "POST" and verbs.take_back_address(token=token):
        return render(request, "requests_sar/details/taken_back.html")
    found = verbs.disowned(token)
    return render(
        request, "requests_sar/details/take_back.html", {"found": found}, status=200 if found else 410
    )
