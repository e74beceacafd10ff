"""A legal hold as staff see it: whose data, which of them, who looks after it. Reads only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.register.model import listed
from portal.templatetags.house import short_day
from retention.models import Hold
from subjects import datamap


@dataclass(frozen=True, slots=True)
class Row:
    """One hold in words."""

    hold: Hold
    whose: str
    what: str
    owner: str
    overdue: bool  # its day has come: somebody has to ask whether it is still needed


def row(hold: Hold, today: dt.date) -> Row:
    """The hold in words, as of a UK day."""
    standing = hold.released_at is None and hold.review_on is not None
    return Row(
        hold=hold,
        whose=whose(hold),
        what=what(hold),
        owner=hold.owner.get_short_name() if hold.owner else "A former colleague",
        overdue=standing and hold.review_on is not None and hold.review_on <= today,
    )


def whose(hold: Hold) -> str:
    """Whose data it reaches."""
    if hold.subject is not None:
        return hold.subject.reference
    return f"Account {hold.account.number}" if hold.account else "Everybody"


def what(hold: Hold) -> str:
    """Which of their data: "Everything", "“Emails”, from 1 January 2020 up to 31 March 2021"."""
    titles = {each.key: each.title for each in datamap.datasets()}
    kinds = listed(f"“{titles.get(key, key)}”" for key in hold.datasets) if hold.datasets else "Everything"
    since = f" from {short_day(hold.since)}" if hold.since else ""
    until = f" up to {short_day(hold.until)}" if hold.until else ""
    return f"{kinds}{',' if since or until else ''}{since}{until}"
