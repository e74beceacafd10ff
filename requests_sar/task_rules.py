"""When a colleague's search is due, and when they are reminded of it. Pure.

The figures follow the practice of a large public body (five days for a source, a chaser every four days, escalation
after a few): the month of Article 12(3) is one for the whole answer, so a source gets a part of it.
"""

from __future__ import annotations

import datetime as dt

LEFT_FOR_REVIEW = 5  # days between the last search and the day the person must have the answer
CHASE_EVERY = 4  # days
CHASES = 3  # then the officers are told by name


def due(today: dt.date, days: int, legal_due: dt.date | None) -> dt.date:
    """The day by which a search that takes `days` has to be answered.

    Earlier than `legal_due` (None while that is not known), with room for the review if there is any, and never in
    the past.
    """
    wanted = today + dt.timedelta(days=days)
    if legal_due is None:
        return wanted
    return max(today, min(wanted, legal_due - dt.timedelta(days=LEFT_FOR_REVIEW)))


def fits(day: dt.date, today: dt.date, legal_due: dt.date | None) -> bool:
    """Whether a search may be due on `day`: not in the past, and before the answer itself is due.

    Once that is today or over there is no earlier day left: then today.
    """
    if day < today:
        return False
    return legal_due is None or day < legal_due or day == today


def remind_tomorrow(due_on: dt.date, today: dt.date, reminded_for: dt.date | None) -> bool:
    """Whether to say today that it is due tomorrow: once for each due date."""
    return due_on == today + dt.timedelta(days=1) and reminded_for != due_on


def chase(due_on: dt.date, today: dt.date, chased: int, chased_on: dt.date | None) -> bool:
    """Whether an overdue search is asked for again today: from the day after, every CHASE_EVERY days, CHASES times."""
    if due_on >= today or chased >= CHASES:
        return False
    return chased_on is None or chased_on <= today - dt.timedelta(days=CHASE_EVERY)


def given_up(due_on: dt.date, today: dt.date, chased: int) -> bool:
    """Whether all reminders are used up and it is still open: somebody has to phone."""
    return due_on < today and chased >= CHASES
