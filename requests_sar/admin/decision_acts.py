"""The acts on requests that end in a decision: take up, answer, approve."""

from __future__ import annotations

from requests_sar import fulfilment, services
from requests_sar.admin import erasing
from requests_sar.admin.act import Act, seen
from requests_sar.erasure_forms import ApproveForm, FollowUpForm
from requests_sar.models import Case, Package
from requests_sar.rights import Right
from requests_sar.staff_forms import AnswerForm, NothingForm
from requests_sar.workflow import Actor, Event, State, events_from


def _can(case: Case, event: Event) -> bool:
    return event in events_from(State(case.state), Actor.STAFF, Right(case.right))


def _takes_up(case: Case, package: Package | None) -> bool:
    if fulfilment.of(case) is None or not _can(case, Event.TAKE_UP):
        return False
    return case.subject_id is not None or not fulfilment.needs_person(case)


def _answers(case: Case, package: Package | None) -> bool:
    return _can(case, Event.ANSWER) and fulfilment.of(case) is not None and not _open(case)


def _approves(case: Case, package: Package | None) -> bool:
    return _can(case, Event.APPROVE) and fulfilment.of(case) is not None and not _open(case)


def _open(case: Case) -> list[str]:
    return services.answer_obstacles(case, late_reason="asked for on the page")


def _nothing(case: Case, package: Package | None) -> bool:
    return _can(case, Event.NOTHING) and case.subject_id is None


DECISION_ACTS = (
    Act(
        "nothing",
        "We hold nothing: answer so",
        "Answered. The requester has been told if we have an e-mail address.",
        lambda case, by, a: services.nothing_held(
            case=case, by=by, searched=a["searched"], late_reason=a.get("late_reason", ""), seen=seen(a)
        ),
        _nothing,
        title="We hold nothing about them",
        lead="Only after a reasonable search. It is an answer too: we looked and found nothing.",
        form=NothingForm,
        group="other",
        rehearsed=True,
    ),
    Act(
        "take-up",
        "Take it up",
        "Taken up. Decide below, then answer.",
        lambda case, by, a: services.take_up(case=case, by=by, seen=seen(a)),
        _takes_up,
        tone="first",
    ),
    Act(
        "answer",
        "Answer",
        "Done and answered. The requester has been told if we have an e-mail address.",
        lambda case, by, a: services.answer(
            case=case, by=by, words=a["words"], late_reason=a.get("late_reason", ""), seen=seen(a)
        ),
        _answers,
        title="Carry it out and answer",
        lead="What you decided is carried out now, the clock stops, and the letter below goes to the requester.",
        form=AnswerForm,
        tone="first",
        rehearsed=True,
    ),
    Act(
        "approve",
        "Approve the plan",
        "Approved. The portal carries it out; this page shows how far it is.",
        lambda case, by, a: services.approve(
            case=case, by=by, late_reason=a.get("late_reason", ""), seen=seen(a)
        ),
        _approves,
        title="Approve the plan",
        lead="The portal carries the plan out and then tells the requester. What is deleted cannot be brought back.",
        form=ApproveForm,
        tone="danger",
        takes_case=True,
        facts=erasing.facts,
    ),
    Act(
        "follow-up",
        "Look at it again",
        "Written down.",
        lambda case, by, a: services.erasure.follow_up(case=case, by=by, on=a["on"]),
        lambda case, package: case.right == Right.ERASURE and case.state in {State.REVIEW, State.CLOSED},
        title="Look at it again",
        lead="Something had to stay because a contract is running or a claim is open. Say when somebody looks again.",
        form=FollowUpForm,
        group="other",
    ),
)
