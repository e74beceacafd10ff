"""Two questions that only the person and we can answer, from their own records.

The portal picks; the answers are shown to the member of staff who asks and are written nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from requests_sar.models import Case, IdentityCheck
from subjects.models import Subject

ASKED = 2  # questions a time


@dataclass(frozen=True, slots=True)
class Fact:
    """One question with the answer that we hold."""

    key: str
    question: str
    answer: str


def _invoice(subject: Subject) -> str:
    row = subject.invoices.order_by("-issued_on", "-pk").first()
    return f"£{row.total:,.2f}, invoice of {row.issued_on.day} {row.issued_on:%B %Y}" if row else ""


def _call(subject: Subject) -> str:
    row = subject.supportcalls.order_by("-started_at", "-pk").first()
    return f"{timezone.localtime(row.started_at):%B %Y}" if row else ""


def _order(subject: Subject) -> str:
    row = subject.orders.order_by("-ordered_on", "-pk").first()
    return f"{row.item}, {row.ordered_on:%B %Y}" if row else ""


def _payment(subject: Subject) -> str:
    row = subject.payments.exclude(method="").order_by("-paid_on", "-pk").first()
    return f"{row.method}, {row.paid_on:%B %Y}" if row else ""


def _service(subject: Subject) -> str:
    rows = subject.subscriptions.filter(ended_on=None).order_by("-started_on", "-pk")[:3]
    return "; ".join(row.service for row in rows)


def _remote(subject: Subject) -> str:
    row = subject.remotesessions.order_by("-started_at", "-pk").first()
    return f"{timezone.localtime(row.started_at):%B %Y}" if row else ""


# In the order of how well a person knows it and how badly a stranger can guess it.
ASKABLE: tuple[tuple[str, str, Callable[[Subject], str]], ...] = (
    ("last-invoice", "How much was your last invoice?", _invoice),
    ("last-call", "In which month did you last call our support?", _call),
    ("last-order", "What did you last order from us?", _order),
    ("last-payment", "How did you make your last payment?", _payment),
    ("services", "Which services do you have with us?", _service),
    ("last-remote", "In which month did we last connect to your computer?", _remote),
)
QUESTIONS = {key: question for key, question, _ in ASKABLE}


def facts(subject: Subject) -> list[Fact]:
    """Everything that can be asked about this person; nothing for records that do not exist."""
    found = (Fact(key, question, answer(subject)) for key, question, answer in ASKABLE)
    return [fact for fact in found if fact.answer]


def pick(case: Case) -> list[Fact]:
    """Two facts to ask now, not asked before on this request; fewer when the records do not give two more."""
    if case.subject is None:
        return []
    rows = IdentityCheck.objects.filter(case=case).exclude(facts={}).values_list("facts", flat=True)
    asked = {key for row in rows for key in row}
    return [fact for fact in facts(case.subject) if fact.key not in asked][:ASKED]
