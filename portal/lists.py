"""What every list of the staff side has: it can be narrowed by its own filters only, and survives what is typed
into its address or sent in its name."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


class StaffList(admin.ModelAdmin):
    """The stock list, closed where it is open by default.

    The stock one filters by any field named in the address: whoever may see a list could read a column that it
    does not show (a password's hash), letter by letter.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what stands beside the list as a filter."""
        named = {name for name in self.list_filter if isinstance(name, str)}
        own = {getattr(each, "parameter_name", "") for each in self.list_filter} - {""}
        return lookup in own or lookup.removesuffix("__exact") in named

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """The action, unless a ticked row is called by something that no row can be called by."""
        try:
            for ticked in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.model._meta.pk.clean(ticked, None)
        except (ValidationError, ValueError):
            messages.error(request, "One of the ticked rows is not there any more. Tick the rows again.")
            return redirect(request.get_full_path())
        return super().response_action(request, queryset)
