"""The staff side: Django's own admin in the house style, entered through the same door as every staff page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, URLResolver, reverse

from portal.accounts.powers import Power, may


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the staff menu."""

    title: str
    address: str
    power: Power | None
    begins: str = ""  # the part of an address that this place covers, when it is more than its own


PLACES = (
    Place("Today", "admin:index", None),
    Place("Requests", "admin:requests_sar_case_changelist", Power.READ_CASES, "/admin/requests"),
    Place("Searches", "admin:requests_sar_task_changelist", Power.ANSWER_TASKS, "/admin/tasks/"),
    Place("Report", "admin:report", Power.READ_CASES),
    Place("Recipients to tell", "admin:recipients", Power.WORK_CASES, "/admin/recipients/"),
    Place("Legal holds", "admin:holds", Power.WORK_CASES, "/admin/holds/"),
    Place("Log a request", "admin:log_request", Power.LOG_REQUEST),
    Place("Record a choice", "admin:record_choice", Power.LOG_REQUEST),
    Place("People", "admin:people", Power.FIND_PEOPLE, "/admin/people/"),
    Place("Retention", "admin:runs", Power.READ_AUDIT, "/admin/retention/"),
    Place("Traces", "admin:traces", Power.SEE_LOCKED),
    Place("Clients", "admin:subjects_controller_changelist", Power.WORK_CASES, "/admin/subjects/controller/"),
    Place("Imports", "admin:subjects_importbatch_changelist", Power.IMPORT, "/admin/subjects/importbatch/"),
    Place("Mailing list", "admin:mailing_list", Power.EXPORT_LIST),
    Place("Letters", "admin:letters", Power.EDIT_LETTERS, "/admin/letters/"),
    Place("Marketing words", "admin:consent_wordings", Power.EDIT_LETTERS, "/admin/marketing-words/"),
    Place("Consent ledger", "admin:consent_consentevent_changelist", Power.FIND_PEOPLE),
    Place("Retention schedule", "admin:register", Power.READ_REGISTER, "/admin/register/"),
    Place("Record of processing", "record_of_processing", Power.READ_REGISTER),
    Place("Audit trail", "admin:audit_entry_changelist", Power.READ_AUDIT, "/admin/audit/"),
    Place(
        "Other systems", "admin:accounts_apitoken_changelist", Power.GIVE_ACCESS, "/admin/accounts/apitoken/"
    ),
    Place("Staff", "admin:accounts_user_changelist", Power.MANAGE_STAFF, "/admin/accounts/"),
)


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The places this person may go, the present one marked. What a role may not do is not shown."""
    lines = []
    for place in PLACES:
        if place.power is not None and not may(request.user, place.power):
            continue
        try:
            href = reverse(place.address)
        except NoReverseMatch:  # an installation without that part
            continue
        inside = bool(place.begins) and request.path.startswith(place.begins)
        lines.append({"title": place.title, "href": href, "here": request.path == href, "inside": inside})
    if any(line["here"] for line in lines):  # "Log a request" lies under the address of the requests
        for line in lines:
            line["inside"] = False
    return lines


class PortalAdminSite(admin.AdminSite):
    """The stock admin with our name, our sign-in, our menu and the staff pages that are not lists of rows."""

    site_header = "Data rights portal"
    site_title = "Data rights portal"
    index_title = "Today"
    site_url = "/"
    enable_nav_sidebar = False  # the menu is at the top: few places, and the tables need the width

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Staff come in by the one sign-in page, with their second factor; there is no other."""
        return secure_admin_login(super().login)(request, extra_context)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one page for it, which asks for the old one and is noted in the trail."""
        return redirect("account_change_password")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """The menu on every staff page."""
        return {**super().each_context(request), "menu": menu(request)}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Today: what needs somebody, as far as this role may see it."""
        from requests_sar.admin import today  # needs loaded apps

        context = {
            **self.each_context(request),
            "title": "Today",
            **today.context(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/today.html", context)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The staff pages before the stock ones."""
        from consent import admin_choices, admin_lists, admin_test_message
        from requests_sar import admin_urls as requests_urls  # admin pages import models: apps must be loaded
        from subjects import admin_people

        return [
            *requests_urls.urls(self),
            *admin_people.urls(self),
            *admin_lists.urls(self),
            *admin_choices.urls(self),
            *admin_test_message.urls(self),
            *super().get_urls(),
        ]
