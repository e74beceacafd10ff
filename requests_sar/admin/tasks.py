"""Searches by colleagues as a list: one's own, or for officers everybody's."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.accounts.powers import Power, may, require
from portal.lists import StaffList
from requests_sar.admin import task_words
from requests_sar.admin.words import brief_day
from requests_sar.models import Task
from requests_sar.services import colleagues

TASKS = "admin:requests_sar_task_changelist"


class WhoseFilter(admin.SimpleListFilter):
    """One's own, or those of people without an account."""

    title = "whose"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Two sorts of people; nobody needs to choose who sees only their own."""
        if not may(request.user, Power.WORK_CASES):
            return []
        return [
            ("me", "Mine"),
            ("staff", "Colleagues with an account"),
            ("link", "People without an account"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> QuerySet[Task]:
        """Those searches."""
        if self.value() == "me":
            return queryset.filter(assignee=request.user)
        if self.value() in {"staff", "link"}:
            return queryset.filter(assignee__isnull=self.value() == "link")
        return queryset


class StandFilter(admin.SimpleListFilter):
    """Open (as the list begins), late, answered, cancelled, or all."""

    title = "status"
    parameter_name = "stand"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Besides the open ones, which the list begins with."""
        return [("late", "Late"), ("answered", "Answered"), ("cancelled", "Cancelled"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        """Open first, where the stock filter says "All"."""
        stock = super().choices(changelist)
        yield {**next(stock), "display": "Open"}
        yield from stock

    def queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> QuerySet[Task]:
        """Those searches."""
        value = self.value()
        if value == "all":
            return queryset
        if value in {"answered", "cancelled"}:
            return queryset.filter(state=value)
        waiting = queryset.filter(state=Task.State.WAITING)
        return waiting.filter(due_on__lt=timezone.localdate()) if value == "late" else waiting


class SystemFilter(admin.SimpleListFilter):
    """By the place that is searched."""

    title = "place"
    parameter_name = "place"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The places of the register, whatever right they are searched for."""
        from portal.register import store

        return [(each.key, each.name) for each in store.current().systems]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> QuerySet[Task]:
        """Only that place."""
        return queryset.filter(system=self.value()) if self.value() else queryset


@admin.register(Task)
class TaskAdmin(StaffList):
    """Searches as a list. What can be done with one is on its own page."""

    list_display = ("place", "reference", "stands", "due", "who")
    list_display_links = None
    list_filter = (StandFilter, WhoseFilter, SystemFilter)
    list_select_related = ("case", "assignee", "answer")
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ("due_on", "title", "pk")
    actions = ("remind",)
    change_list_template = "admin/requests_sar/task/change_list.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the list is on the menu."""
        return may(request.user, Power.ANSWER_TASKS)

    def has_view_permission(self, request: HttpRequest, obj: Task | None = None) -> bool:
        """Whether searches may be seen; which ones says `get_queryset`."""
        return may(request.user, Power.ANSWER_TASKS)

    def has_work_permission(self, request: HttpRequest) -> bool:
        """Whether the list's actions are offered."""
        return may(request.user, Power.WORK_CASES)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never here: searches are asked for on the page of their case."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Task | None = None) -> bool:
        """Never field by field."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Task | None = None) -> bool:
        """Never."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        """One's own; everybody's for whoever works on cases."""
        return super().get_queryset(request).filter(colleagues.visible(request.user))  # type: ignore[arg-type]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list; refused with a sentence to those who make no searches."""
        require(request.user, Power.ANSWER_TASKS)
        return super().changelist_view(request, {"title": "Searches", **(extra_context or {})})

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """The stock address of a search leads to its page."""
        task = self.get_object(request, object_id)
        return redirect("admin:task", task.pk) if task else redirect(TASKS)

    # --- the columns ---

    @admin.display(description="Place", ordering="title")
    def place(self, task: Task) -> SafeString:
        """Where to search."""
        return format_html('<a href="{}">{}</a>', reverse("admin:task", args=[task.pk]), task.title)

    @admin.display(description="Request", ordering="case__reference")
    def reference(self, task: Task) -> SafeString:
        """For which request; no name stands in this list."""
        return format_html('<span class="ref">{}</span>', task.case.reference)

    @admin.display(description="Status")
    def stands(self, task: Task) -> SafeString:
        """Word first, colour second, border third."""
        label = task_words.status(task)
        return format_html('<strong class="tag tag-{}">{}</strong>', label.tone, label.words)

    @admin.display(description="Due", ordering="due_on")
    def due(self, task: Task) -> SafeString:
        """The date, and how long there is."""
        left = task_words.left(task, _today())
        return format_html(
            '<span class="two-line nowrap">{}</span><span class="two-line nowrap{}">{}</span>',
            brief_day(task.due_on),
            f" due-{left.tone}" if left.tone else "",
            left.words,
        )

    @admin.display(description="Asked of")
    def who(self, task: Task) -> str:
        """Who is asked."""
        return colleagues.name_of(task)

    @admin.action(description="Remind", permissions=["work"])
    def remind(self, request: HttpRequest, tasks: QuerySet[Task]) -> None:
        """Remind of the ticked ones that are open."""
        sent = colleagues.remind(tasks=tasks.filter(state=Task.State.WAITING), by=request.user)
        messages.success(request, f"{task_words.reminders(sent)} sent. Nobody is reminded twice on one day.")


def _today() -> dt.date:
    return timezone.localdate()
