"""The DPO's queue: the stock list of cases, with tabs that count, and nothing that edits a case field by field."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.accounts.powers import Power, may, require
from portal.lists import StaffList
from requests_sar import ranges, services
from requests_sar.admin import capped, filters, searching, tabs, words
from requests_sar.casework import NotPossible
from requests_sar.models import Case
from requests_sar.staff_forms import AssignForm

TAB, FIND = "tab", "find"
OURS = {TAB, FIND, *ranges.NAMES}  # the words of the address that are no lookups

DAY_LABELS = {
    "received_from": "Received from",
    "received_to": "Received until",
    "answered_from": "Answered from",
    "answered_to": "Answered until",
    "due_from": "Due from",
    "due_to": "Due until",
}


class Queue(ChangeList):
    """The stock list, narrowed by one tab and counted by all of them, in a fixed number of queries."""

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The address without our own words, which are no lookups."""
        kept = super().get_filters_params(params)
        return {key: value for key, value in kept.items() if key not in OURS}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Case]:
        """The rows of the chosen tab; the counts of all tabs are taken on the way, under the same filters."""
        cases = self._in_ranges(request, super().get_queryset(request, exclude_parameters))
        self.search_token = request.GET.get(FIND, "")
        self.search_text = searching.text_of(request, self.search_token) if self.search_token else None
        if self.search_token:
            cases = searching.matching(cases, self.search_text) if self.search_text else cases.none()
        today = timezone.localdate()
        self.tab = tabs.BY_KEY.get(
            request.GET.get(TAB, ""), tabs.BY_KEY["all" if self.search_token else "action"]
        )
        counts = tabs.counts(cases, today)
        self.tabs = [
            {
                "title": tab.title,
                "count": counts[tab.key],
                "words": capped.said(counts[tab.key]),
                "href": self.get_query_string({TAB: tab.key}, ["p", "all"]),
                "current": tab is self.tab,
            }
            for tab in tabs.TABS
        ]
        self.next_due = tabs.next_due(today) if counts[self.tab.key] == 0 else None
        self.with_search = {FIND: self.search_token} if self.search_token else {}
        return cases.filter(self.tab.condition(today))

    def _in_ranges(self, request: HttpRequest, cases: QuerySet[Case]) -> QuerySet[Case]:
        """Narrowed by the ranges of days in the address, each shown with a way to take it off again."""
        found, self.bad_days = ranges.read(request.GET.dict())
        self.ranges = [
            {"words": words.range_of(each), "without": self.get_query_string(dict.fromkeys(each.parameters))}
            for each in found
        ]
        self.day_fields = [
            {"name": name, "label": label, "value": request.GET.get(name, ""), "bad": name in self.bad_days}
            for name, label in DAY_LABELS.items()
        ]
        kept = {key: value for key, value in request.GET.items() if key not in {*ranges.NAMES, "p", "all"}}
        self.beside_days = sorted(kept.items())
        if self.ranges:
            self.has_active_filters = True
        self.clear_all_filters_qs = "?" + urlencode(
            {key: value for key, value in kept.items() if key in {TAB, FIND}}
        )
        for each in found:
            cases = cases.filter(each.condition)
        return cases

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Case]) -> list[Any]:
        """By urgency, unless somebody pressed a column's heading."""
        if request.GET.get("o"):
            return super().get_ordering(request, queryset)
        return list(tabs.ORDER)


@admin.register(Case)
class CaseAdmin(StaffList):
    """Cases as a list. What can be done with one is on its own page (`requests_sar.admin.case`)."""

    list_display = ("who", "asked", "status", "due", "next_step", "owner_named")
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
    list_select_related = ("owner",)
    list_per_page = 50
    list_max_show_all = 500
    paginator = capped.FirstPages
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ("assign", "assign_to_me")
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
        """The cases with what their packages say, and what the fixed order needs."""
        cases = tabs.with_work(super().get_queryset(request))
        return cases.alias(**tabs.ORDERING)

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

    @admin.display(description="Next")
    def next_step(self, case: Case) -> str:
        """What comes next, in words."""
        return words.next_action(case)

    @admin.display(description="Owner", ordering="owner__name")
    def owner_named(self, case: Case) -> str:
        """Who has it."""
        return case.owner.get_short_name() if case.owner else "Nobody"

    # --- actions ---

    @admin.action(description="Give to somebody", permissions=["work"])
    def assign(self, request: HttpRequest, cases: QuerySet[Case]) -> HttpResponse | None:
        """Ask whom, then give the ticked requests to them."""
        chosen = list(cases)
        form = AssignForm(request.POST if "owner" in request.POST else None)
        if form.is_valid():
            return _assign(request, chosen, form.cleaned_data["owner"])
        context = {
            **self.admin_site.each_context(request),
            "title": f"Give {len(chosen)} {'request' if len(chosen) == 1 else 'requests'} to somebody",
            "cases": chosen,
            "form": form,
            "queue": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/requests_sar/case/assign_many.html", context)

    @admin.action(description="Give to me", permissions=["work"])
    def assign_to_me(self, request: HttpRequest, cases: QuerySet[Case]) -> HttpResponse | None:
        """Give the ticked requests to whoever pressed."""
        return _assign(request, list(cases), request.user)


QUEUE = "admin:requests_sar_case_changelist"


def _assign(request: HttpRequest, chosen: list[Case], owner: Any) -> None:
    """Assign one by one: what cannot be given is named, the others are given."""
    given, refused = 0, []
    for case in chosen:
        try:
            services.assign(case=case, owner=owner, by=request.user)
            given += 1
        except NotPossible as sentence:
            refused.append(f"{case.reference}: {sentence}")
    if given:
        name = owner.get_short_name() if owner else "nobody"
        messages.success(request, f"{given} {'request' if given == 1 else 'requests'} given to {name}.")
    for sentence in refused:
        messages.error(request, sentence)
