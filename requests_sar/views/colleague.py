"""The page behind a colleague's link: one search and nothing else, without an account.

Reading (GET, HEAD, a mail scanner) changes nothing. A wrong, used, ended or expired link gets one and the same page.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts import client
from requests_sar import task_links
from requests_sar.casework import NotPossible
from requests_sar.models import Task, TaskLink
from requests_sar.services import colleagues
from requests_sar.showing.search import facts
from requests_sar.task_forms import AnswerForm
from requests_sar.views.doors import WRONG_PAGES

POSTS_AN_HOUR = 60


@client.at_most(POSTS_AN_HOUR, "task")
@require_http_methods(["GET", "HEAD", "POST"])
def task(request: HttpRequest, token: str) -> HttpResponse:
    """Show the search; a POST answers it, or asks for a fresh link when this one has stopped working."""
    link = task_links.find(token)
    if request.method == "POST" and request.POST.get("act") == "again":
        if link is not None and not task_links.is_live(link):
            colleagues.send_fresh_link(link=link)
        return _stopped(request, asked=True)
    if link is None or not task_links.is_live(link):
        if request.method == "POST" and _was_used(link):
            return redirect("task_done")  # pressed twice: the first press has counted
        return _stopped(request)
    form = AnswerForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        task=link.task,
    )
    if request.method == "POST" and form.is_valid():
        try:
            colleagues.answer(task=link.task, by=link, **form.answers)
        except NotPossible as sentence:
            form.add_error(None, str(sentence))
        else:
            return redirect("task_done")
    return _page(request, link, form)


def _was_used(link: TaskLink | None) -> bool:
    return link is not None and link.ended_at is not None and link.task.state == Task.State.ANSWERED


def _page(request: HttpRequest, link: TaskLink, form: AnswerForm) -> HttpResponse:
    context = {**facts(link.task), "form": form}
    status = 422 if form.is_bound else 200
    return _quiet(render(request, "requests_sar/task.html", context, status=status))


def _stopped(request: HttpRequest, *, asked: bool = False) -> HttpResponse:
    """Wrong, used, ended, expired: nobody can tell which."""
    if client.count(request, "wrong-page") > WRONG_PAGES:
        return client.too_many(request)
    context = {"asked": asked, "days": task_links.LASTS.days}
    return _quiet(render(request, "requests_sar/task_stopped.html", context, status=200 if asked else 410))


def _quiet(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """Thank you. Says nothing about anybody."""
    return _quiet(render(request, "requests_sar/task_done.html"))
