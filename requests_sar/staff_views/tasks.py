"""Searches by colleagues on the staff side: one search and its answer, asking several people, reminding, cancelling."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.powers import Power, may, power_required
from requests_sar import task_files, task_links, vault
from requests_sar.admin import task_words
from requests_sar.casework import NotPossible
from requests_sar.models import Task
from requests_sar.services import colleagues
from requests_sar.showing.search import facts
from requests_sar.staff_views.doors import BAD, find_case, page
from requests_sar.task_forms import AgainForm, AnswerForm, AskForm, BecauseForm, WhomForm

NOT_HERE = "There is no such search, or it is not yours to see."


def visible(user: Any, task_id: uuid.UUID) -> Task:
    """The search, if this member of staff may see it. Raises Http404 otherwise."""
    tasks = Task.objects.select_related("case", "subject__account", "assignee", "answer__by")
    task = tasks.filter(colleagues.visible(user), pk=task_id).first()
    if task is None:
        raise Http404(NOT_HERE)
    return task


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.ANSWER_TASKS)
def task(request: HttpRequest, task_id: uuid.UUID) -> HttpResponse:
    """One search: what to look for, and the answer. The same form as behind the e-mailed link."""
    found = visible(request.user, task_id)
    form = _form(request, found)
    if request.method == "POST" and form.is_valid():
        try:
            colleagues.answer(task=found, by=request.user, **form.answers)  # type: ignore[arg-type]
        except NotPossible as sentence:
            form.add_error(None, str(sentence))
        else:
            messages.success(request, "Thank you. The answer is written down.")
            return redirect("admin:task", found.pk)
    return _task_page(request, found, form)


def _form(request: HttpRequest, found: Task) -> AnswerForm:
    posted = request.method == "POST"
    return AnswerForm(request.POST if posted else None, request.FILES if posted else None, task=found)


def _task_page(request: HttpRequest, found: Task, form: AnswerForm) -> HttpResponse:
    works = may(request.user, Power.WORK_CASES)
    context = {
        **facts(found),
        "title": found.title,
        "case": found.case if works else None,
        "status": task_words.status(found),
        "who": colleagues.name_of(found),
        "answer": getattr(found, "answer", None),
        "answered_by": task_words.answered_by(found),
        "files": found.files.filter(removed_at=None),
        "form": form if form.is_bound or task_links.may_answer(found) else None,
        "acts": [act for act in ACTS.values() if act.offered(found)] if works else [],
        "works": works,
    }
    return page(request, "task/page.html", context, status=BAD if form.errors else 200)


@require_safe
@power_required(Power.ANSWER_TASKS)
def file(request: HttpRequest, task_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponseBase:
    """A file that was found, as a download. Each reading is written down."""
    found = visible(request.user, task_id).files.filter(pk=file_id, removed_at=None).first()
    if found is None:
        raise Http404(NOT_HERE)
    headers = {
        "Content-Length": str(found.size),
        "Content-Disposition": f'attachment; filename="found-{found.task.case.reference}{found.ending}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if request.method == "HEAD":
        return HttpResponse(content_type=found.media_type, headers=headers)
    try:
        chunks = task_files.hand_out(found, by=request.user)
    except vault.Unreadable:
        messages.error(request, "This file cannot be opened. Ask for it again.")
        return redirect("admin:task", task_id)
    return StreamingHttpResponse(chunks, content_type=found.media_type, headers=headers)


# --- acts of an officer on one search ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TaskAct:
    """One act: its words, its form, its verb, and when its button is shown."""

    slug: str
    button: str
    done: str
    form: type[Any] | None
    run: Callable[[Task, Any, dict[str, Any]], Any]
    offered: Callable[[Task], bool]


def _waits(task: Task) -> bool:
    return task.state == Task.State.WAITING


ACTS = {
    act.slug: act
    for act in (
        TaskAct(
            "remind",
            "Remind",
            "A reminder has gone out.",
            None,
            lambda task, by, given: _reminded(task, by),
            _waits,
        ),
        TaskAct(
            "give",
            "Give to somebody else",
            "Given. Both have been told.",
            WhomForm,
            lambda task, by, given: colleagues.give(
                task=task, to=given["person"] or given["email"], by=by, seen=given["seen"]
            ),
            _waits,
        ),
        TaskAct(
            "again",
            "Ask again",
            "The search is open again, and the colleague has been told.",
            AgainForm,
            lambda task, by, given: colleagues.ask_again(
                task=task, by=by, why=given["why"], due_on=given["due_on"], seen=given["seen"]
            ),
            lambda task: task.state == Task.State.ANSWERED and task.case.state in task_links.SEARCHED_IN,
        ),
        TaskAct(
            "cancel",
            "Do without it",
            "Cancelled. The reason stands in the copy.",
            BecauseForm,
            lambda task, by, given: colleagues.cancel(tasks=[task], by=by, because=given["because"]),
            _waits,
        ),
    )
}


def _reminded(task: Task, by: Any) -> None:
    if not colleagues.remind(tasks=[task], by=by):
        raise NotPossible("They were reminded today already, or the search is not open any more.")


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def act(request: HttpRequest, task_id: uuid.UUID, slug: str) -> HttpResponse:
    """One act on one search."""
    chosen, found = ACTS.get(slug), visible(request.user, task_id)
    if chosen is None:
        raise Http404("There is no such act. Go back to the search.")
    posted = request.method == "POST"
    if not posted and (chosen.form is None or not chosen.offered(found)):
        messages.error(request, f"“{chosen.button}” is not possible now. This is the search as it stands.")
        return redirect("admin:task", found.pk)
    form = (
        chosen.form(request.POST if posted else None, initial={"seen": found.version})
        if chosen.form
        else None
    )
    if posted and (form is None or form.is_valid()):
        try:
            chosen.run(found, request.user, form.cleaned_data if form else {})
        except NotPossible as sentence:
            if form is None:
                messages.error(request, str(sentence))
                return redirect("admin:task", found.pk)
            form.add_error(None, str(sentence))
        else:
            messages.success(request, chosen.done)
            return redirect("admin:task", found.pk)
    context = {
        "title": f"{chosen.button}: {found.title}",
        "act": chosen,
        "case": found.case,
        "task": found,
        "form": form,
    }
    return page(request, "task/act.html", context, status=BAD if posted else 200)


# --- several at once, from the page of a case -------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask several places and people at once."""
    case = find_case(reference)
    posted = request.method == "POST"
    form = AskForm(request.POST if posted else None, case=case)
    if posted and form.is_valid():
        try:
            made = colleagues.ask(
                case=case, by=request.user, searches=form.searches, once=form.cleaned_data["once"]
            )
        except NotPossible as sentence:
            form.add_error(None, str(sentence))
        else:
            messages.success(request, f"{task_words.searches(len(made))} asked for.")
            return redirect("admin:case", case.reference)
    context = {"title": "Ask colleagues to search", "case": case, "form": form}
    return page(request, "task/ask.html", context, status=BAD if posted else 200)


