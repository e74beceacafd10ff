"""Which wording of a letter counts: the newest version in the database, or the one shipped in its file."""

from __future__ import annotations

from django.db.models import QuerySet
from django.template.loader import get_template

from requests_sar.letters.kinds import Kind
from requests_sar.models import LetterWording

SHIPPED = 0  # the number of the wording in the file


def shipped(kind: Kind) -> str:
    """The wording in the file. It is read as text and never run."""
    found = get_template(f"letters/requests_sar/{kind.key}.txt")
    return str(found.template.source).strip()  # type: ignore[attr-defined]


def versions(kind: Kind) -> QuerySet[LetterWording]:
    """The edited wordings of a letter, newest first."""
    return LetterWording.objects.filter(kind=kind.key).select_related("by").order_by("-number")


def active(kind: Kind) -> tuple[int, str]:
    """Number and text of the wording that the next letter uses. An empty version means: the shipped one again."""
    newest = versions(kind).first()
    if newest is None:
        return SHIPPED, shipped(kind)
    return newest.number, newest.text or shipped(kind)
