"""How long something is kept: the day it may go, and the sentence that says so.

Pure: no Django, no clock, no database. Rules come from the register; dates are UK calendar dates. A record is
kept THROUGH the day `keep_until` gives; the day after is the first on which it may be disposed of (Finance
Act 1998, Schedule 18, paragraph 21: "until the end of the relevant day").
"""

from __future__ import annotations

import datetime as dt

from portal.register.facts import Action, Retention
from portal.register.periods import MONTHS, DayOfYear

NOTHING_HELD = "Nothing held."


def keep_until(
    trigger: dt.date | None,
    rule: Retention,
    *,
    accounting_year_end: DayOfYear,
    outlive: dt.date | None = None,
) -> dt.date | None:
    """The last day a record must be kept; None while there is nothing to count from yet.

    trigger: the date the rule counts from (date of the record, end of the relationship, ...).
    accounting_year_end: the company's, for rules with a floor.
    outlive: the latest `keep_until` of the kinds of data in `rule.not_before`, if any of those are held.
    `date.max` stands for "beyond the calendar".
    """
    if trigger is None:
        return None
    day = rule.period.after(trigger)
    if rule.floor:
        day = max(day, rule.floor.until(trigger, accounting_year_end))
    return max(day, outlive) if outlive else day


def may_go_from(kept_until: dt.date | None) -> dt.date | None:
    """The first day on which a record kept until `kept_until` may be disposed of; None = no such day."""
    if kept_until is None or kept_until == dt.date.max:
        return None
    return kept_until + dt.timedelta(days=1)


def last_due(as_of: dt.date, rule: Retention, *, accounting_year_end: DayOfYear) -> dt.date | None:
    """The latest trigger whose records may go on `as_of`; None when not even the first day of the calendar may.

    So one comparison finds all that is due, with an index. Found by halving: `keep_until` never goes down when the
    trigger goes up.
    """

    def due(trigger: int) -> bool:
        kept = keep_until(dt.date.fromordinal(trigger), rule, accounting_year_end=accounting_year_end)
        return kept is not None and kept < as_of

    low, high = (
        1,
        as_of.toordinal(),
    )  # a record of today is never due today: every period has at least one day
    if not due(low):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if due(middle) else (low, middle)
    return dt.date.fromordinal(low)


def deletion_sentence(
    first_trigger: dt.date | None,
    last_trigger: dt.date | None,
    rule: Retention,
    *,
    accounting_year_end: DayOfYear,
    count: int = 1,
    outlive: dt.date | None = None,
    today: dt.date | None = None,
) -> str:
    """When the records of one kind go: "Oldest goes after 3 March 2027, newest after 21 November 2033."

    first_trigger, last_trigger: earliest and latest date the rule counts from among the records; None where
    some record has none yet. count: records held; 0 gives "Nothing held.". today: a UK date; with it, a day
    already past is told as past; why such records still lie there (a hold, an open request) the caller says.
    """
    if not count:
        return NOTHING_HELD
    triggers = sorted(each for each in (first_trigger, last_trigger) if each is not None)
    days = [
        keep_until(each, rule, accounting_year_end=accounting_year_end, outlive=outlive) or dt.date.max
        for each in triggers
    ]
    counting = f"counting starts with {rule.after.words}"
    if not days:
        return f"No date yet: {counting}."
    if len(days) == 1:
        return f"{_when('Oldest', days[0], rule.action, today)}; others have no date yet, because {counting}."
    return f"{_span(days[0], days[1], rule.action, today)}."


def in_words(rule: Retention) -> str:
    """The register's rule: "7 years after the date of the record, at least accounting year end + 6 years"."""
    floor = f", at least {rule.floor}" if rule.floor else ""
    return f"{rule.period} after {rule.after.words}{floor}"


def long_date(day: dt.date) -> str:
    """ "3 March 2027", whatever the machine's language."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


_GOES = {Action.DELETE: "goes", Action.ANONYMISE: "stops pointing to you", Action.KEEP_DIGEST: "goes"}
_WENT = {Action.DELETE: "to go", Action.ANONYMISE: "to stop pointing to you", Action.KEEP_DIGEST: "to go"}


def _span(first: dt.date, last: dt.date, action: Action, today: dt.date | None) -> str:
    if first == last:
        return _when("It", first, action, today)
    if today is not None and first < today <= last:
        return f"{_when('Oldest', first, action, today)}; {_when('newest', last, action, today)}"
    return f"{_when('Oldest', first, action, today)}, newest after {long_date(last)}"


def _when(what: str, day: dt.date, action: Action, today: dt.date | None) -> str:
    if today is not None and day < today:
        return f"{what} was due {_WENT[action]} after {long_date(day)}"
    return f"{what} {_GOES[action]} after {long_date(day)}"
