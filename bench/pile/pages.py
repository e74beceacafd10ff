"""What is measured: each tab, kind of search, filter and figure of the report, as whole pages."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

SEARCHES = (
    ("a reference's beginning", "dp-a"),
    ("a whole name", "john smith"),
    ("a common name", "smith"),
    ("a part of a name", "mit"),
    ("a name nobody has", "zyxwvut"),
    ("an address", "person77@example.com"),
    ("the beginning of an address", "person7"),
    ("what every address has", "example"),
    ("a customer number", "k0000077"),
    ("a person's reference", "q-7"),
    ("two letters", "jo"),
    ("one letter", "j"),
    ("a name and an address", "smith person7"),
)


def pages() -> Iterator[tuple[str, dict[str, str]]]:
    """What is measured: words for it, and the address (a search text under "text" goes by the search box)."""
    from django.utils import timezone

    from portal.accounts.models import User
    from requests_sar import figures
    from requests_sar.admin import tabs

    today = timezone.localdate()
    year = {"received_from": f"{today - dt.timedelta(days=365)}", "received_to": f"{today}"}
    month = {
        "received_from": f"{today - dt.timedelta(days=430)}",
        "received_to": f"{today - dt.timedelta(days=400)}",
    }
    answered = {
        "answered_from": f"{today - dt.timedelta(days=400)}",
        "answered_to": f"{today - dt.timedelta(days=370)}",
    }
    yield "the queue", {}
    for tab in tabs.TABS:
        yield f"tab {tab.title}", {"tab": tab.key}
    yield "tab All, last page", {"tab": "all", "p": "last"}
    yield "tab All, by due date", {"tab": "all", "o": "4"}
    for what, text in SEARCHES:
        yield f"search: {what}", {"text": text}
    for name, value in (
        ("right__exact", "complaint"),
        ("state__exact", "review"),
        ("channel__exact", "letter"),
        ("owner", "me"),
        ("owner", "nobody"),
        ("owner", str(User.objects.order_by("-pk").values_list("pk", flat=True).first())),
        ("due", "late"),
        ("due", "7"),
        ("clock", "paused"),
        ("clock", "silent"),
    ):
        yield f"filter {name.removesuffix('__exact')} {value}", {"tab": "all", name: value}
    for figure in figures.FIGURES:
        yield f"figure of a year: {figure.title}", {"tab": "all", "figure": figure.key, **year}
    for key in ("all", "in-time", "late", "refused"):
        yield f"figure of an old month: {key}", {"tab": "all", "figure": key, **month}
    yield (
        "figure of a month's answers",
        {"tab": "all", "right__exact": "access", "figure": "late", **answered},
    )


def address(client: Any, parameters: dict[str, str]) -> str:
    """The address of a page; a search text is typed into the search box, the last page looked up."""
    from django.urls import reverse

    from requests_sar.admin import CaseAdmin, capped
    from requests_sar.models import Case

    queue, query = reverse("admin:requests_sar_case_changelist"), dict(parameters)
    if "text" in query:
        return str(client.post(reverse("admin:case_search"), {"text": query["text"]})["Location"])
    if query.get("p") == "last":
        query["p"] = str(math.ceil(min(Case.objects.count(), capped.COUNTED) / CaseAdmin.list_per_page))
    return f"{queue}?{urlencode(query)}"