@require_POST
@power_required(Power.WORK_CASES)
def several(request: HttpRequest, reference: str) -> HttpResponse:
    """Remind of the ticked searches of a case, or do without them for one reason."""
    case = find_case(reference)
    tasks = list(case.tasks.filter(pk__in=_ticked(request), state=Task.State.WAITING))
    if not tasks:
        messages.error(request, "Tick at least one search that is open.")
    elif request.POST.get("act") == "remind":
        sent = colleagues.remind(tasks=tasks, by=request.user)
        messages.success(request, f"{task_words.reminders(sent)} sent. Nobody is reminded twice on one day.")
    elif request.POST.get("act") == "cancel":
        return _cancel_several(request, case, tasks)
    return redirect("admin:case", case.reference)


def _ticked(request: HttpRequest) -> list[uuid.UUID]:
    found = []
    for text in request.POST.getlist("task")[:200]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


def _cancel_several(request: HttpRequest, case: Any, tasks: list[Task]) -> HttpResponse:
    """Ask for the reason first; it is one for all of them."""
    form = BecauseForm(request.POST if "because" in request.POST else None)
    if form.is_bound and form.is_valid():
        ended = colleagues.cancel(tasks=tasks, by=request.user, because=form.cleaned_data["because"])
        messages.success(request, f"{task_words.searches(ended)} cancelled. The reason stands in the copy.")
        return redirect("admin:case", case.reference)
    context = {
        "title": f"Do without {task_words.searches(len(tasks))}",
        "case": case,
        "form": form,
        "tasks": tasks,
    }
    return page(request, "task/cancel_many.html", context, status=BAD if form.is_bound else 200)
