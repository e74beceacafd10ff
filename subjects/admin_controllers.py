"""The list of companies that decide about data we hold: ourselves, and the clients whose processor we are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from portal.accounts.powers import Power, may, require
from portal.audit.trail import Verb, record
from portal.lists import StaffList
from subjects.models import Controller


class ControllerForm(forms.ModelForm):
    """A company and how to reach it."""

    class Meta:
        model = Controller
        fields = ("name", "reference", "ours", "email", "phone", "tell_people", "active")
        error_messages = {"name": {"unique": "This company is on the list already. Change that one."}}

    def clean_name(self) -> str:
        """Without stray spaces; the same company in other letters is the same company."""
        name = " ".join(self.cleaned_data["name"].split())
        if Controller.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("This company is on the list already. Change that one.")
        return name

    def clean_ours(self) -> bool:
        """There is one company of our own."""
        ours: bool = self.cleaned_data["ours"]
        if ours and Controller.objects.filter(ours=True).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(
                "Another company is marked as our own. Take the mark away there first."
            )
        return ours


@admin.register(Controller)
class ControllerAdmin(StaffList):
    """Companies: added, changed, put out of use. Never deleted, because requests name them."""

    form = ControllerForm
    list_display = ("name", "our_reference", "is_ours", "mailbox", "in_use")
    list_filter = ("active",)
    list_per_page = 100
    show_facets = admin.ShowFacets.NEVER
    actions = None
    change_list_template = "admin/subjects/controller/change_list.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the list is on the menu."""
        return may(request.user, Power.WORK_CASES)

    def has_view_permission(self, request: HttpRequest, obj: Controller | None = None) -> bool:
        """Those who decide requests."""
        return may(request.user, Power.WORK_CASES)

    has_add_permission = has_module_permission
    has_change_permission = has_view_permission

    def has_delete_permission(self, request: HttpRequest, obj: Controller | None = None) -> bool:
        """Never."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list; refused with a sentence to others."""
        require(request.user, Power.WORK_CASES)
        return super().changelist_view(request, {"title": "Clients", **(extra_context or {})})

    @admin.display(description="Reference", ordering="reference")
    def our_reference(self, controller: Controller) -> str:
        """Our reference for them."""
        return controller.reference

    @admin.display(description="Ours", boolean=True)
    def is_ours(self, controller: Controller) -> bool:
        """Whether it is our own company."""
        return controller.ours

    @admin.display(description="E-mail", ordering="email")
    def mailbox(self, controller: Controller) -> str:
        """Where requests about their data are announced; without one the officer phones or writes."""
        return controller.email or "None: phone or write"

    @admin.display(description="In use", boolean=True)
    def in_use(self, controller: Controller) -> bool:
        """Whether we still hold data for them."""
        return controller.active

    def save_model(self, request: HttpRequest, controller: Controller, form: Any, change: bool) -> None:
        """Save with an entry in the trail: which fields, never what they say."""
        with transaction.atomic():
            super().save_model(request, controller, form, change)
            fields = ",".join(sorted(form.changed_data)) if change else "new"
            record(
                Verb.CONTROLLER_CHANGED, by=request.user, target=f"controller:{controller.pk}", reason=fields
            )
