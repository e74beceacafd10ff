"""Whom we have to tell of a change (Article 19): those that wait, and the page of one with the words to send."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.powers import Power, power_required
from requests_sar import recipients as verbs
from requests_sar import telling
from requests_sar.casework import NotPossible
from requests_sar.correction_forms import SettleForm
from requests_sar.models import RecipientNotice
from requests_sar.staff_views.doors import BAD, page

PER_PAGE = 50


@require_safe
@power_required(Power.WORK_CASES)
def waiting(request: HttpRequest) -> HttpResponse:
    """Everybody who still has to be told, the oldest first."""
    found = Paginator(verbs.waiting(), PER_PAGE).get_page(request.GET.get("page"))
    return page(request, "recipients/waiting.html", {"title": "Recipients to tell", "page": found})


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def one(request: HttpRequest, notice: int) -> HttpResponse:
    """The words for one recipient, and what came of it."""
    found = RecipientNotice.objects.select_related("case", "subject", "settled_by").filter(pk=notice).first()
    if found is None:
        raise Http404("There is no such notice.")
    initial = {"outcome": found.outcome, "reason": found.reason}
    form = SettleForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        try:
            verbs.settle(notice=found, outcome=answers["outcome"], reason=answers["reason"], by=request.user)
        except NotPossible as sentence:
            form.add_error("reason", str(sentence))
        else:
            messages.success(request, "Noted. The customer sees it on the page of the request.")
            return (
                redirect("admin:case", found.case.reference) if found.case else redirect("admin:recipients")
            )
    context = {
        "title": found.recipient,
        "notice": found,
        "words": verbs.words(found),
        "why": telling.why(found),
        "form": form,
    }
    return page(request, "recipients/one.html", context, status=BAD if form.errors else 200)


@require_POST
@power_required(Power.WORK_CASES)
def again(request: HttpRequest, notice: int) -> HttpResponse:
    """Try once more to send what did not arrive."""
    found = RecipientNotice.objects.filter(pk=notice).first()
    if found is None:
        raise Http404("There is no such notice.")
    try:
        telling.again(notice=found, by=request.user)
    except NotPossible as sentence:
        messages.error(request, str(sentence))
    else:
        messages.success(request, "It is sent again within a minute.")
    return redirect("admin:recipient", found.pk)
