"""The list behind the queue: narrowed by one tab, by ranges of days, by filters and by a search, in a fixed number of
queries, however many requests there are.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.powers import Power, may
from requests_sar import ranges, services, urgency
from requests_sar.admin import capped, searching, tabs, words
from requests_sar.models import Case

TAB, FIND, COUNT = "tab", "find", "count"
OURS = {TAB, FIND, COUNT, *ranges.NAMES}  # the words of the address that are no lookups

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
        narrowed = self.has_active_filters or self.search_token
        counts, few = tabs.counts_of(cases, today, self.tab) if narrowed else (tabs.counts(today), None)
        self.tabs = [
            {
                "title": tab.title,
                "count": counts.get(tab.key),
                "words": capped.said(counts[tab.key]) if tab.key in counts else "",
                "href": self.get_query_string({TAB: tab.key}, ["p", "all"]),
                "current": tab is self.tab,
            }
            for tab in tabs.TABS
        ]
        self.number = counts[self.tab.key]
        self.count_all = self.get_query_string({COUNT: "all"})
        self.saved = list(services.filters_of(request.user))
        self.shares = may(request.user, Power.WORK_CASES)
        self.address = self.get_query_string().removeprefix("?")
        self.next_due = tabs.next_due(today) if counts[self.tab.key] == 0 else None
        self.with_search = {FIND: self.search_token} if self.search_token else {}
        return self._found(cases, self.tab.condition(today), few)

    def _found(self, cases: QuerySet[Case], condition: Q, few: list[UUID] | None) -> QuerySet[Case]:
        """The rows of the tab in their order. Those of a list that was counted to its end are found first and put in
        order then: left to itself the database walks along the order, past all that do not match, for the next fifty.
        """
        if few is None and (self.number > capped.COUNTED or self.number == 0):
            return cases.filter(condition)
        order = cases.query.order_by
        if few is None:
            keys = cases.filter(condition).order_by().values("pk")[: capped.COUNTED]
            return self.root_queryset.filter(pk__in=keys).order_by(*order)
        return capped.among(self.root_queryset, few).filter(condition).order_by(*order)

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

    def get_results(self, request: HttpRequest) -> None:
        """The rows of one page, and what their packages say of these rows only. How many rows there are has been
        counted with the tabs, unless all are to be counted.
        """
        request.counted = None if request.GET.get(COUNT) == "all" else self.number  # type: ignore[attr-defined]
        super().get_results(request)
        page = list(self.result_list.values_list("pk", flat=True))
        rows = tabs.with_work(Case.objects.filter(pk__in=page)).select_related("owner").in_bulk()
        self.result_list = [rows[key] for key in page if key in rows]

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Case]) -> list[Any]:
        """By urgency, unless somebody pressed a column's heading."""
        if request.GET.get("o"):
            return super().get_ordering(request, queryset)
        return list(urgency.ORDER)
