"""The acts that make sure who is asking, for themselves or for somebody else. Their buttons stand on the ladder."""

from __future__ import annotations

from typing import Any

from requests_sar import clockwork, identity_forms, services
from requests_sar.admin.act import Act, seen
from requests_sar.ladder import RUNGS, Way
from requests_sar.models import Case, Evidence, IdentityCheck, Representative
from requests_sar.services import behalf
from requests_sar.staff_forms import ActForm, VerifyForm

LADDER, BEHALF = "ladder", "behalf"


def open_to_checks(case: Case) -> bool:
    """Whether it still matters who is asking, and a person to compare with is chosen."""
    return case.subject_id is not None and case.state not in services.OVER


def _unproved(case: Case, package: Any) -> bool:
    return open_to_checks(case) and case.verified_at is None


def _asked(case: Case) -> bool:
    return case.identity_checks.filter(way=Way.DOCUMENT, outcome=IdentityCheck.Outcome.ASKED).exists()


def _decidable(case: Case, package: Any) -> bool:
    return open_to_checks(case) and (
        _asked(case) or case.evidence.filter(kind=Evidence.Kind.IDENTITY).exists()
    )


def _represented(case: Case) -> bool:
    return case.state not in services.OVER and bool(case.on_behalf_of) and behalf.of(case) is not None


def _is_parent(case: Case) -> bool:
    known = behalf.of(case)
    return known is not None and known.kind == Representative.Kind.PARENT


def _result(case: Case) -> str:
    if case.verified_at is None:
        return "Written down: it did not match. Try another way, or ask for a document as the last resort."
    return f"Written down: identity checked. Now: {clockwork.standing(case)}."


def _numbers(case: Case) -> list[str]:
    numbers = services.numbers_on_file(case)
    if not numbers:
        return ["We have no telephone number of this person on file."]
    lines = [f"On file: {' or '.join(numbers)}."]
    if case.requester_phone and case.requester_phone not in numbers:
        lines.append("The number given with the request is another one. Do not ring that one.")
    return lines


def _document(case: Case) -> list[str]:
    count = case.evidence.filter(kind=Evidence.Kind.IDENTITY).count()
    row = case.identity_checks.filter(way=Way.DOCUMENT, outcome=IdentityCheck.Outcome.ASKED).first()
    lines = [
        f"{count} {'document waits' if count == 1 else 'documents wait'} on the page of the request."
        if count
        else "No document is on the portal. Decide here if you saw it in another way."
    ]
    if row:
        lines.append(f"Why it was asked for: {row.reason}")
    return lines


def _to_file(case: Case) -> list[str]:
    subject = case.subject
    return [f"It goes to {subject.email}, the address on file."] if subject and subject.email else []


def _child(case: Case) -> list[str]:
    return identity_forms.child_prompts(case)


IDENTITY_ACTS = (
    Act(
        "link-on-file",
        "Send a link",
        "Sent. When the link is used, identity is proved and the answer goes to that address.",
        lambda case, by, a: services.send_link(case=case, by=by, seen=seen(a)),
        lambda case, package: _unproved(case, package) and not services.why_no_link(case),
        title="Send a link to the address on file",
        lead="The owner of the address reads that somebody asked us in their name, and uses the link only if it was "
        "they. Whoever asked from another address sees nothing of the request afterwards.",
        form=ActForm,
        group=LADDER,
        facts=_to_file,
    ),
    Act(
        "call-back",
        "Record a call back",
        _result,
        lambda case, by, a: services.called_back(case=case, matched=a["matched"], by=by, seen=seen(a)),
        lambda case, package: _unproved(case, package) and bool(services.numbers_on_file(case)),
        title="Call back on the number on file",
        lead=RUNGS[Way.CALL_BACK].what,
        form=identity_forms.CallBackForm,
        group=LADDER,
        facts=_numbers,
    ),
    Act(
        "verify",
        "Record an identity check",
        "Written down: identity checked.",
        lambda case, by, a: services.verify_by_hand(
            case=case, by=by, how=a["how"], came_on=a.get("came_on"), seen=seen(a)
        ),
        lambda case, package: open_to_checks(case),
        title="Identity: record how you checked it",
        lead="Ask for no more than you need. A call back on the number on file, or two questions that only the "
        "customer can answer, are usually enough; a document is the last resort and is not kept.",
        form=VerifyForm,
        group=LADDER,
        takes_case=True,
    ),
    Act(
        "ask-document",
        "Ask for a document",
        "Asked. The month begins on the day it comes. The customer can put it on the page of the request.",
        lambda case, by, a: services.ask_document(
            case=case, why=a["why"], by=by, asked_on=a.get("asked_on"), seen=seen(a)
        ),
        lambda case, package: clockwork.is_live(case) and case.verified_at is None and not _asked(case),
        title="Ask for a document, as the last resort",
        lead="Only when no other way is possible and there is real doubt (Article 12(6)).",
        form=identity_forms.AskDocumentForm,
        group=LADDER,
        rehearsed=True,
    ),
    Act(
        "decide-document",
        "Decide about the document",
        _result,
        lambda case, by, a: services.decide_document(
            case=case, matched=a["matched"], by=by, came_on=a.get("came_on"), seen=seen(a)
        ),
        _decidable,
        title="Decide about the document",
        form=identity_forms.DecideForm,
        tone="first",
        group=LADDER,
        facts=_document,
    ),
    Act(
        "representative",
        "Record who asks for whom",
        "Written down. The person it is about is the data subject.",
        lambda case, by, a: behalf.record(
            case=case,
            on_behalf_of=a["on_behalf_of"],
            kind=a["kind"],
            relationship=a["relationship"],
            born_on=a["born_on"],
            nation=a["nation"],
            by=by,
            seen=seen(a),
        ),
        lambda case, package: case.state not in services.OVER,
        title="Who asks for whom?",
        lead="A representative shows their authority; the answer may go to the person it is about instead. The data "
        "of somebody who has died are not personal data: close such a request with “Not a request for us”.",
        form=identity_forms.RepresentativeForm,
        group=BEHALF,
        takes_case=True,
    ),
    Act(
        "authority",
        "Decide about the authority",
        lambda case: f"Written down. What was kept of it is destroyed. Now: {clockwork.standing(case)}.",
        lambda case, by, a: behalf.check_authority(
            case=case, matched=a["matched"], how=a["how"], came_on=a.get("came_on"), by=by, seen=seen(a)
        ),
        lambda case, package: _represented(case) and case.subject_id is not None,
        title="Does the authority cover this request?",
        lead="For a solicitor: a letter the client signed. For an attorney: the registered power. For a parent: "
        "evidence of parental responsibility.",
        form=identity_forms.AuthorityForm,
        group=BEHALF,
    ),
    Act(
        "understanding",
        "Can the child decide?",
        "Written down.",
        lambda case, by, a: behalf.judge(
            case=case, understands=a["understands"], how=a["how"], by=by, seen=seen(a)
        ),
        lambda case, package: _represented(case) and _is_parent(case),
        title="Can the child decide about this themselves?",
        form=identity_forms.JudgeForm,
        group=BEHALF,
        facts=_child,
    ),
    Act(
        "recipient",
        "Choose who gets the answer",
        "Written down. Only they can download the answer.",
        lambda case, by, a: behalf.choose_recipient(case=case, to=a["to"], why=a["why"], by=by, seen=seen(a)),
        lambda case, package: _represented(case),
        title="Who gets the answer?",
        form=identity_forms.RecipientForm,
        group=BEHALF,
        facts=_child,
    ),
)
