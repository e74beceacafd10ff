"""Who has how much: for each owner the open requests, those due within seven days and the late ones."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from portal.accounts.models import User
from requests_sar import conditions
from requests_sar.models import Case
from requests_sar.staff_forms import caseworkers

CHANGELIST = "admin:requests_sar_case_changelist"
TABS = ("open", "soon", "late")  # the tabs of the queue that list what is counted here


def workload(today: dt.date) -> list[dict[str, Any]]:
    """A line for each colleague who may have requests or has some, and one for those of nobody."""
    rows = (
        Case.objects.filter(conditions.is_open())
        .values("owner")
        .annotate(
            open=Count("pk"),
            soon=Count("pk", filter=conditions.due_soon(today)),
            late=Count("pk", filter=conditions.late(today)),
        )
        .order_by()
    )
    counted = {row["owner"]: row for row in rows}
    people = caseworkers() | User.objects.filter(pk__in=[key for key in counted if key])
    names = {user.pk: user.get_short_name() for user in people.order_by("name", "pk")}
    lines = [_line(key, name, counted.get(key, {})) for key, name in names.items()]
    return [*lines, _line(None, "Nobody", counted.get(None, {}))]


def _line(owner: int | None, name: str, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "numbers": [
            {
                "number": row.get(tab, 0),
                "href": f"{reverse(CHANGELIST)}?{urlencode({'owner': owner or 'nobody', 'tab': tab})}",
            }
            for tab in TABS
        ],
    }
