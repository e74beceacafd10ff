"""The words beside each marketing choice: which are shown now, the older ones, and publishing others after a look."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from consent import choices, purposes, wordings
from consent.models import Channel
from consent.models.events import REACHES
from portal.accounts.powers import Power, may, power_required
from portal.forms import LongText, Question
from requests_sar.letters import difference
from requests_sar.staff_views.doors import BAD, page

MOVED_ON = "Somebody published other words meanwhile. They are shown above; change those, then publish."


class Words(Question):
    """Other words for a choice, and the version that the page showed."""

    text = LongText(
        label="The words",
        max_length=wordings.LONGEST,
        rows=5,
        help_text="What people agree to when they press the button. Name the company, the way and the purpose.",
        error_messages={"required": "Write the words that people agree to."},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


@require_safe
@power_required(Power.READ_CASES)
def index(request: HttpRequest) -> HttpResponse:
    """Every choice with the words that stand beside it now."""
    rows = [
        {"function": each, "channel": channel, "now": wordings.current(each.key, channel)}
        for each in purposes.marketing()
        for channel in REACHES
    ]
    return page(request, "consent/index.html", {"title": "Marketing words", "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.READ_CASES)
def words(request: HttpRequest, purpose: str, channel: str) -> HttpResponse:
    """The words beside one choice, every version, and for those who may, publishing others."""
    if channel not in REACHES or purpose not in {each.key for each in purposes.marketing()}:
        raise Http404("There is no such choice. Choose one from the list of marketing words.")
    if request.method == "POST":
        return _publish(request, purpose, channel)
    return _page(request, purpose, channel, _fresh(purpose, channel))


def _fresh(purpose: str, channel: str) -> Words:
    now = wordings.current(purpose, channel)
    return Words(initial={"text": now.text, "seen": now.version})


@power_required(Power.EDIT_LETTERS)
def _publish(request: HttpRequest, purpose: str, channel: str) -> HttpResponse:
    form = Words(request.POST)
    if not form.is_valid():
        return _page(request, purpose, channel, form, status=BAD)
    text = " ".join(form.cleaned_data["text"].split())
    if "look" in request.POST:
        return _page(request, purpose, channel, form, looked=text)
    if form.cleaned_data["seen"] != wordings.current(purpose, channel).version:
        form.add_error(None, MOVED_ON)
        return _page(request, purpose, channel, form, status=BAD)
    try:
        made = wordings.publish(purpose=purpose, channel=channel, text=text, by=request.user)
    except wordings.Refused as sentence:
        form.add_error("text", str(sentence))
        return _page(request, purpose, channel, form, status=BAD)
    messages.success(
        request, f"Version {made.version} is shown from now on. Who agreed before agreed to theirs."
    )
    return redirect("admin:consent_words", purpose, channel)


def _page(
    request: HttpRequest, purpose: str, channel: str, form: Words, *, looked: str = "", status: int = 200
) -> HttpResponse:
    now = wordings.current(purpose, channel)
    context: dict[str, Any] = {
        "title": f"{choices.what(purpose, channel).capitalize()}: the words",
        "channel": Channel(channel),
        "purpose": purpose,
        "form": form,
        "edits": may(request.user, Power.EDIT_LETTERS),
        "now": now,
        "looked": looked,
        "what": choices.what(purpose, channel),
        "pieces": difference.pieces(now.text, looked) if looked and looked != now.text else [],
        "versions": wordings.versions(purpose, channel),
    }
    return page(request, "consent/words.html", context, status=status)
