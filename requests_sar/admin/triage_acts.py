"""The acts that take a request another way than its own line: another right, not ours, linked, opened again."""

from __future__ import annotations

from typing import Any

from portal.templatetags.house import day
from requests_sar import clockwork, services, triage_forms
from requests_sar.admin.act import Act, Answers, seen
from requests_sar.models import Case, Referral
from requests_sar.rights import Right
from requests_sar.workflow import ENDED, Actor, Event, State, events_from


def _refer(case: Case, by: Any, answers: Answers) -> Case:
    controller = answers["client"] or answers["controller"]
    return services.refer(case=case, by=by, controller=controller, seen=seen(answers))


def _referred(case: Case) -> str:
    if case.referral.client_told_at:
        return (
            "Passed on. The requester is told whom to ask; the client has an e-mail that there is a request. "
            "Give them the details below."
        )
    return (
        "Passed on. The requester is told whom to ask. We have no e-mail address of the client: tell them now, "
        "with the details below."
    )


def _linkage(case: Case) -> list[str]:
    return [
        f"{other.reference}: {other.get_right_display()}, "
        + (f"due {day(other.due_on)}" if other.due_on else "no reply date")
        for other in services.linked(case)
    ]


def _where(case: Case) -> list[str]:
    return [f"Now: {case.get_state_display().lower()}, {clockwork.standing(case)}."]


def _can(case: Case, event: Event) -> bool:
    return event in events_from(State(case.state), Actor.STAFF, Right(case.right))


def _passed_on(case: Case) -> Referral | None:
    return Referral.objects.filter(case=case, kind=Referral.Kind.PROCESSOR).first()


def _waits_for_details(case: Case) -> bool:
    referral = _passed_on(case) if case.state == State.REFERRED else None
    return referral is not None and referral.details_given_at is None


TRIAGE_ACTS = (
    Act(
        "reclassify",
        "It is about another right",
        lambda case: f"Changed to “{case.get_right_display()}”. Now: {clockwork.standing(case)}.",
        lambda case, by, a: services.reclassify(
            case=case, right=a["right"], reason=a["reason"], by=by, seen=seen(a)
        ),
        lambda case, package: case.state == State.TRIAGE and case.right != Right.COMPLAINT,
        title="What do they want?",
        lead="A request needs no special words. The day it reached us stays.",
        form=triage_forms.ReclassifyForm,
        group="other",
        rehearsed=True,
        facts=_where,
    ),
    Act(
        "refer",
        "We are only the processor",
        _referred,
        _refer,
        lambda case, package: _can(case, Event.REFER),
        title="Pass on: a client decides about these data",
        lead="We hold the data only for a client (Article 28). The requester is told whom to ask, the client gets an "
        "e-mail with our reference and nothing about the person, and our clock ends.",
        form=triage_forms.ReferForm,
        group="other",
        rehearsed=True,
    ),
    Act(
        "not-ours",
        "Not a request for us",
        "Closed. It has no reply date and is in no figure of late answers.",
        lambda case, by, a: services.not_ours(
            case=case, kind=a["kind"], company=a["company"], note=a["note"], by=by, seen=seen(a)
        ),
        lambda case, package: _can(case, Event.REFER),
        title="Not a request for us",
        lead="Advertising gets no answer. A person who meant another company, or who writes about somebody who has "
        "died, gets a letter.",
        form=triage_forms.NotOursForm,
        group="other",
        rehearsed=True,
    ),
    Act(
        "client-details",
        "The client has the details",
        "Written down.",
        lambda case, by, a: services.details_given(case=case, by=by, how=a["how"]),
        lambda case, package: _waits_for_details(case),
        title="The client has the details",
        form=triage_forms.ClientTellForm,
        group="next",
    ),
    Act(
        "link",
        "Link to another request",
        "Linked. The due date of each stays.",
        lambda case, by, a: services.link(case=case, other=a["other"], by=by, seen=seen(a)),
        lambda case, package: True,
        title="Link to another request of the same person",
        lead="For a request sent twice, or two that overlap. One answer may then answer both.",
        form=triage_forms.LinkForm,
        group="links",
        takes_case=True,
        facts=_linkage,
    ),
    Act(
        "unlink",
        "Take out of the group",
        "Not linked any more.",
        lambda case, by, a: services.unlink(case=case, by=by, seen=seen(a)),
        lambda case, package: case.group is not None,
        group="links",
    ),
    Act(
        "together",
        "Answered together with a linked request",
        "Closed: the answer to the linked request answers this one too.",
        lambda case, by, a: services.answered_together(
            case=case, other=a["other"], by=by, late_reason=a["late_reason"], seen=seen(a)
        ),
        lambda case, package: _can(case, Event.JOIN) and bool(services.answers(case)),
        title="Answered together with a linked request",
        lead="It counts as answered on the day of that answer, against its own due date.",
        form=triage_forms.TogetherForm,
        group="links",
        takes_case=True,
        rehearsed=True,
        facts=_where,
    ),
    Act(
        "close-unproved",
        "Close: identity not confirmed",
        "Closed. The letter says why and how to complain; a later answer opens the request again.",
        lambda case, by, a: services.close_unproved(case=case, reason=a["reason"], by=by, seen=seen(a)),
        lambda case, package: services.unproved_since(case) is not None,
        title="Close: identity not confirmed",
        lead="We have waited for a month. You may close the request; you need not.",
        form=triage_forms.UnprovedForm,
        tone="danger",
        group="other",
        rehearsed=True,
        facts=_where,
    ),
    Act(
        "reopen",
        "Open again",
        lambda case: f"Opened again. Now: {clockwork.standing(case)}.",
        lambda case, by, a: services.reopen(case=case, by=by, reason=a["reason"], seen=seen(a)),
        lambda case, package: case.state in ENDED and _can(case, Event.REOPEN),
        title="Open this request again",
        lead="It goes back to triage with all that it holds. Its dates follow from what was asked and when: if its "
        "month is over, it is late.",
        form=triage_forms.ReopenForm,
        group="other",
        rehearsed=True,
        facts=_where,
    ),
)
