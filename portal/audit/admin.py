"""The trail to be read: who did what to which thing, when. Nobody changes it here or anywhere."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from portal.accounts.powers import Power, may, require
from portal.audit.models import Entry
from portal.audit.trail import Verb
from portal.lists import StaffList


class VerbFilter(admin.SimpleListFilter):
    """By what was done, from the closed vocabulary."""

    title = "act"
    parameter_name = "act"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every verb there is."""
        return [(verb.value, verb.value) for verb in Verb]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        """Only that act."""
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(Entry)
class EntryAdmin(StaffList):
    """Newest first. It holds references and no names, so its search may stand in the address."""

    list_display = ("number", "at", "verb", "actor", "target", "reason")
    list_display_links = None
    list_filter = (VerbFilter,)
    search_fields = ("target", "actor")
    list_per_page = 100
    list_max_show_all = 500
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    date_hierarchy = None
    actions = None
    sortable_by = ()

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the trail is on the menu."""
        return may(request.user, Power.READ_AUDIT)

    def has_view_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        """Those who may read it."""
        return may(request.user, Power.READ_AUDIT)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        """Never."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list; refused with a sentence to others."""
        require(request.user, Power.READ_AUDIT)
        return super().changelist_view(request, {"title": "Audit trail", **(extra_context or {})})
