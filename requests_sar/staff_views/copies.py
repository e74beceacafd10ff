"""Copies of a person's data made by staff (S2), and the files of any copy that staff may have."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.models import Role
from portal.accounts.powers import Power, may, power_required
from requests_sar import packages, services, showing
from requests_sar.admin import case_page
from requests_sar.models import Package
from requests_sar.staff_forms import WorkbookForm
from requests_sar.staff_views.doors import BAD, page
from subjects import datamap, restriction
from subjects.admin_people import CASES
from subjects.models import Subject

NOT_HERE = "There is no such copy, or it is not yours to see."


def visible(user: Any, package_id: uuid.UUID) -> Package:
    """The copy, if this member of staff may see it: their own, or any for the DPO. Raises Http404 otherwise."""
    package = Package.objects.select_related("subject", "case", "by").filter(pk=package_id).first()
    if package is None:
        raise Http404(NOT_HERE)
    if package.case_id:
        allowed = may(user, Power.WORK_CASES)
    else:
        allowed = may(user, Power.EXPORT) and (package.by_id == user.pk or user.role == Role.DPO)
    if not allowed:
        raise Http404(NOT_HERE)
    return package


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.EXPORT)
def workbook(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for a workbook of one person, now, for a purpose."""
    subject = Subject.objects.filter(reference=reference.upper()).first()
    if subject is None or (subject.locked_at and not may(request.user, Power.SEE_LOCKED)):
        raise Http404("There is no person with this reference. Find the person again.")
    offered, paused = _offered(request.user), restriction.of(subject)
    answers = request.POST if request.method == "POST" else None
    form = WorkbookForm(answers, offered=offered, paused=bool(paused))
    if form.is_bound and form.is_valid():
        try:
            package = _ask(request, subject, form.cleaned_data)
        except packages.Refused as sentence:
            form.add_error("use" if paused else "purpose", str(sentence))
        else:
            return redirect("admin:package", package.pk)
    context = {
        "title": "Make a workbook",
        "subject": subject,
        "pauses": paused,
        "form": form,
        "nothing": packages.count_rows(subject, offered, None, None) == 0,
        "mine": _earlier(request.user, subject),
    }
    return page(request, "workbook.html", context, status=BAD if form.errors else 200)


def _offered(user: Any) -> list[datamap.Dataset]:
    """The kinds of data this person may read: what requests say is for those who may read requests."""
    reads_all = may(user, Power.READ_CASES)
    return [dataset for dataset in datamap.datasets() if reads_all or dataset.category != CASES]


def _ask(request: HttpRequest, subject: Subject, answers: dict[str, Any]) -> Package:
    return services.make_workbook(
        subject=subject,
        by=request.user,
        purpose=answers["purpose"],
        kinds=answers["kinds"] or [dataset.key for dataset in _offered(request.user)],
        since=answers["since"],
        until=answers["until"],
        use=answers.get("use"),
    )


def _earlier(user: Any, subject: Subject) -> Any:
    made = Package.objects.filter(subject=subject, case=None).exclude(state=Package.State.STOPPED)
    return (made if user.role == Role.DPO else made.filter(by=user))[:10]


@require_safe
@power_required(Power.EXPORT)
def copy(request: HttpRequest, package_id: uuid.UUID) -> HttpResponse:
    """A copy in the making, then its result."""
    package = visible(request.user, package_id)
    context = {
        "title": "Workbook",
        "package": package,
        "work": case_page.work(package.case, package, timezone.now()),
    }
    return page(request, "copy.html", context)


@require_POST
@power_required(Power.EXPORT)
def change(request: HttpRequest, package_id: uuid.UUID, slug: str) -> HttpResponse:
    """Stop a copy that is being made, or try one again that a fault stopped."""
    package = visible(request.user, package_id)
    verbs = {
        "stop": (packages.stop, "Stopped. No part of a file is left."),
        "retry": (packages.retry, "Trying again."),
    }
    if package.case_id or slug not in verbs:
        raise Http404(NOT_HERE)
    verb, done = verbs[slug]
    try:
        verb(package, by=request.user)
    except packages.Refused as sentence:
        messages.error(request, str(sentence))
    else:
        messages.success(request, done)
    return redirect("admin:package", package.pk)


@require_safe
@power_required(Power.EXPORT)
def progress(request: HttpRequest, package_id: uuid.UUID) -> JsonResponse:
    """How far a copy is, for the page that asks again every two seconds."""
    package = visible(request.user, package_id)
    job = showing.job(package, reverse("admin:package_progress", args=[package.pk]))
    return JsonResponse(job.as_json() if job else {"working": False})


@require_safe
@power_required(Power.EXPORT)
def file(request: HttpRequest, package_id: uuid.UUID, kind: str) -> HttpResponseBase:
    """One file of a copy. Each download is written down; asking with HEAD is none."""
    package = visible(request.user, package_id)
    found = package.files.filter(kind=kind).first()
    if found is None:
        raise Http404(NOT_HERE)
    headers = {
        "Content-Length": str(found.size),
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    if request.method == "HEAD":
        return HttpResponse(content_type=found.media_type, headers=headers)
    try:
        chunks = packages.hand_out(found, by=request.user)
    except packages.Refused as sentence:
        messages.error(request, str(sentence))
        return (
            redirect("admin:case", package.case.reference)
            if package.case
            else redirect("admin:package", package.pk)
        )
    return StreamingHttpResponse(chunks, content_type=found.media_type, headers=headers)
