"""The page between ticking requests and doing something with them: what will work, what will not, and the questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from requests_sar.admin import bulk, words
from requests_sar.admin.workload import workload
from requests_sar.models import Case


def confirmation(
    request: HttpRequest, chosen: bulk.BulkAct, cases: Sequence[Case], *, form: Any = None, status: int = 200
) -> HttpResponse:
    """What will work and what will not, and the questions of the act."""
    context = {
        "title": f"{chosen.button}: {words.requests(len(cases))}",
        "act": chosen,
        "form": form or (chosen.form() if chosen.form else None),
        "outcomes": bulk.rehearse(chosen, cases, request.user),
        "queue": queue_of(request),
    }
    if chosen.slug == "assign":
        context["workload"] = workload(timezone.localdate())
    whole = {**admin.site.each_context(request), **context}
    return TemplateResponse(request, "admin/requests_sar/case/bulk.html", whole, status=status)


def queue_of(request: HttpRequest) -> str:
    """The address of the queue to go back to: as it was narrowed, and never anything else."""
    address = request.POST.get("queue") or request.GET.urlencode()
    return address if len(address) < 1_000 else ""
