"""Searches that go on in a worker when a page may not wait for them: begun, carried on place by place, and forgotten.

What is looked for is sealed in the row with a key of its own and goes with the last place. A worker that dies leaves
the places it had searched; the next one goes on behind them. After `ATTEMPTS` it is given up, and the page says so.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet
from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from retention.models.search import LongSearch
from retention.tracing import database
from retention.tracing.found import Group, State
from retention.tracing.search import OTHERS, run
from retention.tracing.terms import Term

log = logging.getLogger(__name__)
KEPT = dt.timedelta(hours=24)
LEASE = dt.timedelta(minutes=10)  # for one place: the largest table takes as long as it takes
ATTEMPTS = 3


def begin(terms: Sequence[Term], *, by: Any, target: str, found: Collection[Group]) -> LongSearch:
    """Write down what is to be searched, and what the page has found already. A worker has to be told (`carry_on`)."""
    now = timezone.now()
    text = json.dumps([[term.label, term.groups] for term in terms])
    return LongSearch.objects.create(
        by=by,
        target=target,
        sealed=_fernet().encrypt(text.encode()),
        places=len(database.tables()) + len(OTHERS),
        found=[_as_json(group) for group in found],
        begun_at=now,
        expires_at=now + KEPT,
    )


def groups(search: LongSearch) -> list[Group]:
    """What was found, place by place."""
    return [Group(**{**each, "state": State(each["state"])}) for each in search.found]


def carry_on(pk: UUID | str) -> bool:
    """Search the places that are left, unless somebody is at it. Returns whether it is over now."""
    search = _claimed(pk)
    if search is None:
        return False
    try:
        mine = _search(search)
    except Exception as error:  # it is tried again from here, and then given up
        log.error("long search %s: attempt %s failed (%s)", search.pk, search.attempts, type(error).__name__)
        LongSearch.objects.filter(pk=search.pk).update(claimed_until=None)
        if search.attempts >= ATTEMPTS:
            _end(search, LongSearch.State.FAILED)
        return False
    if mine:
        _end(search, LongSearch.State.DONE)
    return mine


def waiting() -> list[UUID]:
    """The searches that nobody is at: a worker died, or a message was lost. What died too often is given up."""
    idle = LongSearch.objects.filter(_idle(), state=LongSearch.State.WORKING)
    for each in idle.filter(attempts__gte=ATTEMPTS):
        _end(each, LongSearch.State.FAILED)
    return list(idle.filter(attempts__lt=ATTEMPTS).values_list("pk", flat=True))


def expire() -> int:
    """Remove the answers whose time is over; returns how many."""
    return LongSearch.objects.filter(expires_at__lte=timezone.now()).delete()[0]


def _idle() -> Q:
    return Q(claimed_until=None) | Q(claimed_until__lte=timezone.now())


def _claimed(pk: UUID | str) -> LongSearch | None:
    mine = LongSearch.objects.filter(_idle(), pk=pk, state=LongSearch.State.WORKING, attempts__lt=ATTEMPTS)
    if not mine.update(claimed_until=timezone.now() + LEASE, attempts=F("attempts") + 1):
        return None
    return LongSearch.objects.select_related("by").get(pk=pk)


def _search(search: LongSearch) -> bool:
    """Every place that is left, written down as it is done. False: the lease was over, and another worker has it."""
    words = json.loads(_fernet().decrypt(bytes(search.sealed)))
    terms = [Term(label, tuple(tuple(group) for group in parts)) for label, parts in words]
    passed = {each["place"] for each in search.found}
    for group in run(terms, by=search.by, target=search.target, skip=passed):
        search.found.append(_as_json(group))
        mine = LongSearch.objects.filter(pk=search.pk, claimed_until=search.claimed_until)
        search.claimed_until = timezone.now() + LEASE
        if not mine.update(found=search.found, claimed_until=search.claimed_until):
            return False
    return True


def _end(search: LongSearch, state: LongSearch.State) -> None:
    LongSearch.objects.filter(pk=search.pk).update(
        state=state, sealed=b"", claimed_until=None, finished_at=timezone.now()
    )


def _as_json(group: Group) -> dict[str, Any]:
    return {**dataclasses.asdict(group), "state": str(group.state)}


def _fernet() -> Fernet:
    return Fernet(settings.SEARCH_KEY)
