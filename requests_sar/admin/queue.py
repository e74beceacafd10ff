"""The DPO's queue: the stock list of cases, with tabs that count, and nothing that edits a case field by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.accounts.powers import Power, may, require
from portal.lists import StaffList
from requests_sar.admin import bulk, bulk_page, capped, filters, tabs, words
from requests_sar.admin.listing import Queue
from requests_sar.models import Case


@admin.register(Case)
class CaseAdmin(StaffList):
    """Cases as a list. What can be done with one is on its own page (`requests_sar.admin.case`)."""

    list_display = ("who", "asked", "status", "due", "clock_state", "next_step", "owner_named")
    list_display_links = None
    list_filter = (
        "right",
        "state",
        "channel",
        filters.OwnerFilter,
        filters.DueFilter,
        filters.ClockFilter,
        filters.FigureFilter,
    )
    list_per_page = 50
    list_max_show_all = 500
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "admin/requests_sar/case/change_list.html"

    # --- who may ---

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the queue is on the menu."""
        return may(request.user, Power.READ_CASES)

    def has_view_permission(self, request: HttpRequest, obj: Case | None = None) -> bool:
        """Whether cases may be read."""
        return may(request.user, Power.READ_CASES)

    def has_work_permission(self, request: HttpRequest) -> bool:
        """Whether the list's actions are offered."""
        return may(request.user, Power.WORK_CASES)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never here: requests are logged on a page of their own."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Case | None = None) -> bool:
        """Never field by field: cases move by the verbs of `services`."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Case | None = None) -> bool:
        """Never: retention disposes of cases."""
        return False

    # --- the list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        """The cases with what the tabs ask of them; what a row shows comes with the rows of one page."""
        return tabs.askable(super().get_queryset(request))

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Paginator:
        """Pages of what has been counted already (see `Queue.get_results`), or of everything."""
        counted = getattr(request, "counted", None)
        if counted is None:
            return super().get_paginator(request, *args, **kwargs)
        return capped.FirstPages(*args, number=counted, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Our list."""
        return Queue

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The queue; refused with a sentence to those who may not read cases."""
        require(request.user, Power.READ_CASES)
        context = {"title": "Requests", "may_log": may(request.user, Power.LOG_REQUEST)}
        return super().changelist_view(request, context | (extra_context or {}))

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """The stock address of a case leads to its page."""
        case = self.get_object(request, object_id)
        return redirect("admin:case", case.reference) if case else redirect(QUEUE)

    # --- the columns ---

    @admin.display(description="Person and reference")
    def who(self, case: Case) -> SafeString:
        """The name as given, and the reference below it."""
        return format_html(
            '<a class="two-line" href="{}">{}</a><span class="two-line ref">{}</span>',
            reverse("admin:case", args=[case.reference]),
            case.requester_name or "No name given",
            case.reference,
        )

    @admin.display(description="Right and how it came", ordering="received_on")
    def asked(self, case: Case) -> SafeString:
        """The right in the words customers read; below it how the request reached us, and when."""
        return format_html(
            '<span class="two-line">{}</span>'
            '<span class="two-line"><span>{}</span>, <span class="nowrap">{}</span></span>',
            case.get_right_display(),
            case.get_channel_display(),
            words.brief_day(case.received_on),
        )

    @admin.display(description="Status", ordering="state")
    def status(self, case: Case) -> SafeString:
        """Word first, colour second, border third."""
        label = words.status(case)
        return format_html('<strong class="tag tag-{}">{}</strong>', label.tone, label.words)

    @admin.display(description="Due", ordering="due_on")
    def due(self, case: Case) -> SafeString:
        """The date, and how long there is."""
        left = words.due(case, timezone.localdate())
        return format_html(
            '<span class="two-line nowrap">{}</span><span class="two-line nowrap{}">{}</span>',
            words.brief_day(case.due_on) or "-",
            f" due-{left.tone}" if left.tone else "",
            left.words,
        )

    @admin.display(description="Clock", ordering="clock")
    def clock_state(self, case: Case) -> str:
        """Whether the statutory clock counts, while the answer is owed."""
        return words.clock(case)

    @admin.display(description="Next")
    def next_step(self, case: Case) -> str:
        """What comes next, in words."""
        return words.next_action(case)

    @admin.display(description="Owner", ordering="owner__name")
    def owner_named(self, case: Case) -> str:
        """Who has it."""
        return case.owner.get_short_name() if case.owner else "Nobody"

    # --- actions ---

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The acts on many, for those who may decide requests."""
        if not self.has_work_permission(request):
            return {}
        return {act.slug: (_ask(act), act.slug, act.button) for act in bulk.BULK.values()}


QUEUE = "admin:requests_sar_case_changelist"


def _ask(act: bulk.BulkAct) -> Callable[[CaseAdmin, HttpRequest, QuerySet[Case]], HttpResponse | None]:
    """The page between: what will work for the ticked requests, and what will not."""

    def ask(admin_: CaseAdmin, request: HttpRequest, cases: QuerySet[Case]) -> HttpResponse | None:
        chosen = list(cases.select_related("owner", "subject")[: bulk.MOST + 1])
        if len(chosen) > bulk.MOST:
            sentence = f"At most {bulk.MOST} requests at once. Nothing was done. Tick fewer of them."
            messages.error(request, sentence)
            return None
        return bulk_page.confirmation(request, act, chosen)

    return ask
