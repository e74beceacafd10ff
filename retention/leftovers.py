"""The traces of this floor: reasons of holds and plans that are over, uploaded files of imports, typed searches."""

from __future__ import annotations

import logging
import time
from typing import Any

import redis
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Q

from retention.models import Hold, Line
from retention.tracing import Limits, Term, reading, terms
from subjects.importing.engine import BUSY
from subjects.models import ImportBatch
from subjects.traces import Erased, Scrap, Trace, register

log = logging.getLogger(__name__)
SEARCHES = "people-search:"  # what `subjects.admin_people` keeps for a quarter of an hour
_WAITING = {ImportBatch.State.UPLOADED, ImportBatch.State.CHECKED}
_GONE = "Somebody in this file was erased meanwhile, so our copy of it is gone. Upload one without them."


def _holds(erased: Erased, scrap: Scrap) -> int:
    """Why data were held for a claim that is settled. A hold that stands keeps its reason."""
    theirs = Q(subject=erased.subject)
    account = erased.subject.account
    if account and not account.subjects.exclude(pk=erased.subject.pk).filter(locked_at=None).exists():
        theirs |= Q(account=account)
    over = Hold.objects.filter(theirs, kind=Hold.Kind.LEGAL).exclude(released_at=None)
    words = {"reason": "", "why_released": "", "reference": "settled"}
    return over.exclude(**words).update(**words)


def _plans(erased: Erased, scrap: Scrap) -> int:
    """What was typed for earlier plans of the same person."""
    earlier = Line.objects.filter(disposal__subject=erased.subject)
    earlier = earlier.exclude(disposal__reference=erased.reference)
    return earlier.exclude(reason="", error="").update(reason="", error="")


def _import_files(erased: Erased, scrap: Scrap) -> int:
    """Copies of uploaded files in which they stand, and rows that were refused. An import at work ends first."""
    wanted = terms.of_person(erased.subject)
    # The worker's hold on the plan must not run out, however many people one run ends: what is not read by then goes
    # unread, if its import is over.
    limits = Limits(_PATIENCE.left())
    began = time.monotonic()
    gone = 0
    batches = ImportBatch.objects.exclude(state__in=BUSY).filter(~Q(file="") | ~Q(refused_file=""))
    for batch in batches if wanted else ():
        names = {field: getattr(batch, field).name for field in ("file", "refused_file")}
        if not any(_holds_them(name, wanted, limits, batch) for name in names.values() if name):
            continue
        for field, name in names.items():
            if name:
                scrap(f"subjects.ImportBatch.{field}", name)
        changes: dict[str, Any] = {"file": "", "refused_file": ""}
        if batch.state in _WAITING:
            changes |= {"state": ImportBatch.State.FAILED, "error": _GONE}
        gone += ImportBatch.objects.filter(pk=batch.pk).exclude(state__in=BUSY).update(**changes)
    _PATIENCE.spend(time.monotonic() - began)
    return gone


class _Patience:
    """Seconds that a worker may spend on reading files within a minute."""

    def __init__(self) -> None:
        self._spent: list[tuple[float, float]] = []

    def left(self) -> float:
        """What is left of them now."""
        since = time.monotonic() - 60
        self._spent = [each for each in self._spent if each[0] > since]
        return max(0.0, settings.PACKAGE_LEASE_SECONDS / 2 - sum(seconds for _, seconds in self._spent))

    def spend(self, seconds: float) -> None:
        """Note some."""
        self._spent.append((time.monotonic(), seconds))


_PATIENCE = _Patience()


def _holds_them(name: str, wanted: list[Term], limits: Limits, batch: ImportBatch) -> bool:
    try:
        with default_storage.open(name) as file:
            found, blind = reading.labels_in(file, wanted, limits)
    except reading.Stopped:
        return batch.state not in _WAITING
    except OSError:
        return True  # the file is missing: its name leads nowhere
    return bool(found or blind)


def _searches(erased: Erased, scrap: Scrap) -> int:
    """All texts that staff searched people by in the last minutes; theirs may be among them."""
    pattern = f"*:{SEARCHES}*"
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1) as server:
            keys = list(server.scan_iter(match=pattern, count=1_000))
            return int(server.delete(*keys)) if keys else 0
    except redis.RedisError as error:
        log.warning("typed searches end by themselves: the cache does not answer (%s)", type(error).__name__)
        return 0


for trace in (
    Trace("holds", "why data were held for a claim that is settled", ("retention.Hold",), _holds),
    Trace("plans", "what was typed for earlier plans to delete", ("retention.Line",), _plans),
    Trace("import-files", "copies of uploaded files", ("subjects.ImportBatch",), _import_files),
    Trace("typed-searches", "searches for people that staff typed", (), _searches),
):
    register(trace)
