"""The first page of the staff side: four numbers, what is due next, and what has failed and waits for somebody."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.accounts.powers import Power, may
from portal.mail.models import Message
from portal.templatetags.house import short_day
from requests_sar import again, chasers, conditions, task_mail, urgency
from requests_sar.admin import dashboard, erasing, outward, retained, tabs, task_words, thread, words
from requests_sar.admin.workload import workload
from requests_sar.models import Case, Package, Task
from subjects.models import ImportBatch, Restriction

POST = 10  # letters to print and post
MINE = 10  # one's own searches
NEXT = 5  # requests that are due next
MOST = 5  # faults named, of each kind


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that failed and will not mend itself."""

    words: str
    href: str


def context(request: HttpRequest) -> dict[str, Any]:
    """What this person sees: nothing about requests without the power to read them."""
    today = timezone.localdate()
    reads = may(request.user, Power.READ_CASES)
    return {
        "today": today,
        "reads": reads,
        **(dashboard.context(today) if reads else {}),
        "workload": workload(today) if reads else [],
        "next_due": next_due(today) if reads else [],
        "post": thread.all_to_post()[:POST] if may(request.user, Power.WORK_CASES) else [],
        "faults": faults(request.user),
        "again": [*of_retention(request.user, today), *(to_look_at(today) if reads else [])],
        "tabs": dashboard.others(today) if reads else [],
        "searches": my_searches(request.user, today) if may(request.user, Power.ANSWER_TASKS) else [],
        "logs": may(request.user, Power.LOG_REQUEST),
        "finds": may(request.user, Power.FIND_PEOPLE),
        "has_permission": True,
    }


def next_due(today: dt.date) -> list[tuple[Case, words.Label]]:
    """The open requests that are due next, late ones first."""
    due = tabs.with_work(Case.objects.filter(conditions.running())).select_related("owner")
    return [(case, words.due(case, today)) for case in due.order_by(*urgency.ORDER)[:NEXT]]


def of_retention(user: Any, today: dt.date) -> list[Fault]:
    """Plans of the night to approve, and claims to ask about again."""
    if not may(user, Power.WORK_CASES):
        return []
    return [Fault(*each) for each in (*retained.to_approve(today), *retained.to_ask_again(today, MOST))]


def to_look_at(today: dt.date) -> list[Fault]:
    """Pauses that may end and erasures that kept a part: where somebody has to decide though nothing is open."""
    pauses = [
        Fault(
            f"{pause.reference}: {_why_again(pause)} Paused since {short_day(pause.placed_at)}.",
            reverse("admin:case", args=[pause.reference]),
        )
        for pause in again.pauses()[:MOST]
    ]
    erasures = [
        Fault(
            f"{erasure.case.reference}: look again at what could not be deleted, since "
            f"{short_day(erasure.follow_up_on)}.",
            reverse("admin:case", args=[erasure.case.reference]),
        )
        for erasure in again.erasures(today)[:MOST]
    ]
    return pauses + erasures


def _why_again(pause: Restriction) -> str:
    if pause.told_lifting_at is not None:
        return "the person has been told that the pause ends. End it."
    return "the request has ended and its pause still stands. End it, or leave it."


def my_searches(user: Any, today: dt.date) -> list[tuple[Task, words.Label]]:
    """The open searches that this person is asked to make, the most urgent first."""
    mine = chasers.open_now().filter(assignee=user).order_by("due_on", "title", "pk")
    return [(task, task_words.left(task, today)) for task in mine[:MINE]]


# --- what failed -------------------------------------------------------------------------------------------


def faults(user: Any) -> list[Fault]:
    """Failed copies, e-mails and imports, as far as this person may do something about them."""
    found = _failed_packages(user)
    if may(user, Power.READ_CASES):
        found += _failed_erasures() + _locked_files() + _failed_messages() + _unanswered()
    if may(user, Power.WORK_CASES):
        found += [Fault(*each) for each in (*outward.not_reached(MOST), *outward.journal_behind())]
        found += [Fault(*each) for each in retained.failed(MOST)]
    if may(user, Power.IMPORT):
        found += _failed_imports()
    return found


def _failed_packages(user: Any) -> list[Fault]:
    failed = (
        Package.objects.filter(state=Package.State.FAILED)
        .select_related("case", "subject")
        .order_by("created_at")
    )
    if not may(user, Power.READ_CASES):
        failed = failed.filter(case=None)
    if user.role != Role.DPO:
        failed = failed.exclude(~Q(by=user), case=None)
    return [_package_fault(package) for package in failed[:MOST]]


def _package_fault(package: Package) -> Fault:
    if package.case:
        words_ = f"The copy for {package.case.reference} stopped by a fault. {package.error}"
        return Fault(words_, reverse("admin:case", args=[package.case.reference]))
    words_ = f"A workbook about {package.subject.reference} stopped by a fault. {package.error}"
    return Fault(words_, reverse("admin:package", args=[package.pk]))


def _failed_erasures() -> list[Fault]:
    return [
        Fault(
            f"The erasure {plan.reference} stopped by a fault. {plan.error}",
            reverse("admin:case", args=[plan.reference]),
        )
        for plan in erasing.failed()[:MOST]
    ]


def _locked_files() -> list[Fault]:
    locked = Package.objects.filter(state=Package.State.READY).exclude(locked_at=None).exclude(case=None)
    return [
        Fault(
            f"The customer locked the files of {package.case.reference}: somebody else may have had them.",
            reverse("admin:case", args=[package.case.reference]),
        )
        for package in locked.select_related("case").order_by("locked_at")[:MOST]
    ]


def _unanswered() -> list[Fault]:
    """Searches that no reminder helped."""
    return [
        Fault(
            f"{task_mail.name_of(task)} does not answer the search “{task.title}” for {task.case.reference}: phone.",
            f"{reverse('admin:case', args=[task.case.reference])}#searches",
        )
        for task in chasers.given_up(timezone.localdate())[:MOST]
    ]


def _failed_messages() -> list[Fault]:
    failed = Message.objects.filter(state=Message.State.FAILED).exclude(about="").order_by("-created_at")
    return [
        Fault(
            f"An e-mail about {message.about} could not be sent ({message.error}). Phone or write instead.",
            reverse("admin:case", args=[message.about]),
        )
        for message in failed[:MOST]
    ]


def _failed_imports() -> list[Fault]:
    try:
        address = reverse("admin:subjects_importbatch_changelist")
    except NoReverseMatch:
        return []
    failed = ImportBatch.objects.filter(state=ImportBatch.State.FAILED).order_by("-created_at")
    return [
        Fault(f"The import of {short_day(batch.created_at)} failed. {batch.error}", address)
        for batch in failed[:MOST]
    ]
