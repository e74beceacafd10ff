"""What the customer is told when the clock moves: a letter in the thread, and an e-mail that leads to it.

The words of the letters are in templates/letters/requests_sar/. The e-mail holds dates and nothing that anybody typed.
"""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from portal.accounts.models import User
from portal.register import store
from requests_sar import emails
from requests_sar.models import TEXT_LIMIT, Case, Letter

WORDS = 1_000  # room for our own sentences around what somebody typed


def text(case: Case, kind: str, **context: Any) -> str:
    """The letter in words. `kind` is need, came, question, running, extended or received."""
    register = store.current()
    given = {"case": case, "organisation": register.controller, "register": register, **context}
    return render_to_string(f"letters/requests_sar/{kind}.txt", given).strip()


def tell(case: Case, kind: str, *, by: Any, **context: Any) -> Letter:
    """Put the letter into the thread, and announce it by e-mail when we have an address."""
    letter = Letter.objects.create(
        case=case,
        at=timezone.now(),
        side=Letter.Side.COMPANY,
        by=by if isinstance(by, User) else None,
        text=text(case, kind, **context)[: TEXT_LIMIT + WORDS],
    )
    emails.clock(case, kind, **context)
    return letter
