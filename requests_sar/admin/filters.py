"""The queue's filters: by owner, due date, clock and figure of the report. The others are plain fields."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import User
from requests_sar import conditions, figures
from requests_sar.admin import tabs
from requests_sar.models import Case, ClockState


class OwnerFilter(admin.SimpleListFilter):
    """Mine, nobody's, or a colleague's."""

    title = "owner"
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Whoever has a case, after the two that are asked for most."""
        has_some = Exists(Case.objects.filter(owner=OuterRef("pk")))
        owners = User.objects.filter(has_some).exclude(pk=request.user.pk)
        return [
            ("me", "Me"),
            ("nobody", "Nobody"),
            *((str(user.pk), user.get_short_name()) for user in owners),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        """Only that owner's cases; an owner that cannot be is nobody's."""
        value = self.value()
        if value is None:
            return queryset
        if value == "me":
            return queryset.filter(owner=request.user)
        return queryset.filter(owner=int(value)) if value.isdecimal() else queryset.filter(owner=None)


class DueFilter(admin.SimpleListFilter):
    """By how soon the answer is due."""

    title = "due"
    parameter_name = "due"
    RANGES = {"today": (0, 0), "3": (0, 3), "7": (0, 7), "14": (0, 14), "30": (0, 30)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The ranges; all count from today."""
        return [
            ("late", "Late"),
            ("today", "Today"),
            ("3", "In 3 days"),
            ("7", "In 7 days"),
            ("14", "In 14 days"),
            ("30", "In 30 days"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        """Open requests due in the range."""
        value, today = self.value(), timezone.localdate()
        if value == "late":
            return queryset.filter(conditions.late(today))
        if value not in self.RANGES:
            return queryset
        first, last = (today + dt.timedelta(days=offset) for offset in self.RANGES[value])
        return queryset.filter(conditions.running(), due_on__gte=first, due_on__lte=last)


class ClockFilter(admin.SimpleListFilter):
    """By how the statutory clock of an open request stands."""

    title = "clock"
    parameter_name = "clock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The three states, and those that have waited too long."""
        return [*ClockState.choices, ("silent", "No answer for 30 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        """Open requests whose clock stands so."""
        value = self.value()
        if value == "silent":
            return queryset.filter(tabs.silent(timezone.localdate()))
        if value == ClockState.RUNNING:
            return queryset.filter(conditions.running())
        return queryset.filter(conditions.stopped(), clock=value) if value in ClockState.values else queryset


class FigureFilter(admin.SimpleListFilter):
    """By what the report counts a request as: its figures lead here."""

    title = "figure of the report"
    parameter_name = "figure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The figures, but for the one that is all requests."""
        return [(figure.key, figure.title) for figure in figures.FIGURES if figure is not figures.ALL]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        """The requests that the figure counts; a figure that does not exist narrows nothing."""
        figure = figures.BY_KEY.get(self.value() or "")
        return queryset.filter(figure.condition(timezone.localdate())) if figure else queryset
