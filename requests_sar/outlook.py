"""What would go and what would stay if somebody asked now: shown before a request to delete is sent.

For a person who proved an address that is one person's on file, from their own records, by the same plan that is
decided on later; for everybody else in the register's general words, so that nothing can be learned from the page.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone

from requests_sar import identity
from retention import planning, sentences
from retention.models import Fate
from retention.planning import Share
from subjects import datamap
from subjects.models import Subject

PORTAL = "rights-requests"  # the file of one's requests is not offered: it shows that we answered


@dataclass(frozen=True, slots=True)
class Prospect:
    """One kind of data: whether it is likely to go, in how many records, and why."""

    title: str
    goes: bool
    why: str
    records: int | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """All kinds asked for. `own`: from the person's own records."""

    own: bool
    goes: tuple[Prospect, ...]
    stays: tuple[Prospect, ...]


def offered() -> tuple[datamap.Dataset, ...]:
    """The kinds of data that can be chosen."""
    return tuple(each for each in datamap.datasets() if each.category != PORTAL)


def of(kinds: Collection[str], address: str) -> Outlook:
    """What to expect for these kinds (none: everything). `address`: proved in this visit, or empty."""
    subject = identity.subject_at(address) if address else None
    if subject is None or not identity.proves(subject):
        return _outlook(False, [_in_general(each) for each in offered() if not kinds or each.key in kinds])
    return _outlook(True, _own(subject, kinds))


def _own(subject: Subject, kinds: Collection[str]) -> list[Prospect]:
    shares = planning.shares(subject, as_of=timezone.localdate(), kinds=kinds)
    return [_prospect(share) for share in shares if share.dataset.category != PORTAL]


def _prospect(share: Share) -> Prospect:
    why = sentences.because(sentences.of_share(share))
    return Prospect(share.dataset.title, share.fate is Fate.GOES, why, share.records)


def _in_general(dataset: datamap.Dataset) -> Prospect:
    fate, why = sentences.general(dataset)
    return Prospect(dataset.title, fate is Fate.GOES, why)


def _outlook(own: bool, found: list[Prospect]) -> Outlook:
    return Outlook(own, tuple(p for p in found if p.goes), tuple(p for p in found if not p.goes))
