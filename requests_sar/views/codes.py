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
    except visits.WrongCode as wrong:
        tries = "1 try" if wrong.left == 1 else f"{wrong.left} tries"
        form.add_error(
            "code", f"That code is not right. Check the latest email from us. You have {tries} left"
        )
    except visits.LockedToday:
        trail.record(Verb.VISIT_LOCKED, by="customer", target=f"challenge:{challenge.pk}", reason="for a day")
        phone = store.current().controller.phone
        form.add_error(
            "code",
            "There were too many wrong codes for this address today. Press the button in our latest email instead, "
            f"or phone {phone}",
        )
    except visits.Locked:
        trail.record(Verb.VISIT_LOCKED, by="customer", target=f"challenge:{challenge.pk}")
        phone = store.current().controller.phone
        minutes = settings.CODE_LOCK_MINUTES
        form.add_error(
            "code", f"We have locked this for {minutes} minutes to protect your data. You can phone {phone}"
        )
    except visits.Expired:
        form.add_error("code", STOPPED)
    else:
        return arrive(request, challenge, visit, target=target)
    return None


def arrive(request: HttpRequest, challenge: Challenge, visit: Visit, *, target: str = "") -> HttpResponse:
    """An address was proved in this browser."""
    visits.open_in(request, visit)
    trail.record(Verb.VISIT_OPENED, by="customer", target=f"challenge:{challenge.pk}")
    if challenge.purpose == Purpose.CONFIRM_REQUEST:
        confirmed = services.confirm(challenge=challenge, visit=visit)
        if len(confirmed) == 1:
            return redirect("sent", confirmed[0].reference)
    return HttpResponseRedirect(target) if target else redirect("requests")
