"""The thread of a case for staff: letters on paper, the day they were posted, files with messages, the e-mails."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.powers import Power, may, power_required, require
from portal.mail.models import Message
from requests_sar import attachments, handing, letters, services, vault
from requests_sar.admin import thread
from requests_sar.casework import NotPossible
from requests_sar.models import Attachment, Case, Letter
from requests_sar.staff_forms import PostedForm, RemoveFileForm
from requests_sar.staff_views.doors import BAD, find_case, page
from requests_sar.staff_views.log import own

NO_LETTER = "There is no such letter about this request."
NO_FILE = "There is no such file with the messages of this request."
FOR_WHO_LOGS = "received"  # the only letter that those who just log requests may print


@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest, reference: str, which: str) -> HttpResponse:
    """One letter of ours as it was sent, made to be printed; POST says on which day it was posted.

    `which`: its number, or its kind for the newest. Who logged a request may print its acknowledgement.
    """
    case = own(request, reference)
    found = _ours(case, which)
    if found is None or not (may(request.user, Power.READ_CASES) or found.kind == FOR_WHO_LOGS):
        raise Http404(NO_LETTER)
    posts = may(request.user, Power.WORK_CASES) or case.logged_by_id == request.user.pk
    if request.method == "POST" and not posts:
        require(request.user, Power.WORK_CASES)
    form = PostedForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            services.posted(letter=found, on=form.cleaned_data["on"], by=request.user)
        except NotPossible as sentence:
            form.add_error(None, str(sentence))
        else:
            messages.success(request, "Written down: posted.")
            return redirect(request.path)
    context = {"title": "A letter to print", "case": case, "letter": found, "form": form}
    context["to_post"] = posts and found.posted_on is None and found.on_paper
    context["reads"] = may(request.user, Power.READ_CASES) and found.kind in letters.KINDS
    return page(request, "letter.html", context, status=BAD if form.errors else 200)


def _ours(case: Case, which: str) -> Letter | None:
    ours = case.letters.filter(side=Letter.Side.COMPANY)
    if which.isdecimal():
        return ours.filter(pk=int(which[:18])).first()
    return ours.filter(kind=which).last()


def _file(reference: str, key: uuid.UUID) -> Attachment:
    found = attachments.find(find_case(reference), key)
    if found is None:
        raise Http404(NO_FILE)
    return found


@require_safe
@power_required(Power.READ_CASES)
def attachment(request: HttpRequest, reference: str, key: uuid.UUID) -> HttpResponseBase:
    """A file with a message, to be looked at with care: it came from outside. Each download stands in the trail."""
    found = _file(reference, key)
    try:
        attachments.check_kept(found)
        head = request.method == "HEAD"
        return handing.attached(found, None if head else attachments.hand_out(found, by=request.user))
    except (attachments.Gone, vault.Unreadable) as problem:
        raise Http404("This file has been removed, or it cannot be opened any more.") from problem


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def remove(request: HttpRequest, reference: str, key: uuid.UUID) -> HttpResponse:
    """Remove a file for good, after a page that says so: for instance proof that was checked and is not kept."""
    found = _file(reference, key)
    form = RemoveFileForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            attachments.remove(attachment=found, by=request.user, why=form.cleaned_data["why"])
        except NotPossible as sentence:
            messages.error(request, str(sentence))
        else:
            messages.success(request, "Removed. Only its name and when it came are kept.")
        return redirect("admin:case", reference)
    context: dict[str, Any] = {
        "title": "Remove a file",
        "case": found.letter.case,
        "file": found,
        "form": form,
    }
    return page(request, "case/remove_file.html", context, status=BAD if form.errors else 200)


@require_safe
@power_required(Power.READ_CASES)
def mail(request: HttpRequest, reference: str, key: uuid.UUID) -> HttpResponse:
    """One e-mail that the portal sent about a case, in its exact words. Words that held a code are never shown."""
    case = find_case(reference)
    found = Message.objects.filter(about=case.reference, pk=key).first()
    if found is None:
        raise Http404("There is no such e-mail about this request.")
    context = {"title": "An e-mail we sent", "case": case, "message": found, "rows": thread.mail_rows(found)}
    return page(request, "mail.html", context)
