"""A second request not long after an answer: what the first answer was, and what is new since. Reads only.

Nothing is decided here: whether a repeated request is excessive is judged case by case (Article 12(5)).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from requests_sar.models import Case, Package
from requests_sar.rights import Right
from requests_sar.workflow import State
from subjects import datamap

RECENTLY = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An answer that was given: the request, its copy, and the day up to which it reaches."""

    case: Case
    package: Package
    until: dt.date
    rows: int


def last_answer(case: Case) -> Earlier | None:
    """The latest copy released to the same person in the last twelve months before this request came."""
    if case.subject_id is None or case.right != Right.ACCESS:
        return None
    package = (
        Package.objects.filter(
            case__subject=case.subject_id,
            case__right=Right.ACCESS,
            case__state__in=[State.RELEASED, State.CLOSED],
            released_at__gte=timezone.now() - RECENTLY,
        )
        .exclude(case=case)
        .select_related("case")
        .prefetch_related("sources")
        .order_by("-released_at")
        .first()
    )
    if package is None or package.case is None:
        return None
    sources = list(package.sources.all())
    searched = [source.searched_at for source in sources if source.searched_at]
    until = timezone.localtime(min(searched, default=package.released_at)).date()
    return Earlier(package.case, package, until, sum(source.rows for source in sources))


@dataclass(frozen=True, slots=True)
class New:
    """One kind of data: how many records there were, and how many have come since."""

    title: str
    then: int
    since: int


def new_since(answer: Earlier) -> list[New]:
    """For each kind of data how many records are newer than the earlier copy, or more than it held."""
    then = {source.dataset: source.rows for source in answer.package.sources.all()}
    subject = answer.package.subject_id
    found = []
    for dataset in datamap.datasets():
        rows = dataset.of(subject)
        if dataset.order:
            since = dataset.of(subject, since=answer.until + dt.timedelta(days=1)).count()
        else:
            since = max(0, rows.count() - then.get(dataset.key, 0))
        found.append(New(dataset.title, then.get(dataset.key, 0), since))
    return found
