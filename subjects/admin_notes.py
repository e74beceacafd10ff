"""What the pages about a person show of corrections: the latest changes, and the words that stand beside a record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from portal.templatetags.house import short_day
from subjects import services
from subjects.admin_people import Panel, PanelRow, register_panel
from subjects.datamap import Dataset
from subjects.models import DetailChange, Subject

MOST = 20  # lines of a panel; the newest


@dataclass(frozen=True, slots=True)
class Beside:
    """One thing that stands beside a record: how to call it, and its words."""

    title: str
    text: str


def beside(subject: Subject, dataset: Dataset) -> dict[str, list[Beside]]:
    """What stands beside the records of one kind, by the record's key."""
    found: dict[str, list[Beside]] = defaultdict(list)
    for note in services.notes_on(subject, dataset.key):
        title = "The customer says" if note.kind == note.Kind.STATEMENT else "Correction note"
        found[note.record].append(Beside(f"{title}, {short_day(note.at)}", note.text))
    return found


def with_notes(
    rows: Iterable[tuple[Any, Any]], notes: dict[str, list[Beside]]
) -> list[tuple[Any, list[Beside]]]:
    """Each row of a page with what stands beside it; `rows` are (key, cells)."""
    return [(cells, notes.get(str(key), [])) for key, cells in rows]


@register_panel
def corrections(request: HttpRequest, subject: Subject) -> Panel | None:
    """Statements and notes: nobody should use a record without having seen them."""
    rows = [
        PanelRow(
            note.label, _records(subject, note.dataset), f"{note.get_kind_display()}, {short_day(note.at)}"
        )
        for note in services.notes_on(subject).order_by("-at")[:MOST]
    ]
    return Panel("Statements and corrections", tuple(rows), "None.")


@register_panel
def changes(request: HttpRequest, subject: Subject) -> Panel | None:
    """The latest changes of their details, without the values: those are among the records."""
    found = DetailChange.objects.filter(subject=subject).order_by("-at", "-pk")[:MOST]
    rows = [
        PanelRow(
            change.label,
            _records(subject, "detail-changes"),
            f"{short_day(change.at)}, {'by the customer' if change.side == change.Side.REQUESTER else 'by us'}",
        )
        for change in found
    ]
    return Panel("Changes of details", tuple(rows), "None since they were written down.")


def _records(subject: Subject, dataset: str) -> str:
    return reverse("admin:person_records", args=[subject.reference, dataset])
