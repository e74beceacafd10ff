"""Which wording of a letter counts: the newest version in the database, or the one shipped in its file."""

from __future__ import annotations

import logging

from django.db.models import QuerySet
from django.template.loader import get_template

from requests_sar.letters import wording
from requests_sar.letters.kinds import Kind
from requests_sar.letters.values import offered
from requests_sar.models import LetterWording

log = logging.getLogger(__name__)
SHIPPED = 0  # the number of the wording in the file


def shipped(kind: Kind) -> str:
    """The wording in the file. It is read as text and never run."""
    found = get_template(f"letters/requests_sar/{kind.key}.txt")
    return str(found.template.source).strip()  # type: ignore[attr-defined]


def versions(kind: Kind) -> QuerySet[LetterWording]:
    """The edited wordings of a letter, newest first."""
    return LetterWording.objects.filter(kind=kind.key).select_related("by").order_by("-number")


def problems(kind: Kind, text: str) -> list[str]:
    """Why a text cannot be the wording of this letter, as sentences; empty when it can."""
    return wording.problems(text, offered=offered(kind), required=kind.required)


def newest(kind: Kind) -> tuple[int, str]:
    """Number and text of the newest wording. An empty version means: the shipped one again."""
    last = versions(kind).first()
    return (last.number, last.text or shipped(kind)) if last else (SHIPPED, shipped(kind))


def active(kind: Kind) -> tuple[int, str]:
    """Number and text of the wording that the next letter uses.

    That is the newest, unless it does not fit the letter any more, as after a release with other places: then the
    shipped one, so that a letter always goes out whole. The list of letters says so.
    """
    number, text = newest(kind)
    if number != SHIPPED and problems(kind, text):
        log.warning(
            "version %s of the letter %s does not fit any more; the shipped words are used", number, kind.key
        )
        return SHIPPED, shipped(kind)
    return number, text


def text_of(kind: Kind, number: int) -> str | None:
    """The words of one version; of 0 the shipped ones; None when there is no such version."""
    if number == SHIPPED:
        return shipped(kind)
    found = versions(kind).filter(number=number).first()
    return (found.text or shipped(kind)) if found else None
