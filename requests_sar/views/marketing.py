"""C5: marketing choices. One press turns one thing on or off, and is written down at once; GET only shows."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods

from consent import choices, contacting, signal
from consent.choices import Whom
from consent.models import ConsentEvent, How
from portal.accounts import client
from portal.register import store
from requests_sar.services import details as people
from requests_sar.views.doors import visit_required

CHOICES_AN_HOUR = 120
PER_PAGE = 20
SAVED = "marketing_saved"  # session: the keys of what the last press added, for the sentence and for Undo
HOW = {  # for the reader, where the ledger's own words speak of them to others
    How.PAGE: "This page",
    How.SIGN_UP: "When you signed up",
    How.LINK: "The link in our email",
    How.ONE_CLICK: "The unsubscribe button of your email program",
    How.BROWSER: "Your browser's signal (Global Privacy Control)",
    How.OBJECTION: "Your objection on this portal",
    How.ERASURE: "You asked us to delete your data",
    How.CONFIRMED: "The link in our email that asked you to confirm",
    How.IMPORT: "A list that we had before this portal",
    How.EMAIL: "Your email",
    How.PHONE: "By phone",
    How.LETTER: "Your letter",
}


def whom(request: HttpRequest) -> Whom:
    """Who chooses: the person on file where that is certain, else the address alone."""
    return Whom(people.person_of(request.visit), request.visit.address)


@client.at_most(CHOICES_AN_HOUR, "choices")
@require_http_methods(["GET", "HEAD", "POST"])
@visit_required
def marketing(request: HttpRequest) -> HttpResponse:
    """The page, and every press on it."""
    me = whom(request)
    if request.method == "POST":
        try:
            _press(request, me)
        except choices.NotPossible as problem:
            messages.warning(request, str(problem))
            return redirect("marketing")
        return redirect(reverse("marketing") + "?saved=1")
    response = render(request, "consent/centre.html", _context(request, me))
    patch_vary_headers(response, ["Sec-GPC"])
    return response


def _press(request: HttpRequest, me: Whom) -> None:
    """Do what the button says. Raises NotPossible."""
    act = request.POST.get("act", "")
    if act == "undo":
        choices.undo(whom=me, events=_saved(request, me), by="customer")
        request.session.pop(SAVED, None)
        messages.success(request, "Undone. What stood here before stands again. Both are in the history.")
        return
    made = choices.stop_all(whom=me, by="customer") if act == "stop" else _turn(request, me, act)
    if made:
        request.session[SAVED] = [event.pk for event in made]


def _turn(request: HttpRequest, me: Whom, act: str) -> list[ConsentEvent]:
    if act not in {"on", "off"}:
        raise choices.NotPossible(choices.UNCLEAR)
    posted = {name: request.POST.get(name, "") for name in ("purpose", "channel", "wording")}
    digits = re.fullmatch(r"[0-9]{1,12}", posted.pop("wording"))
    offered = int(digits[0]) if digits else None
    return choices.turn(whom=me, **posted, on=act == "on", offered=offered, by="customer")


def _saved(request: HttpRequest, me: Whom) -> list[ConsentEvent]:
    """What the last press of this browser added, if it is about this very person."""
    return list(choices.history(me).filter(pk__in=request.session.get(SAVED, [])).order_by("pk"))


def _context(request: HttpRequest, me: Whom) -> dict[str, Any]:
    topics = choices.topics(me)
    saved = _saved(request, me) if request.GET.get("saved") else []
    page = Paginator(choices.history(me), PER_PAGE).get_page(request.GET.get("page"))
    for event in page.object_list:
        event.told = HOW.get(How(event.how), event.get_how_display())
        event.about = _about(event)
    for choice in (choice for topic in topics for choice in topic.choices):
        if choice.last:
            choice.last.told = HOW.get(How(choice.last.how), choice.last.get_how_display())
    return {
        "whom": me,
        "topics": topics,
        "any_on": any(choice.on for topic in topics for choice in topic.choices),
        "saved": choices.saved(me, saved),
        "page": page,
        "signal": signal.sent(request.headers),
        "always": [
            each
            for each in store.current().functions
            if not each.is_marketing and contacting.CONTACT in each.categories
        ],
    }


def _about(event: ConsentEvent) -> str:
    name = next((each.name for each in store.current().functions if each.key == event.purpose), event.purpose)
    return f"{name}, {event.get_channel_display().lower().replace('e-mail', 'email')}"
