"""The staff page that makes the list for one mailing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods

from consent import mailing_list, purposes, sheets
from consent.models import Channel
from consent.models.events import REACHES
from portal.accounts.powers import Power, power_required
from portal.forms import Question

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ListForm(Question):
    """For what, by which way, and as what kind of file."""

    purpose = forms.ChoiceField(
        label="What is the mailing about?", choices=purposes.choices, widget=forms.RadioSelect
    )
    channel = forms.ChoiceField(
        label="How are people reached?",
        choices=[(each.value, Channel(each).label) for each in REACHES],
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label="Name of the mailing",
        help_text="For example “Spring offers 2026”. The links carry it, so that we know what made people stop.",
        max_length=60,
    )
    reason = forms.ChoiceField(
        label="Why do you need the list?",
        help_text="The audit trail notes it with your name and the number of people.",
        choices=list(mailing_list.REASONS.items()),
        widget=forms.RadioSelect,
    )
    kind = forms.ChoiceField(
        label="Kind of file",
        choices=[("csv", "CSV, for a mailing tool"), ("xlsx", "Excel workbook")],
        initial="csv",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in self.fields.values():
            each.error_messages["required"] = (
                f"Answer: {each.label}" if "?" in str(each.label) else "Write it here"
            )

    def clean_name(self) -> str:
        """A name that can be told from others."""
        name = " ".join(str(self.cleaned_data["name"]).split())
        if not slugify(name):
            raise forms.ValidationError("Use letters or digits.")
        return name


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.EXPORT_LIST)
def mailing(request: HttpRequest) -> HttpResponseBase:
    """The form; posted, the file."""
    form = ListForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            return _file(request, given)
        except mailing_list.Refused as sentence:
            form.add_error("name", str(sentence))
    context = {**admin.site.each_context(request), "title": "Make a mailing list", "form": form}
    return TemplateResponse(
        request, "admin/consent/mailing_list.html", context, status=422 if form.errors else 200
    )


def _file(request: HttpRequest, given: dict[str, Any]) -> HttpResponseBase:
    slug = slugify(given["name"])[:40]
    campaign = mailing_list.prepare(
        purpose=given["purpose"],
        channel=given["channel"],
        key=slug,
        name=given["name"],
        reason=given["reason"],
        by=request.user,
    )
    lines = mailing_list.lines(campaign, reason=given["reason"], by=request.user)
    name = f"{slug}-{given['channel']}-{mailing_list.made_on()}"
    if given["kind"] == "xlsx":
        file = sheets.workbook(lines, title="Mailing list")
        return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=WORKBOOK)
    answer = StreamingHttpResponse(sheets.csv_lines(lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def urls(site: AdminSite) -> list[URLPattern]:
    """The page, to be included by the admin site."""
    return [path("mailing-list/", site.admin_view(mailing), name="mailing_list")]
