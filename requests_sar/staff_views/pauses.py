"""One pause: what it is, telling the person that it will end, and ending it."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.powers import Power, power_required
from portal.forms import DayField, Option, Question
from requests_sar.admin.act import Act
from requests_sar.admin.acts import rehearse
from requests_sar.casework import NotPossible
from requests_sar.models import Case
from requests_sar.services import pauses
from requests_sar.staff_forms import area
from requests_sar.staff_views.doors import BAD, page
from subjects import restriction
from subjects.models import Restriction

NO_PAUSE = "There is no such pause."


class TellForm(Question):
    """Why it ends and how they are told. `confirmed` comes with the second press, after the letter was read."""

    why = forms.ChoiceField(
        label="Why does the pause end?",
        choices=Restriction.Why.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why the pause ends"},
    )
    how = forms.ChoiceField(
        label="How are they told?",
        choices=[
            ("email", Option("By e-mail", hint="The portal sends it")),
            ("post", Option("By post", hint="Print the letter from the messages and post it")),
            ("phone", Option("By phone", hint="You have spoken with them")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how they are told"},
    )
    told_on = DayField(
        name="the day they were told",
        label="When were they told?",
        help_text="Only for post and phone: the day of the call, or of posting. Leave it empty if it is today.",
        required=False,
    )
    words = forms.CharField(
        label="A sentence of your own for the letter",
        help_text="For example what you found when you checked.",
        max_length=pauses.WORDS_LIMIT,
        required=False,
        widget=area(3, pauses.WORDS_LIMIT),
    )
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)


def _found(pause_id: uuid.UUID) -> Restriction:
    """The pause. Raises Http404."""
    pause = Restriction.objects.select_related("subject", "notice").filter(pk=pause_id).first()
    if pause is None:
        raise Http404(NO_PAUSE)
    return pause


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def pause(request: HttpRequest, pause_id: uuid.UUID) -> HttpResponse:
    """The pause with what can be done; POST tells the person, after the letter was shown."""
    found = _found(pause_id)
    form = TellForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and "again" not in request.POST:
        try:
            if not form.cleaned_data["confirmed"]:
                return _preview(request, found, form)
            _tell(found, request.user, form.cleaned_data)
        except NotPossible as sentence:
            form.add_error(None, str(sentence))
        else:
            messages.success(request, "Told. The letter stands in the messages of the request.")
            return redirect("admin:pause", found.pk)
    if form.is_bound:
        form.data = form.data.copy()  # type: ignore[assignment]
        form.data["confirmed"] = ""  # type: ignore[index]
    context = {
        "title": "A pause",
        "pause": found,
        "case": Case.objects.filter(reference=found.reference).first(),
        "told": restriction.told(found),
        "why_not": restriction.why_not_lifted(found),
        "can_tell": found.lifted_at is None and restriction.told(found) is None,
        "form": form,
    }
    return page(request, "pause.html", context, status=BAD if form.errors else 200)


def _tell(found: Restriction, by: Any, answers: dict[str, Any]) -> Case:
    return pauses.tell_end(
        pause=found,
        by=by,
        why=answers["why"],
        how=answers["how"],
        words=answers["words"],
        told_on=answers["told_on"],
    )


def _preview(request: HttpRequest, found: Restriction, form: TellForm) -> HttpResponse:
    """The letter as it would go, before anything is saved: the verb itself is done and taken back."""
    act = Act(
        "tell-end", "", "", lambda case, by, answers: _tell(found, by, answers), lambda case, package: True
    )
    outcome = rehearse(act, pauses.case_of(found), request.user, form.cleaned_data)
    typed = [
        item for item in request.POST.items() if item[0] not in {"csrfmiddlewaretoken", "confirmed", "again"}
    ]
    context = {
        "title": "Read the letter, then send it",
        "pause": found,
        "case": pauses.case_of(found),
        "letters": outcome.letters,
        "by_email": form.cleaned_data["how"] == Restriction.How.EMAIL,
        "typed": typed,
    }
    return page(request, "pause_preview.html", context)


@require_POST
@power_required(Power.WORK_CASES)
def end(request: HttpRequest, pause_id: uuid.UUID) -> HttpResponse:
    """End a pause of which the person was told."""
    found = _found(pause_id)
    try:
        pauses.end(pause=found, by=request.user)
    except NotPossible as sentence:
        messages.error(request, str(sentence))
    else:
        messages.success(request, "The pause has ended. Their data may be used again.")
    return redirect("admin:pause", found.pk)
