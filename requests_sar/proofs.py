"""Documents that prove who somebody is or what they may do: sealed while they wait, gone with the decision.

The row goes in the transaction of the decision; key and file are destroyed when it commits, and `sweep` removes what
a process that died between the two may have left.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import casework, sealed
from requests_sar.models import Case, Evidence
from requests_sar.workflow import ENDED

log = logging.getLogger(__name__)
FOLDER = "evidence"
KEPT = dt.timedelta(days=30)  # whether anybody has decided or not
MOST = 3  # documents of one kind that wait for one case
ORPHANED = dt.timedelta(hours=1)  # a file without a row that is older was left by a process that died


class TooMany(Exception):
    """As many documents as we keep wait for a decision already."""


def keep(
    *,
    case: Case,
    kind: str,
    by: Any,
    came_on: dt.date,
    by_customer: bool,
    file: File[Any] | None = None,
    stored: str = "",
) -> Evidence:
    """Keep a document beside its case: `file`, whose name ends as its bytes deserve, or one sealed before, by name.

    Raises TooMany.
    """
    if case.evidence.filter(kind=kind).count() >= MOST:
        raise TooMany
    with transaction.atomic():
        made = Evidence.objects.create(
            case=case,
            kind=kind,
            file=file if file is not None else stored,
            came_on=came_on,
            at=timezone.now(),
            by_customer=by_customer,
        )
        casework.note(case, f"proof-{kind}", by=by)
        trail.record(Verb.EVIDENCE_KEPT, by=by, target=f"case:{case.reference}", reason=kind)
    return made


def open_for(evidence: Evidence, *, by: Any) -> Iterable[bytes]:
    """The document's bytes, for one member of staff; who looked stands in the trail. Raises vault.Unreadable."""
    chunks = sealed.storage().stream(evidence.file.name)
    trail.record(Verb.EVIDENCE_VIEWED, by=by, target=f"case:{evidence.case.reference}", reason=evidence.kind)
    return chunks


def destroy(case: Case, kind: str | None = None, *, by: Any, why: str) -> int:
    """Destroy what waits (of one kind, or all) together with the caller's transaction; returns how many."""
    with transaction.atomic():
        rows = list(case.evidence.filter(kind=kind) if kind else case.evidence.all())
        for row in rows:
            name = row.file.name
            row.delete()
            transaction.on_commit(lambda name=name: sealed.storage().delete(name))
        if rows:
            casework.note(case, "proof-destroyed", by=by, reason=why)
            trail.record(Verb.EVIDENCE_DESTROYED, by=by, target=f"case:{case.reference}", reason=why)
    return len(rows)


def sweep() -> int:
    """Destroy what is too old or belongs to an ended case, and files without a row; returns how many."""
    gone = 0
    for case in Case.objects.filter(evidence__at__lte=timezone.now() - KEPT).distinct():
        gone += destroy(case, by=None, why="30 days are over")
    for case in Case.objects.filter(evidence__isnull=False, state__in=ENDED).distinct():
        gone += destroy(case, by=None, why="the request has ended")
    return gone + _orphans()


def _orphans() -> int:
    store = sealed.storage()
    known = set(Evidence.objects.values_list("file", flat=True))
    before = (timezone.now() - ORPHANED).timestamp()
    lost = [name for name in store.names(FOLDER, before=before) if name not in known]
    for name in lost:
        store.delete(name)
    if lost:
        log.warning("%d sealed proofs without a case were removed", len(lost))
    return len(lost)
