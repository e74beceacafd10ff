"""Example facts for the preview of each letter: about a person who does not exist, and kept nowhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils import timezone

from requests_sar.letters.kinds import Kind
from requests_sar.models import (
    Case,
    ClockState,
    Complaint,
    Extension,
    Ground,
    Need,
    Package,
    PauseRequest,
    Question,
)
from requests_sar.rights import Right
from retention import sentences
from subjects.models import Restriction

_REASON = "You asked for recordings of nine years, and each has to be listened to before we can hand it over."


def of(kind: Kind) -> tuple[Case, dict[str, Any]]:
    """A case that is not saved, and what the parts of the letter need beside it."""
    today = timezone.localdate()
    case = Case(
        reference="DP-7K4M-29QX",
        right=Right.ACCESS,
        requester_name="Alex Example",
        received_on=today - dt.timedelta(days=7),
        due_on=today + dt.timedelta(days=23),
    )
    make = _CONTEXTS.get(kind.key)
    return case, make(case, today) if make else {}


def _need(case: Case, today: dt.date) -> dict[str, Any]:
    why = "Your request did not come from the address we hold, so we are not sure that it is you."
    return {"need": Need(case=case, kind=Need.Kind.IDENTITY, why=why, asked_on=today)}


def _came(case: Case, today: dt.date) -> dict[str, Any]:
    fee = Need(case=case, kind=Need.Kind.FEE, asked_on=today, came_on=today, amount=Decimal("12.50"))
    return {"need": fee, "waiting": None}


def _question(case: Case, today: dt.date) -> dict[str, Any]:
    case.clock, case.due_on, case.days_used = ClockState.PAUSED, None, 6
    question = Question(case=case, text="Which of your three accounts do you mean?", pauses=True)
    question.asked_on = today
    return {"question": question, "late": False}


def _running(case: Case, today: dt.date) -> dict[str, Any]:
    return {"question": Question(case=case, answered_on=today), "days": 4}


def _extended(case: Case, today: dt.date) -> dict[str, Any]:
    before, case.due_on = case.due_on, today + dt.timedelta(days=83)
    return {
        "extension": Extension(case=case, ground=Extension.Ground.COMPLEX, reason=_REASON),
        "before": before,
    }


def _corrected(case: Case, today: dt.date) -> dict[str, Any]:
    return {"before": today + dt.timedelta(days=25)}


def _refused(case: Case, today: dt.date) -> dict[str, Any]:
    case.ground = Ground.EXCESSIVE
    case.refusal = "You had the same copy from us three weeks ago, and nothing has changed since."
    return {}


def _referred(case: Case, today: dt.date) -> dict[str, Any]:
    case.referred_to = "Example Holidays Ltd"
    return {}


def _document(case: Case, today: dt.date) -> dict[str, Any]:
    return {"why": "The number we hold is out of service. A driving licence is enough; cover its number."}


def _unproved(case: Case, today: dt.date) -> dict[str, Any]:
    case.refusal = "You sent nothing that shows who you are."
    return {}


def _wrong_company(case: Case, today: dt.date) -> dict[str, Any]:
    case.referred_to = "Example Holidays Ltd"
    return {}


def _deceased(case: Case, today: dt.date) -> dict[str, Any]:
    case.on_behalf_of = "Robin Example"
    return {}


def _together(case: Case, today: dt.date) -> dict[str, Any]:
    return {"other": Case(reference="DP-4M7K-92XQ", right=case.right, answered_at=timezone.now())}


def _released(case: Case, today: dt.date) -> dict[str, Any]:
    return {
        "package": Package(expires_at=timezone.now() + dt.timedelta(days=30)),
        "withheld": ["Two e-mails are left out, because they are advice from our solicitor."],
    }


def _complaint(case: Case, today: dt.date) -> dict[str, Any]:
    case.reference, case.right = "DC-7K4M-29QX", Right.COMPLAINT
    complaint = Complaint(
        case=case,
        finding=Complaint.Finding.UPHELD,
        outcome="We sent your bill to an old address. We have corrected it, and told the people who print our bills.",
    )
    text = (
        "We have listened to the call, and ask the colleague about it this week. You hear from us by Friday."
    )
    return {"complaint": complaint, "words": "We are sorry.", "text": text}


def _erasure(case: Case, today: dt.date) -> dict[str, Any]:
    case.right = Right.ERASURE
    invoices = {
        "title": "Invoices",
        "what": "It stays",
        "records": 12,
        "why": "It must stay until 20 November 2030, because tax law makes us keep business records.",
        "law": "Article 17(3)(b), a legal obligation",
    }
    emails = {"title": "Emails", "what": "We delete it", "records": 31, "why": "Nothing makes us keep it."}
    return {"goes": [emails], "stays": [invoices], "backups": sentences.backups(), "follow_up_on": None}


def _pause(case: Case, today: dt.date) -> dict[str, Any]:
    because = "We pause the records that you say are wrong. The invoices are not among them."
    pause = PauseRequest(case=case, decision="granted", ground="accuracy", because=because)
    return {
        "pause": pause,
        "kinds": ["Support calls", "Emails"],
        "recipients": ["Acme Couriers"],
        "words": "",
    }


def _objection(case: Case, today: dt.date) -> dict[str, Any]:
    because = "You rely on a line that we must switch off in June, and without our notice you would lose it."
    return {"stopped": ["Marketing"], "refused": [("Service notifications", because)], "words": ""}


def _pause_ends(case: Case, today: dt.date) -> dict[str, Any]:
    pause = Restriction(reference=case.reference, placed_at=timezone.now() - dt.timedelta(days=12))
    return {"pause": pause, "why": Restriction.Why.CHECKED, "words": ""}


def _rectification(case: Case, today: dt.date) -> dict[str, Any]:
    case.right = Right.RECTIFICATION
    right = {"label": "Address (home): Town", "present": "Bath", "wanted": "Bristol", "text": "Bristol"}
    kept = {
        "label": "Support calls, 3 May 2026: Our note",
        "present": "Called twice.",
        "wanted": "Called once.",
    }
    return {
        "corrections": [
            {**right, "decided": "We have corrected it.", "reason": ""},
            {**kept, "decided": "It stays as it is.", "reason": "The list of calls shows two.", "text": ""},
        ],
        "recipients": ["Example Deliveries Ltd"],
        "paused": True,
        "words": "Thank you for telling us.",
    }


_CONTEXTS: dict[str, Callable[[Case, dt.date], dict[str, Any]]] = {
    "need": _need,
    "came": _came,
    "question": _question,
    "running": _running,
    "extended": _extended,
    "corrected": _corrected,
    "refused": _refused,
    "referred": _referred,
    "document": _document,
    "document_checked": lambda case, today: {"proof": "identity", "matched": True},
    "unproved": _unproved,
    "wrong_company": _wrong_company,
    "deceased": _deceased,
    "together": _together,
    "released": _released,
    "nothing": lambda case, today: {
        "searched": "We looked in every system named in our notice for your name, email address and telephone "
        "number."
    },
    "complaint_acknowledged": _complaint,
    "complaint_progress": _complaint,
    "answer_complaint": _complaint,
    "answer_erasure": _erasure,
    "answer_restriction": _pause,
    "answer_objection": _objection,
    "pause_ends": _pause_ends,
    "answer_rectification": _rectification,
}
