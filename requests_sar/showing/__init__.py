"""A case as its requester sees it: words, dates, the strip of days, the story so far, the work in progress.

Reads only; decides nothing. Staff pages may use the strip and the progress as well.
"""

from __future__ import annotations

from requests_sar.showing.asked import answer, asked
from requests_sar.showing.clock import Strip, longer, strip, waits, worked
from requests_sar.showing.standing import is_late, is_paused, next_action, plural, referred_as, status
from requests_sar.showing.story import Happened, timeline
from requests_sar.showing.thread import Said, mails, said, thread
from requests_sar.showing.weighing import at_once
from requests_sar.showing.work import ORDER, cards, job, keeps_for, size

__all__ = [
    "ORDER",
    "Happened",
    "Said",
    "Strip",
    "answer",
    "asked",
    "at_once",
    "cards",
    "is_late",
    "is_paused",
    "job",
    "keeps_for",
    "longer",
    "mails",
    "next_action",
    "plural",
    "referred_as",
    "said",
    "size",
    "status",
    "strip",
    "thread",
    "timeline",
    "waits",
    "worked",
]
