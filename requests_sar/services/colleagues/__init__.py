"""Searches by colleagues: ask, give to another, remind, answer, ask again, cancel; and what they mean for a release.

A search belongs to a case and to the person the case is about when it is asked. Every act that changes what was found
locks the case first and raises its `tasks_version`, so that a copy made before is known to be out of date.
"""

from __future__ import annotations

from requests_sar.services.colleagues.answering import answer, ask_again, ask_for_lost
from requests_sar.services.colleagues.asking import (
    Search,
    ask,
    ask_registered,
    give,
    registered,
    remind,
    send_fresh_link,
)
from requests_sar.services.colleagues.ending import cancel, drop_open, is_out_of_date, obstacles, open_tasks
from requests_sar.services.colleagues.shared import BY_LINK, visible
from requests_sar.task_mail import address_of, name_of

__all__ = [
    "BY_LINK",
    "Search",
    "address_of",
    "answer",
    "ask",
    "ask_again",
    "ask_for_lost",
    "ask_registered",
    "cancel",
    "drop_open",
    "give",
    "is_out_of_date",
    "name_of",
    "obstacles",
    "open_tasks",
    "registered",
    "remind",
    "send_fresh_link",
    "visible",
]
