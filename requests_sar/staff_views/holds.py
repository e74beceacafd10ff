"""Holding data for a legal claim (Article 17(3)(e)): what is held, a new hold, asking again, and letting go."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.models import User
from portal.accounts.powers import Power, power_required
from requests_sar.admin.holding import row
from requests_sar.hold_forms import ACCOUNT, PERSON, HoldForm, KeepForm, LetGoForm
from requests_sar.staff_views.doors import BAD, page
from retention import legal
from retention.models import Hold
from subjects.models import Subject

A_PAGE = 50


def _legal() -> Any:
    return Hold.objects.filter(kind=Hold.Kind.LEGAL).select_related("owner", "subject", "account")


def _found(hold_id: uuid.UUID) -> Hold:
    hold = _legal().filter(pk=hold_id).first()
    if hold is None:
        raise Http404("There is no such hold.")
    return hold


@require_safe
@power_required(Power.WORK_CASES)
def holds(request: HttpRequest) -> HttpResponse:
    """The holds that stand, those to be looked at first; or those that have ended."""
    ended = request.GET.get("show") == "ended"
    rows = _legal().filter(released_at__isnull=not ended)
    rows = rows.order_by("-released_at" if ended else "review_on", "placed_at", "pk")
    shown = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": "Legal holds",
        "rows": [row(each, timezone.localdate()) for each in shown.object_list],
        "pages": shown,
        "ended": ended,
        "standing_count": _legal().filter(released_at=None).count() if ended else shown.paginator.count,
    }
    return page(request, "holds/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def new(request: HttpRequest) -> HttpResponse:
    """A form for a new hold; `?person=` and `?account=` say whose data."""
    subject = _named(request)
    number, whose = request.GET.get("account", "")[:40], ACCOUNT
    if subject is not None:
        number, whose = subject.reference, PERSON
    form = HoldForm(
        request.POST if request.method == "POST" else None,
        initial={"number": number, "whose": whose if number else PERSON, "owner": request.user.pk},
    )
    if form.is_bound and form.is_valid():
        try:
            hold = legal.place(by=request.user, **form.cleaned_data)
        except legal.Incomplete as sentence:
            form.add_error(None, str(sentence))
        else:
            messages.success(request, "The data are held. Nothing of them is deleted before the hold ends.")
            return redirect("admin:hold", hold.pk)
    context = {"title": "Hold data for a legal claim", "form": form, "subject": subject}
    return page(request, "holds/new.html", context, status=BAD if form.errors else 200)


def _named(request: HttpRequest) -> Subject | None:
    """The person in the address. Raises Http404 for a reference that nobody has."""
    reference = request.GET.get("person", "")
    if not reference:
        return None
    subject = Subject.objects.filter(reference=reference.upper()[:12]).first()
    if subject is None:
        raise Http404("There is nobody with this reference.")
    return subject


@require_safe
@power_required(Power.WORK_CASES)
def hold(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    """One hold: what it reaches, who placed it, and what can be done."""
    return _page(request, _found(hold_id), KeepForm(), LetGoForm())


@require_POST
@power_required(Power.WORK_CASES)
def keep(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    """It is still needed: the next day on which somebody asks."""
    found, form = _found(hold_id), KeepForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, LetGoForm())
    try:
        legal.look_again(hold=found, by=request.user, review_on=form.cleaned_data["review_on"])
    except legal.Incomplete as sentence:
        messages.warning(request, str(sentence))
    else:
        messages.success(request, "The hold goes on. Its owner is asked again on the day you chose.")
    return redirect("admin:hold", found.pk)


@require_POST
@power_required(Power.WORK_CASES)
def let_go(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    """The claim is settled."""
    found, form = _found(hold_id), LetGoForm(request.POST)
    if not form.is_valid():
        return _page(request, found, KeepForm(), form)
    if legal.release(hold=found, by=request.user, why=form.cleaned_data["why"]):
        messages.success(request, "The hold has ended. What is overdue goes with the next run, not before.")
    else:
        messages.warning(request, "This hold has ended already.")
    return redirect("admin:hold", found.pk)


def _page(request: HttpRequest, found: Hold, keeping: KeepForm, letting: LetGoForm) -> HttpResponse:
    bad = keeping if keeping.errors else letting
    context = {
        "title": f"Hold “{found.reference}”",
        "hold": found,
        "row": row(found, timezone.localdate()),
        "placed_by": _who(found.placed_by),
        "released_by": _who(found.released_by),
        "keeping": keeping,
        "letting": letting,
        "form": bad,
        "person_address": found.subject and reverse("admin:person", args=[found.subject.reference]),
    }
    return page(request, "holds/hold.html", context, status=BAD if bad.errors else 200)


def _who(actor: str) -> str:
    """The name behind "staff:3"; empty when nobody is known."""
    kind, _, number = actor.partition(":")
    if kind != "staff" or not number.isdigit():
        return ""
    user = User.objects.filter(pk=number).first()
    return user.get_short_name() if user else "A former colleague"
