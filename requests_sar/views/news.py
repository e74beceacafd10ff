"""News by e-mail without signing in: an address and an empty box, then the link in the mailbox (double opt-in)."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from consent import choices, confirming, purposes, wordings
from consent.models import Channel, Wording
from portal.accounts import client
from portal.forms import Question
from requests_sar.forms import email_field
from requests_sar.views.ask import CODES_AN_HOUR, TRIES_AN_HOUR


class News(Question):
    """Whose address, and a yes that nobody gave in advance."""

    email = email_field(
        help_text="We send a link there first. Nothing starts until you press the button on its page."
    )
    wording = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    yes = forms.BooleanField(
        label="I agree",
        error_messages={
            "required": "Tick the box if you agree to these words. If you do not, leave this page"
        },
    )

    def __init__(self, *args: Any, offer: Wording, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer = offer
        self.fields["yes"].label = f"I agree: {offer.text}"

    def clean_wording(self) -> int:
        """The words that the page showed are those that are shown now."""
        if self.cleaned_data["wording"] != self.offer.pk:
            self.add_error("yes", choices.OTHER_WORDS)
        return self.offer.pk


def _offer() -> Wording:
    """The words of the first kind of marketing; other kinds are chosen after signing in."""
    kinds = purposes.marketing()
    if not kinds:
        raise Http404
    return wordings.current(kinds[0].key, Channel.EMAIL)


@client.at_most(CODES_AN_HOUR, "codes")
@require_http_methods(["GET", "HEAD", "POST"])
def news(request: HttpRequest) -> HttpResponse:
    """The form; and one answer for every address, known, unknown or on the do-not-contact list."""
    offer = _offer()
    posted = request.POST if request.method == "POST" else None
    form = News(posted, offer=offer, initial={"wording": offer.pk})
    if posted is not None and form.is_valid():
        confirming.ask(address=form.cleaned_data["email"], purpose=offer.purpose, offered=offer)
        return render(request, "consent/news_asked.html", {"days": confirming.DAYS})
    return render(request, "consent/news.html", {"form": form}, status=422 if form.errors else 200)


@client.at_most(TRIES_AN_HOUR, "tries")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link. Opening it does nothing, since mail scanners open links; the button is the yes."""
    try:
        if not re.fullmatch(r"[A-Za-z0-9_-]{60,800}", token):
            raise confirming.Stopped
        if request.method == "POST":
            event = confirming.confirm(token)
            return render(request, "consent/news_confirmed.html", {"event": event})
        _, _, words = confirming.read(token)
    except confirming.Stopped:
        return render(request, "consent/news_stopped.html", {"days": confirming.DAYS}, status=410)
    return render(request, "consent/news_confirm.html", {"words": words})
