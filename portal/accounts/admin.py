"""Staff accounts, for administrators. Nobody types somebody else's password: new staff get a link to choose theirs."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse

from portal.accounts import staff, tokens_admin  # noqa: F401  # its class is registered by being read
from portal.accounts.models import User
from portal.accounts.powers import POWERS, Power, may, require
from portal.lists import StaffList


class UserForm(forms.ModelForm):
    """Name, address, role, and whether they can sign in."""

    actor: User  # set by the admin: who is changing the account

    class Meta:
        model = User
        fields = ("name", "email", "role", "is_active")
        error_messages = {"email": {"unique": "Somebody on the staff has this e-mail address already."}}

    def clean_email(self) -> str:
        """Addresses are kept in lower case, as they are compared."""
        return str(self.cleaned_data["email"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        """No administrator locks out themselves, or the last one who could let others in."""
        cleaned = super().clean() or self.cleaned_data
        manages = Power.MANAGE_STAFF in POWERS.get(cleaned.get("role", ""), frozenset()) and cleaned.get(
            "is_active"
        )
        if self.instance.pk and may(self.instance, Power.MANAGE_STAFF) and not manages:
            if self.instance.pk == self.actor.pk:
                raise ValidationError("You cannot take away your own access. Ask another administrator.")
            if not staff.other_administrators(self.instance):
                raise ValidationError("This is the only administrator. Make another one first.")
        return cleaned


@admin.register(User)
class UserAdmin(StaffList):
    """Accounts: made, given a role, shut. Never deleted, so that the trail keeps its names."""

    form = UserForm
    list_display = ("name_shown", "email", "role", "is_active", "second_factor", "last_login")
    list_display_links = ("name_shown",)
    list_filter = ("role", "is_active")
    list_per_page = 100
    show_facets = admin.ShowFacets.NEVER
    actions = ("send_link", "remove_factors")
    ordering = ("name", "email")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether staff accounts are on the menu."""
        return may(request.user, Power.MANAGE_STAFF)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Administrators only."""
        return may(request.user, Power.MANAGE_STAFF)

    has_add_permission = has_module_permission
    has_change_permission = has_view_permission

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Never: an account is shut, not removed."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list; refused with a sentence to others."""
        require(request.user, Power.MANAGE_STAFF)
        return super().changelist_view(request, {"title": "Staff", **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """The accounts, with whether they have a second factor."""
        factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type="recovery_codes")
        return super().get_queryset(request).annotate(has_factor=Exists(factors))

    def get_form(self, request: HttpRequest, obj: User | None = None, **kwargs: Any) -> Any:
        """The form, knowing who fills it in."""
        form = super().get_form(request, obj, **kwargs)
        return type("UserForm", (form,), {"actor": request.user})

    @admin.display(description="name", ordering="name")
    def name_shown(self, user: User) -> str:
        """The name, or the address of somebody who has none."""
        return user.get_short_name()

    @admin.display(description="two-step sign-in", boolean=True)
    def second_factor(self, user: User) -> bool:
        """Whether a second factor is set up."""
        return bool(user.has_factor)  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, user: User, form: Any, change: bool) -> None:
        """Save with an entry in the trail; somebody new gets the link to choose a password."""
        was = User.objects.filter(pk=user.pk).values("role", "is_active", "email", "name").first()
        with transaction.atomic():
            if not change:
                user.set_unusable_password()
            super().save_model(request, user, form, change)
            staff.note_change(user, by=request.user, was=was)
            if not change and staff.send_link(request, user):
                messages.info(request, f"A link to choose a password goes to {user.email}.")

    @admin.action(description="Send a link to choose a password", permissions=["change"])
    def send_link(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """To everybody ticked who can sign in."""
        for user in users:
            if staff.send_link(request, user):
                messages.success(request, f"A link to choose a password goes to {user.email}.")
            else:
                messages.error(request, f"{user.get_short_name()} cannot sign in, so no link was sent.")

    @admin.action(description="Remove the second factor (lost telephone or key)", permissions=["change"])
    def remove_factors(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """They sign in by password alone once, and set up a new one."""
        for user in users:
            if staff.remove_factors(user, by=request.user):
                messages.success(
                    request, f"{user.get_short_name()} now has to set up two-step sign-in again."
                )
            else:
                messages.info(request, f"{user.get_short_name()} has no second factor.")
