"""A long search for what is left of a person, as work that its officer watches."""

from __future__ import annotations

from django.utils import timezone

from requests_sar.showing.work import Job, Part, duration
from retention.models import LongSearch


def job(search: LongSearch, poll: str) -> Job | None:
    """The search in progress; None when there is nothing to wait for."""
    if search.state != LongSearch.State.WORKING:
        return None
    now = timezone.now()
    at_work = search.claimed_until is not None and search.claimed_until > now
    done = len(search.found)
    hits = sum(bool(each["count"]) for each in search.found)
    seconds = max(0, int((now - search.begun_at).total_seconds()))
    return Job(
        poll=poll,
        step=str(search.pk),
        done=done,
        total=max(done, search.places),
        sentence="Searching everything we store"
        if at_work
        else "Waiting for a free place. It starts by itself",
        elapsed=f"{done} of {search.places} places. {duration(seconds)} so far",
        remaining="",
        steps=[Part("now", "Places where something was found", str(hits))],
    )
