"""Composing a letter about a case, and sending it: a row in the thread that never changes, and an e-mail to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from portal.accounts.models import User
from requests_sar import emails
from requests_sar.letters import examples, wording
from requests_sar.letters.kinds import KINDS, Kind
from requests_sar.letters.store import active
from requests_sar.letters.values import values
from requests_sar.models import Case, Letter, ReplyBy


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter in words, not sent yet. `number` is the version of its wording (0: as shipped)."""

    title: str
    text: str
    number: int


def _kind(key: str) -> Kind:
    if key not in KINDS:
        raise LookupError(
            f"There is no letter {key!r}. Declare it: requests_sar/letters/__init__.py says how."
        )
    return KINDS[key]


def compose(case: Case, key: str, **context: Any) -> Composed:
    """The letter about a case in the wording that counts now. Raises LookupError for a kind that is not declared."""
    kind = _kind(key)
    number, text = active(kind)
    return Composed(kind.title, wording.fill(text, values(kind, case, context)), number)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A letter to a person who does not exist, as the page of paper shows it."""

    case: Case
    title: str
    text: str
    at: dt.datetime


def sheet(kind: Kind, text: str) -> Sheet:
    """A wording as a letter about example facts. The wording must have no problems."""
    case, context = examples.of(kind)
    return Sheet(case, kind.title, wording.fill(text, values(kind, case, context)), timezone.now())


def by_post(case: Case) -> bool:
    """Whether what we write has to go on paper: there is no e-mail address, or the person asked for post."""
    return not case.requester_email or case.reply_by == ReplyBy.POST


def tell(case: Case, kind: str, *, by: Any, **context: Any) -> Letter:
    """Put a letter into the thread of a case, for ever as it is, and announce it by e-mail when we have an address.

    Belongs inside the transaction of the act that it tells about. `context` is what the parts of the letter and
    the e-mail need (a question, a package). Raises LookupError for a kind that is not declared.
    """
    composed = compose(case, kind, **context)
    letter = Letter.objects.create(
        case=case,
        at=timezone.now(),
        side=Letter.Side.COMPANY,
        by=by if isinstance(by, User) else None,
        kind=kind,
        title=composed.title,
        wording=composed.number,
        on_paper=by_post(case),
        text=composed.text,
    )
    letter.mail = emails.about(case, KINDS[kind].mail, kind=kind, **context)
    return letter
