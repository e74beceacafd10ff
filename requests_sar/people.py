"""What requests add to the pages about people: a request's reference finds its person; a person's page lists both
their requests and the copies made of their data."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.urls import reverse

from portal.accounts.powers import Power, may
from portal.templatetags.house import short_day
from requests_sar.admin import holding
from requests_sar.models import Case, ClockState, Package
from requests_sar.workflow import OPEN, State
from retention import holds
from subjects.admin_people import Panel, PanelRow, register_panel
from subjects.finding import Found, register_finder
from subjects.models import Restriction, Subject
from subjects.models.subject import ALPHABET

MOST = 20  # lines of a panel; the newest
_REFERENCE = re.compile(rf"\b(D[PC])[-‐–— ]?([{ALPHABET}]{{4}})[-‐–— ]?([{ALPHABET}]{{4}})\b", re.IGNORECASE)


@register_finder
def by_request(text: str) -> list[Found]:
    """The people whose requests' references are in the text."""
    references = ["-".join(parts).upper() for parts in _REFERENCE.findall(text)[:5]]
    if not references:
        return []
    cases = Case.objects.filter(reference__in=references, subject__isnull=False)
    return [
        Found(pk, f"request {reference}") for pk, reference in cases.values_list("subject_id", "reference")
    ]


@register_panel
def requests(request: HttpRequest, subject: Subject) -> Panel | None:
    """Their requests, for those who may read them."""
    if not may(request.user, Power.READ_CASES):
        return None
    cases = Case.objects.filter(subject=subject).order_by("-received_on", "-received_at")[:MOST]
    return Panel(
        "Requests",
        tuple(
            PanelRow(case.reference, reverse("admin:case", args=[case.reference]), _remark(case))
            for case in cases
        ),
        "No requests so far.",
    )


def _remark(case: Case) -> str:
    words = [case.get_right_display(), case.get_state_display()]
    if State(case.state) in OPEN and case.due_on:
        words.append(f"due {short_day(case.due_on)}")
    elif State(case.state) in OPEN and case.clock != ClockState.RUNNING:
        words.append(f"clock {case.get_clock_display().lower()}")
    return ", ".join(words)


@register_panel
def holds_(request: HttpRequest, subject: Subject) -> Panel | None:
    """What is held for legal claims, and until when somebody asks again; for those who decide about it."""
    if not may(request.user, Power.WORK_CASES):
        return None
    standing = holds.legal(subject).select_related("subject", "account").order_by("placed_at")
    rows = [
        PanelRow(
            hold.reference,
            reverse("admin:hold", args=[hold.pk]),
            f"{holding.whose(hold)}: {holding.what(hold)}. Ask again on {short_day(hold.review_on)}",
        )
        for hold in standing
    ]
    new = f"{reverse('admin:hold_new')}?person={subject.reference}"
    return Panel("Legal holds", (*rows, PanelRow("Hold data for a legal claim", new)), "")


@register_panel
def traces(request: HttpRequest, subject: Subject) -> Panel | None:
    """The way to the search for what is left of them."""
    if not may(request.user, Power.SEE_LOCKED):
        return None
    address = f"{reverse('admin:traces')}?person={subject.reference}"
    return Panel("Traces", (PanelRow("Search everywhere for this person", address),), "")


@register_panel
def copies(request: HttpRequest, subject: Subject) -> Panel | None:
    """The workbooks made by staff, newest first, for those who may make them."""
    if not may(request.user, Power.EXPORT):
        return None
    packages = Package.objects.filter(subject=subject, case__isnull=True).order_by("-created_at")[:MOST]
    return Panel(
        "Workbooks",
        tuple(
            PanelRow(
                f"{short_day(package.created_at)}: {package.get_state_display().lower()}",
                reverse("admin:package", args=[package.pk]),
                package.purpose,
            )
            for package in packages
        ),
        "None made yet.",
    )


@register_panel
def pauses(request: HttpRequest, subject: Subject) -> Panel | None:
    """What was and is paused, for those who decide about it."""
    if not may(request.user, Power.WORK_CASES):
        return None
    found = Restriction.objects.filter(subject=subject).order_by("-placed_at")[:MOST]
    return Panel(
        "Pauses",
        tuple(
            PanelRow(
                each.words[:1].upper() + each.words[1:],
                reverse("admin:pause", args=[each.pk]),
                f"{each.reference}, {_lasted(each)}",
            )
            for each in found
        ),
        "Use of their data was never paused.",
    )


def _lasted(pause: Restriction) -> str:
    since = short_day(pause.placed_at)
    return f"{since} to {short_day(pause.lifted_at)}" if pause.lifted_at else f"since {since}"
