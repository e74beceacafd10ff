"""What the staff pages share: the frame, the case behind a reference, an answer for what is not there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from requests_sar.admin import case_page
from requests_sar.models import Case

BAD = 422  # what was typed needs mending; the page says how
NO_CASE = "There is no request with this reference. Check it, or search the queue."


def page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page in the admin's frame."""
    whole = {**admin.site.each_context(request), **context}
    return TemplateResponse(request, f"admin/requests_sar/{template}", whole, status=status)


def find_case(reference: str) -> Case:
    """The case. Raises Http404 with a sentence."""
    case = case_page.load(reference)
    if case is None:
        raise Http404(NO_CASE)
    return case
