"""Staff read the consent ledger here, and see somebody's marketing choices on their page. Nothing is changed here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from consent import contacting, ledger, purposes, suppression
from consent.models import Channel, ConsentEvent
from consent.models.events import REACHES
from portal.accounts.powers import Power, may
from portal.lists import StaffList
from portal.register.facts import Function
from portal.templatetags.house import moment, short_day
from subjects.admin_people import Panel, PanelRow, register_panel
from subjects.models import Subject

LISTED = "on the do-not-contact list"


@register_panel
def marketing_choices(request: HttpRequest, subject: Subject) -> Panel | None:
    """Each choice as it stands with its words, and which addresses are on the do-not-contact list."""
    rows = [_state(subject, each, channel) for each in purposes.marketing() for channel in REACHES]
    return Panel("Marketing choices", (*rows, *_listed(subject)), "The register knows no marketing.")


def _state(subject: Subject, function: Function, channel: Channel) -> PanelRow:
    answer = ledger.may_contact(subject, function.key, channel)
    last = ledger.last_event(subject, function.key, channel)
    words = f" Their words: “{last.wording.text}”" if last and last.wording else ""
    url = reverse("admin:person_records", args=[subject.reference, "marketing-choices"]) if last else ""
    title = f"{function.name} by {channel.label.lower()}: {'may be sent' if answer.allowed else 'off'}"
    return PanelRow(title, url, f"{answer.because}{words}")


def _listed(subject: Subject) -> list[PanelRow]:
    """Their addresses and numbers that get no marketing at all or none of some kind."""
    return [
        PanelRow(f"{address}: {LISTED}", "", f"for {channel.label.lower()}")
        for channel in REACHES
        for address in sorted(suppression.standing(contacting.reached_at(subject, channel), channel))
    ]


@admin.register(ConsentEvent)
class ConsentEventAdmin(StaffList):
    """The ledger, the newest first. People stand here by their reference only."""

    list_display = ("when", "who", "about", "channel", "act", "how", "words", "written_down")
    list_display_links = None
    list_filter = ("channel", "act", "how")
    search_fields = ("subject__reference", "evidence")
    search_help_text = "A person's reference (P-…), or where it is written down"
    ordering = ("-happened_at", "-pk")
    list_select_related = ("subject", "wording")
    list_per_page = 100
    list_max_show_all = 500
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    sortable_by = ()

    @admin.display(description="When")
    def when(self, event: ConsentEvent) -> str:
        """When they told us."""
        return moment(event.happened_at)

    @admin.display(description="Who")
    def who(self, event: ConsentEvent) -> str:
        """The person's page, or that it is an address alone."""
        if event.subject is None:
            return "An address alone"
        page = reverse("admin:person", args=[event.subject.reference])
        return format_html('<a class="ref" href="{}">{}</a>', page, event.subject.reference)

    @admin.display(description="About")
    def about(self, event: ConsentEvent) -> str:
        """The purpose, by its key."""
        return event.purpose

    @admin.display(description="Words")
    def words(self, event: ConsentEvent) -> str:
        """Which words they were shown."""
        return event.wording.text if event.wording else "None"

    @admin.display(description="Written down")
    def written_down(self, event: ConsentEvent) -> str:
        """The day, and the reference."""
        return f"{short_day(event.recorded_at)} {event.evidence}".strip()

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConsentEvent]:
        """Without those of whom only what the law makes us keep is left, for whoever may not see them."""
        rows: QuerySet[ConsentEvent] = super().get_queryset(request)
        return rows if may(request.user, Power.SEE_LOCKED) else rows.filter(subject__locked_at=None)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the ledger is on the menu."""
        return may(request.user, Power.FIND_PEOPLE)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who may see people's records; one row has no page of its own."""
        return obj is None and may(request.user, Power.FIND_PEOPLE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False
