"""Restriction and disposal: deleting is a use too, so what is paused is not disposed of but looked at by a person."""

from __future__ import annotations

from dataclasses import dataclass

from subjects import restriction
from subjects.models import Subject
from subjects.restriction import Use


@dataclass(frozen=True, slots=True)
class Review:
    """Something that would have gone: the officer decides. `because` says why it has not."""

    subject: Subject
    kind: str  # dataset key
    record: str  # primary key, "" for all records of the kind
    because: str


def instead_of_disposal(subject: Subject, kind: str, record: str = "") -> Review | None:
    """What takes the place of a disposal while the data are paused (Article 18(2)); None when they may go."""
    because = restriction.blocks(subject, Use.DISPOSAL, kind=kind, record=record)
    return Review(subject, kind, record, because) if because else None
