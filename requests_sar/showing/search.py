"""What a colleague needs to search for somebody: who it is, and what was asked for. Shown behind the link only."""

from __future__ import annotations

from typing import Any

from requests_sar.models import Task
from requests_sar.showing.asked import Row, asked
from subjects.models import Subject


def person(subject: Subject) -> list[Row]:
    """Under which names and numbers the person may stand somewhere."""
    emails = tuple(filter(None, (subject.email, subject.second_email)))
    phones = tuple(filter(None, (subject.phone, subject.mobile)))
    homes = tuple(
        ", ".join(filter(None, (home.lines, home.town, home.postcode)))
        for home in subject.addresses.all()[:5]
    )
    account = subject.account
    rows = (
        Row("Name", subject.full_name),
        Row("Email", values=emails),
        Row("Telephone", values=phones),
        Row("Postal address", values=homes),
        Row("Customer number", subject.source_key),
        Row("Account", f"{account.number}, {account.name}" if account else ""),
    )
    return [row for row in rows if row.value or row.values]


def facts(task: Task) -> dict[str, Any]:
    """The context of `requests_sar/_search.html`."""
    return {"task": task, "person": person(task.subject), "asked_for": asked(task.case)}
