"""The front page, the rights that have no online journey yet, complaints, and "this was not me"."""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from portal.register import store
from portal.register.model import UnknownKey
from requests_sar import drafts, questions
from requests_sar.rights import Right


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The eight rights."""
    return render(request, "requests_sar/home.html", {"online": set(questions.JOURNEYS)})


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, right: str) -> HttpResponse:
    """What will happen, before the first question; POST begins a draft. Other rights: how to ask today."""
    register = store.current()
    try:
        words = register.right(right)
    except UnknownKey:
        raise Http404 from None
    if right == "informed":
        return redirect("privacy")
    if right == Right.COMPLAINT:
        return redirect("complain")
    if right == "automated-decisions":
        return render(request, "requests_sar/automated_decisions.html", {"right": words})
    if right not in questions.JOURNEYS:
        return render(request, "requests_sar/right.html", {"right": words})
    if request.method == "POST":
        draft = drafts.begin(request, Right(right))
        first = questions.steps(Right(right), draft.answers)[0]
        return redirect("question", draft.pk, first.slug)
    return render(request, [f"requests_sar/start/{right}.html", "requests_sar/start.html"], {"right": words})


@require_http_methods(["GET", "HEAD", "POST"])
def complain(request: HttpRequest) -> HttpResponse:
    """How to complain: to us, to the regulator, to a court. POST begins a complaint to us.

    From a request's page the reference comes along, so that nothing is typed again.
    """
    about = request.POST.get("about", "") or request.GET.get("about", "")
    about = about.upper() if re.fullmatch(r"D[PC]-[0-9A-Z]{4}-[0-9A-Z]{4}", about.upper()) else ""
    if request.method == "POST":
        draft = drafts.begin(request, Right.COMPLAINT)
        if about:
            drafts.answer(draft, about_what="request", about=about)
        first = questions.unanswered(Right.COMPLAINT, draft.answers)
        return redirect("question", draft.pk, first.slug if first else "about")
    return render(request, "requests_sar/complain.html", {"about": about})


@require_safe
def not_me(request: HttpRequest) -> HttpResponse:
    """For somebody who got a code or a message they did not ask for."""
    return render(request, "requests_sar/not_me.html")
