"""Signing in by a code, the link in the e-mail, looking a request up, staying and leaving."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts import client, visits
from portal.accounts.models import Challenge, Purpose
from requests_sar import forms, services, showing
from requests_sar.models import Case
from requests_sar.views import codes
from requests_sar.views.ask import CODES_AN_HOUR, TRIES_AN_HOUR
from requests_sar.views.doors import local

ASKED = "asked"  # session: challenge id -> the address as typed, only to show it back
ASKED_MOST = 10


def _send(request: HttpRequest, address: str, target: str, replaces: uuid.UUID | None = None) -> HttpResponse:
    challenge = services.sign_in_code(address=address, replaces=replaces)
    asked = {**request.session.get(ASKED, {}), str(challenge.pk): address}
    request.session[ASKED] = dict(list(asked.items())[-ASKED_MOST:])
    return HttpResponseRedirect(
        f"{reverse('sign_in_code', args=[challenge.pk])}?{urlencode({'next': target})}"
    )


@client.at_most(CODES_AN_HOUR, "codes")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The address to send a code to."""
    target = local(request, request.GET.get("next", ""))
    if request.visit is not None and request.method != "POST":
        return HttpResponseRedirect(target)
    form = forms.SignIn(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _send(request, form.cleaned_data["email"], target)
    return render(request, "requests_sar/sign_in.html", {"form": form}, status=422 if form.errors else 200)


@client.at_most(TRIES_AN_HOUR, "tries")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest, challenge: uuid.UUID) -> HttpResponse:
    """The code. The page is the same whether the address is known to us or not."""
    target = local(request, request.GET.get("next", ""))
    address = request.session.get(ASKED, {}).get(str(challenge), "")
    form = forms.Code()
    if request.POST.get("act") == "again":
        if client.count(request, "codes") > CODES_AN_HOUR:
            return client.too_many(request)
        if not address:
            return redirect("sign_in")
        messages.success(request, "We sent a new code.")
        return _send(request, address, target, replaces=challenge)
    if request.method == "POST":
        form = forms.Code(request.POST)
        if form.is_valid() and (
            arrived := codes.answer(request, form, visits.find(challenge), target=target)
        ):
            return arrived
    context = {"form": form, "address": address, "keeps": showing.keeps_for()}
    return render(request, "requests_sar/sign_in_code.html", context, status=422 if form.errors else 200)


@client.at_most(TRIES_AN_HOUR, "tries")
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the e-mail. Opening it does nothing, since mail scanners open links; the button acts."""
    challenge = visits.find_by_token(token)
    if request.method == "POST" and request.POST.get("act") == "again":
        return _new_link(request, challenge)
    if request.method == "POST":
        try:
            challenge, visit = visits.answer_link(token=token)
        except visits.Expired:
            pass
        else:
            return codes.arrive(request, challenge, visit)
    elif visits.is_live(challenge):
        return render(request, "requests_sar/link.html", {"purpose": _purpose(challenge)})
    if challenge and request.visit and request.visit.address == challenge.address:
        return _carry_on(challenge)
    status = 200 if request.method == "POST" else 410
    return render(request, "requests_sar/link_stopped.html", {"keeps": showing.keeps_for()}, status=status)


def _purpose(challenge: Challenge | None) -> str:
    if services.asks_for_proof(challenge):
        return "prove"
    return "confirm" if challenge and challenge.purpose == Purpose.CONFIRM_REQUEST else "sign-in"


def _carry_on(challenge: Challenge) -> HttpResponse:
    """Used already, but this very browser is signed in with that address: no reason to complain."""
    case = Case.objects.filter(challenge=challenge).first()
    return redirect("request", case.reference) if case else redirect("requests")


def _new_link(request: HttpRequest, challenge: Challenge | None) -> HttpResponse:
    if challenge is None:
        return redirect("sign_in")
    if client.count(request, "codes") > CODES_AN_HOUR:
        return client.too_many(request)
    case = Case.objects.filter(challenge=challenge).first()
    target = reverse("check_email", args=[case.reference]) if case else reverse("requests")
    response = _send(request, challenge.address, target)
    # Who follows an old link has not shown that the address is theirs: do not show it to them.
    request.session[ASKED] = {**request.session[ASKED], list(request.session[ASKED])[-1]: ""}
    return response


@client.at_most(CODES_AN_HOUR, "codes")
@require_http_methods(["GET", "HEAD", "POST"])
def look_up(request: HttpRequest) -> HttpResponse:
    """Find a request by reference and address: always a code first, never a status."""
    form = forms.FindRequest(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        target = reverse("request", args=[form.cleaned_data["reference"]])
        return _send(request, form.cleaned_data["email"], target)
    return render(request, "requests_sar/look_up.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Keep the visit open (being here has done it); the script asks in the background."""
    wants_json = "application/json" in request.headers.get("Accept", "")
    if request.visit is None:
        return JsonResponse({"seconds_left": 0}, status=401) if wants_json else redirect("sign_in")
    left = int((request.visit.expires_at - timezone.now()).total_seconds())
    return JsonResponse({"seconds_left": left}) if wants_json else redirect("requests")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leave, here and in any copy of this session."""
    visits.end(request)
    messages.success(request, "You are signed out.")
    return redirect("home")
