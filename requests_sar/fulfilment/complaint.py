"""Complaints (DPA 2018 s 164A): confirmed within 30 days, looked into, and the outcome told.

No person on file and no proof of identity is needed to complain: the law asks for a form that anybody can use. Nothing
about anybody is told in the answer that the complainant did not say themselves.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from requests_sar import casework, deadlines, fulfilment, holidays
from requests_sar.casework import NotPossible
from requests_sar.fulfilment import Answers, Fulfilment
from requests_sar.models import Case, Complaint, Outcome
from requests_sar.rights import Right

OUTCOMES = {
    Complaint.Finding.UPHELD: Outcome.GRANTED,
    Complaint.Finding.PARTLY: Outcome.PART,
    Complaint.Finding.NOT_UPHELD: Outcome.REFUSED,
}


def opened(case: Case, answers: Answers) -> None:
    """What the form asked beside the words; a complaint that staff wrote down has the least."""
    how = answers.get("reply_how") or (
        Complaint.ReplyHow.EMAIL if case.requester_email else Complaint.ReplyHow.POST
    )
    Complaint.objects.create(
        case=case,
        about_given=answers.get("about", "")[:20],
        wants=answers.get("wants", ""),
        reply_how=how,
        acknowledge_by=deadlines.acknowledge_by(case.received_on, holidays.working_day()),
        complained_of=case.about.owner if case.about else None,
        written_at=timezone.now(),
    )
    casework.hold(case, by=None)


def known(case: Case, by: Any) -> None:
    """It is proved who complains: their data are held too while the complaint is open."""
    casework.hold(case, by=by)


def obstacles(case: Case) -> list[str]:
    """An outcome has to be written, and not solely by the person complained of."""
    complaint = case.complaint
    if not complaint.finding or not complaint.outcome:
        return ["Write down what you found and what you do about it."]
    if needs_another(complaint) and not (complaint.second_by_id or complaint.alone_because):
        return [
            "The outcome was written by the person complained of. Somebody else has to look at it first; where there "
            "is nobody else, write down why."
        ]
    return []


def needs_another(complaint: Complaint) -> bool:
    """Whether the person complained of wrote the outcome."""
    return complaint.complained_of_id is not None and complaint.complained_of_id == complaint.found_by_id


def apply(case: Case, by: Any) -> Outcome:
    """The outcome is told by the letter; told within the 30 days it is the confirmation too. Raises NotPossible."""
    complaint = Complaint.objects.select_for_update().get(case=case)
    if not complaint.finding:
        raise NotPossible("Write down what you found and what you do about it.")
    if complaint.acknowledged_at is None:
        complaint.acknowledged_at = timezone.now()
        complaint.save(update_fields=["acknowledged_at"])
    return OUTCOMES[Complaint.Finding(complaint.finding)]


def letter(case: Case) -> dict[str, Any]:
    """What the letter of the outcome needs."""
    return {"complaint": case.complaint}


fulfilment.register(
    Right.COMPLAINT,
    Fulfilment(
        apply,
        opened=opened,
        known=known,
        obstacles=obstacles,
        letter=letter,
        needs_person=False,
        needs_proof=False,
    ),
)
