"""Access of other systems, for the data protection officer: a token is made, shown once, and revoked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from portal.accounts import tokens
from portal.accounts.models import ApiToken
from portal.accounts.powers import Power, may, require
from portal.lists import StaffList


class TokenForm(forms.ModelForm):
    """Which system, and what it may ask."""

    class Meta:
        model = ApiToken
        fields = ("name", "scope")
        help_texts = {"name": "For example “Newsletter” or “Shop”. It stands in this list only."}
        error_messages = {"name": {"required": "Say which system it is for"}}


@admin.register(ApiToken)
class ApiTokenAdmin(StaffList):
    """Made and revoked, never changed or deleted."""

    form = TokenForm
    list_display = ("name", "scope", "state", "created_at", "expires_at", "last_used_at")
    list_display_links = None
    list_per_page = 100
    show_facets = admin.ShowFacets.NEVER
    actions = ("revoke",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether it is on the menu."""
        return may(request.user, Power.GIVE_ACCESS)

    def has_view_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """The officer only."""
        return may(request.user, Power.GIVE_ACCESS)

    has_add_permission = has_module_permission

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """A token is revoked, not changed; the list's action asks for this power."""
        return obj is None and may(request.user, Power.GIVE_ACCESS)

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """Never: the trail names it."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list; refused with a sentence to others."""
        require(request.user, Power.GIVE_ACCESS)
        return super().changelist_view(request, {"title": "Other systems", **(extra_context or {})})

    @admin.display(description="state")
    def state(self, token: ApiToken) -> str:
        """Whether it works."""
        if token.revoked_at:
            return "Revoked"
        return "Works" if token.is_live else "Ended"

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        """The verb makes it; its text goes on the page that answers, and nowhere else."""
        made, text = tokens.make(name=obj.name, scope=obj.scope, by=request.user)
        obj.pk = made.pk
        request.token_text = text  # type: ignore[attr-defined]

    def log_addition(self, request: HttpRequest, object: Any, message: Any) -> None:
        """The trail has it."""

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: Any = None
    ) -> HttpResponse:
        """The one page that shows the token."""
        context = {
            **self.admin_site.each_context(request),
            "title": "The new token",
            "token": obj,
            "text": request.token_text,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/accounts/apitoken/made.html", context)

    @admin.action(description="Revoke: it opens nothing any more", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Those ticked."""
        for token in queryset:
            if tokens.revoke(token=token, by=request.user):
                messages.success(request, f"Revoked: {token.name}.")
            else:
                messages.info(request, f"{token.name} had been revoked before.")
