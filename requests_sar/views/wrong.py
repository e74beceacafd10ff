""" "Something here is wrong and I cannot change it": pick the kind, the record and the detail; then the questions."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from portal.forms import Option, Question
from requests_sar import drafts
from requests_sar.questions.rectification import LIMIT
from requests_sar.rights import Right
from requests_sar.showing import wrong as showing
from requests_sar.views.details import person_required
from requests_sar.views.doors import not_found
from subjects import datamap, items
from subjects.datamap import Dataset
from subjects.models import Subject


class Pick(Question):
    """Which detail of a record."""

    column = forms.ChoiceField(
        label="What is wrong?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the detail that is wrong",
            "invalid_choice": "Choose the detail that is wrong from the list",
        },
    )


@require_safe
@person_required
def kinds(request: HttpRequest, subject: Subject) -> HttpResponse:
    """The kinds of data that we hold about the visitor."""
    return render(request, "requests_sar/wrong/kinds.html", {"choices": showing.kinds(subject)})


@require_safe
@person_required
def records(request: HttpRequest, subject: Subject, dataset: str) -> HttpResponse:
    """The records of one kind; a single one is picked at once."""
    kind = _kind(dataset)
    if kind is None:
        return not_found(request)
    page, choices = showing.records(subject, kind, request.GET.get("page"))
    if page.paginator.count == 1:
        return redirect("wrong_record", kind.key, choices[0].key)
    context = {"dataset": kind, "page": page, "choices": choices}
    return render(request, "requests_sar/wrong/records.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@person_required
def record(request: HttpRequest, subject: Subject, dataset: str, record: str) -> HttpResponse:
    """The details of one record; POST begins the request about one of them."""
    kind = _kind(dataset)
    row = items.row_of(kind, subject, record) if kind else None
    if kind is None or row is None:
        return not_found(request)
    held = showing.fields(kind, row)
    form = Pick(request.POST if request.method == "POST" else None)
    hidden = "We do not show this here. It is in a copy of your data"
    form.fields["column"].choices = [  # type: ignore[attr-defined]
        (path, Option(label, hint=value[:300] or hidden)) for path, label, value in held
    ]
    if request.method == "POST" and form.is_valid():
        path = form.cleaned_data["column"]
        draft = drafts.begin(request, Right.RECTIFICATION)
        drafts.answer(
            draft,
            dataset=kind.key,
            record=str(row.pk),
            column=path,
            label=items.name_of(kind, row, path),
            held=next(value for name, _, value in held if name == path)[:LIMIT],
        )
        return redirect("question", draft.pk, "right")
    alone = kind.of(subject.pk).count() == 1  # then there was no list to go back to
    context = {"dataset": kind, "name": items.name_of(kind, row), "form": form, "alone": alone}
    return render(request, "requests_sar/wrong/record.html", context, status=422 if form.errors else 200)


def _kind(key: str) -> Dataset | None:
    try:
        return datamap.get(key)
    except KeyError:
        return None
