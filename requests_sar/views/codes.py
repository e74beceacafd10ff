"""Answering a code or a link: the visit opens, waiting requests are confirmed, and the person goes on."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from portal.accounts import visits
from portal.accounts.models import Challenge, Purpose, Visit
from portal.audit import trail
from portal.audit.trail import Verb
from portal.register import store
from requests_sar import services

STOPPED = "That code has stopped working. Send yourself a new one"


def answer(
    request: HttpRequest, form: forms.Form, challenge: Challenge | None, *, target: str = ""
) -> HttpResponse | None:
    """Try the code of a valid form. Returns where to go, or None with the sentence on the form's code."""
    if challenge is None:
        form.add_error("code", STOPPED)
        return None
    try:
        visit = visits.answer_code(challenge_id=challenge.pk, code=form.cleaned_data["code"])
    except (visits.WrongCode, visits.Locked, visits.Expired) as problem:
        explain(form, problem, target=f"challenge:{challenge.pk}")
        return None
    return arrive(request, challenge, visit, target=target)


def explain(
    form: forms.Form,
    problem: visits.WrongCode | visits.Locked | visits.Expired,
    *,
    target: str,
    link: bool = True,
) -> None:
    """Put the sentence about a code that did not work on the form, and a lock into the trail. `link`: the e-mail
    has a button too."""
    phone = store.current().controller.phone
    if isinstance(problem, visits.WrongCode):
        tries = "1 try" if problem.left == 1 else f"{problem.left} tries"
        words = f"That code is not right. Check the latest email from us. You have {tries} left"
    elif isinstance(problem, visits.LockedToday):
        trail.record(Verb.VISIT_LOCKED, by="customer", target=target, reason="for a day")
        words = "There were too many wrong codes for this address today. "
        words += (
            f"Press the button in our latest email instead, or phone {phone}" if link else f"Phone {phone}"
        )
    elif isinstance(problem, visits.Locked):
        trail.record(Verb.VISIT_LOCKED, by="customer", target=target)
        minutes = settings.CODE_LOCK_MINUTES
        words = f"We have locked this for {minutes} minutes to protect your data. You can phone {phone}"
    else:
        words = STOPPED
    form.add_error("code", words)


def arrive(request: HttpRequest, challenge: Challenge, visit: Visit, *, target: str = "") -> HttpResponse:
    """An address was proved in this browser."""
    visits.open_in(request, visit)
    trail.record(Verb.VISIT_OPENED, by="customer", target=f"challenge:{challenge.pk}")
    for case in services.link_came(challenge=challenge, visit=visit):
        return redirect("request", case.reference)
    if challenge.purpose == Purpose.CONFIRM_REQUEST:
        confirmed = services.confirm(challenge=challenge, visit=visit)
        if len(confirmed) == 1:
            return redirect("sent", confirmed[0].reference)
    return HttpResponseRedirect(target) if target else redirect("requests")
