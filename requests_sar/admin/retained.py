"""What of retention needs somebody today: a plan to approve, a run that stopped, a claim to ask about again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Sum
from django.urls import reverse

from portal.templatetags.house import short_day
from requests_sar.showing.standing import plural
from retention import legal, running
from retention.models import Disposal, Fate


def to_approve(today: dt.date) -> Iterator[tuple[str, str]]:
    """Plans that can be approved today and of which something would go: the sentence and the address."""
    for run in running.waiting_for_approval():
        if run.as_of != today:
            continue
        goes = run.lines.filter(fate=Fate.GOES).aggregate(all=Sum("records"))["all"] or 0
        if goes:
            words = (
                f"{run.reference}: {plural(goes, 'record')} due and free to go. Approve the run, or drop it."
            )
            yield words, reverse("admin:run", args=[run.reference])


def to_ask_again(today: dt.date, most: int) -> Iterator[tuple[str, str]]:
    """Holds for claims whose day has come: is the claim still there?"""
    due = list(legal.to_review(today).order_by("review_on", "pk")[: most + 1])
    for hold in due[:most]:
        words = (
            f"The hold “{hold.reference}”: ask whether it is still needed, since {short_day(hold.review_on)}."
        )
        yield words, reverse("admin:hold", args=[hold.pk])
    if len(due) > most:
        yield "More holds have to be asked about.", reverse("admin:holds")


def failed(most: int) -> Iterator[tuple[str, str]]:
    """Runs over everybody that stopped by a fault."""
    runs = Disposal.objects.filter(subject=None, state=Disposal.State.FAILED).order_by("-created_at")
    for run in runs[:most]:
        yield f"{run.reference} stopped by a fault. {run.error}", reverse("admin:run", args=[run.reference])
