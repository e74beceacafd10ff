"""What staff can do with a case: for each act its words, its form, and the verb of `services` that it calls.

`offered` only says which buttons to show. Whether an act is possible is decided by the verb, when it is pressed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from requests_sar import clockwork, fulfilment, packages, redactions, services
from requests_sar.admin.act import Act, Answers
from requests_sar.admin.act import seen as _seen
from requests_sar.admin.clock_acts import CLOCK_ACTS
from requests_sar.admin.complaint_acts import COMPLAINT_ACTS
from requests_sar.admin.decision_acts import DECISION_ACTS
from requests_sar.admin.identity_acts import IDENTITY_ACTS
from requests_sar.admin.triage_acts import TRIAGE_ACTS
from requests_sar.admin.weighing_acts import WEIGHING_ACTS
from requests_sar.models import Case, Package
from requests_sar.review_forms import ReviewForm
from requests_sar.rights import Right
from requests_sar.showing import plural
from requests_sar.staff_forms import (
    AssignForm,
    MessageForm,
    NoteForm,
    ReasonForm,
    RefuseForm,
    ReleaseForm,
)
from requests_sar.workflow import ENDED, Actor, Event, State, events_from

ACTIVE = (Package.State.QUEUED, Package.State.RUNNING)


def _can(event: Event) -> Callable[[Case, Package | None], bool]:
    return lambda case, package: event in events_from(State(case.state), Actor.STAFF, Right(case.right))


def _ready(package: Package | None) -> bool:
    return bool(
        package
        and package.state == Package.State.READY
        and (package.expires_at is None or package.expires_at > timezone.now())
    )


def _package(case: Case) -> Package:
    package = services.current_package(case)
    if package is None:
        raise packages.Refused("There are no files or work of this request any more.")
    return package


def _fetched(package: Package) -> bool:
    return package.files.filter(downloads__actor="customer").exists()


def _answered_since(case: Case, package: Package | None) -> bool:
    """All searches have ended, and the copy does not know it yet."""
    if package is None or services.colleagues.open_tasks(case).exists():
        return False
    return services.colleagues.is_out_of_date(case, package)


def _unlock(case: Case, by: Any, answers: Answers) -> None:
    packages.unlock(_package(case), by=by)


def _stop(case: Case, by: Any, answers: Answers) -> None:
    packages.stop(_package(case), by=by)


def _take_back(case: Case, by: Any, answers: Answers) -> None:
    _package(case)  # files that are gone cannot be taken back from anybody
    services.take_back(case=case, by=by, reason=answers["reason"], seen=_seen(answers))


def _retry(case: Case, by: Any, answers: Answers) -> None:
    packages.retry(_package(case), by=by)


def leave_out(case: Case, by: Any, source_id: int, reason: str) -> None:
    """Leave a failed part out and carry on with the others, as one act. Raises packages.Refused."""
    package = _package(case)
    source = package.sources.filter(pk=source_id).first()
    if source is None:
        raise packages.Refused("That part belongs to another copy. Look at the request as it is now.")
    with transaction.atomic():
        packages.waive(source, by=by, reason=reason)
        packages.retry(package, by=by)


def removed_facts(case: Case) -> list[str]:
    """What is taken out of the copy, in a sentence, and what is wrong with the files if anything is."""
    removed = list(redactions.live(case))
    if not removed:
        line = "Nothing is removed from this copy."
    else:
        line = f"{plural(len(removed), 'removal')}, for {plural(len({row.number for row in removed}), 'reason')}."
    return [line, *services.redaction_obstacles(case, services.current_package(case))]


ACTS: dict[str, Act] = {
    act.slug: act
    for act in (
        *CLOCK_ACTS,
        *IDENTITY_ACTS,
        *TRIAGE_ACTS,
        Act(
            "confirmed",
            "They confirmed in another way",
            "Written down. The request is ready for triage.",
            lambda case, by, a: services.confirm_for_customer(
                case=case, by=by, how=a["reason"], seen=_seen(a)
            ),
            lambda case, package: case.state == State.VERIFYING,
            title="The customer confirmed in another way",
            lead="For instance by phone. It says that the request is meant, not who is asking: check that next.",
            form=ReasonForm,
        ),
        Act(
            "accept",
            "Accept and collect",
            "Accepted. Collecting has begun; this page shows how far it is.",
            lambda case, by, a: services.accept(case=case, by=by, seen=_seen(a)),
            lambda case, package: _can(Event.ACCEPT)(case, package) and case.subject_id is not None,
            tone="first",
        ),
        *DECISION_ACTS,
        *COMPLAINT_ACTS,
        *WEIGHING_ACTS,
        Act(
            "reviewed",
            "Reviewed: the copy is right",
            "Written down: the copy is reviewed.",
            lambda case, by, a: services.mark_reviewed(
                case=case, by=by, alone=a.get("alone", ""), seen=_seen(a)
            ),
            lambda case, package: (
                case.state == State.REVIEW
                and _ready(package)
                and case.reviewed_at is None
                and not services.colleagues.obstacles(case, package)
            ),
            title="Reviewed: the copy is right",
            lead="You have looked through the records and the files: nothing is in them that the customer should not "
            "have, and what is removed is removed rightly.",
            form=ReviewForm,
            takes_case=True,
            takes_user=True,
            facts=removed_facts,
            tone="first",
        ),
        Act(
            "release",
            "Release to the customer",
            "Released. The customer can download now, and has been told if we have an e-mail address.",
            lambda case, by, a: services.release(
                case=case, by=by, late_reason=a.get("late_reason", ""), seen=_seen(a)
            ),
            lambda case, package: not services.release_obstacles(case, late_reason="asked for on the page"),
            title="Release to the customer",
            lead="The clock stops, and the customer gets an e-mail without any data in it. You can take the release "
            "back until the first download.",
            form=ReleaseForm,
            tone="first",
        ),
        Act(
            "collect-again",
            "Collect again",
            "The old copy is destroyed, and collecting has begun again.",
            lambda case, by, a: services.collect_again(case=case, by=by, seen=_seen(a)),
            _can(Event.COLLECT_AGAIN),
            group="package",
        ),
        Act(
            "take-back",
            "Take the release back",
            "Taken back: the customer cannot download any more, and the clock runs again.",
            _take_back,
            lambda case, package: case.state == State.RELEASED and _ready(package) and not _fetched(package),
            title="Take the release back",
            lead="Possible until the customer has downloaded a file.",
            form=ReasonForm,
            group="other",
        ),
        Act(
            "close",
            "Close",
            "Closed. The files stay until they expire.",
            lambda case, by, a: services.close(case=case, by=by, seen=_seen(a)),
            _can(Event.CLOSE),
        ),
        Act(
            "renew",
            "Make the files again",
            "Collecting has begun again.",
            lambda case, by, a: services.renew(case=case, by=by),
            lambda case, package: _can(Event.RENEW)(case, package) and not _ready(package),
            group="package",
        ),
        Act(
            "retry",
            "Try again",
            "Trying again. What was collected before is kept.",
            _retry,
            lambda case, package: bool(package and package.state == Package.State.FAILED),
            tone="first",
            group="package",
        ),
        Act(
            "stop",
            "Stop collecting",
            "Stopped. No part of a file is left.",
            _stop,
            lambda case, package: bool(package and package.state in ACTIVE),
            group="package",
        ),
        Act(
            "unlock",
            "Unlock the files",
            "Unlocked: the customer can download again.",
            _unlock,
            lambda case, package: bool(package and package.locked_at),
            title="Unlock the files",
            lead="Somebody with access to the customer's page pressed “Lock these files”. Speak to the customer on the "
            "number on file first, and find out who asked for the data.",
            group="package",
        ),
        Act(
            "move-back",
            "Move back to triage",
            "Moved back to triage. Work under way was stopped and files were destroyed.",
            lambda case, by, a: services.move_back(case=case, by=by, reason=a["reason"], seen=_seen(a)),
            _can(Event.MOVE_BACK),
            title="Move back to triage",
            lead="For instance because the wrong person was chosen. Work under way stops and files are destroyed.",
            form=ReasonForm,
            group="other",
        ),
        Act(
            "withdraw",
            "They do not want it any more",
            "Cancelled for the requester.",
            lambda case, by, a: services.withdraw(case=case, by=by, seen=_seen(a)),
            _can(Event.WITHDRAW),
            title="Cancel for the requester",
            lead="Only when they told us themselves that they do not want it any more. They get an e-mail about it.",
            group="other",
        ),
        Act(
            "refuse",
            "Refuse",
            "Refused. The letter has gone out if we have an e-mail address.",
            lambda case, by, a: services.refuse(
                case=case, by=by, ground=a["ground"], reason=a["reason"], seen=_seen(a)
            ),
            lambda case, package: _can(Event.REFUSE)(case, package) and not fulfilment.why_not_refused(case),
            title="Refuse",
            lead="The burden of proof is ours (Article 12(5)). You see the letter before it goes.",
            form=RefuseForm,
            tone="danger",
            group="other",
        ),
        Act(
            "assign",
            "Give to somebody",
            "Done.",
            lambda case, by, a: services.assign(case=case, owner=a["owner"], by=by),
            lambda case, package: case.state not in ENDED,
            title="Who works on it?",
            form=AssignForm,
            group="page",
        ),
        Act(
            "note",
            "Add note",
            "Note added.",
            lambda case, by, a: services.add_note(case=case, by=by, text=a["text"]),
            lambda case, package: True,
            title="Note for colleagues",
            form=NoteForm,
            group="page",
        ),
        Act(
            "message",
            "Send message",
            "Sent. It stands on the request's page.",
            lambda case, by, a: services.write(
                case=case, by=by, text=a["text"], once=a["once"], files=a["files"]
            ),
            lambda case, package: True,
            title="Message to the customer",
            form=MessageForm,
            group="page",
        ),
    )
}


def buttons(case: Case, package: Package | None) -> dict[str, list[Act]]:
    """The acts to offer now, by the place where their buttons stand. At most one is first."""
    offered: dict[str, list[Act]] = {}
    unproven = case.state == State.TRIAGE and case.subject_id is not None and case.verified_at is None
    for act in ACTS.values():
        if act.offered(case, package):
            if unproven and act.slug in {"accept", "take-up"}:  # who is asking comes before what they get
                act = replace(act, tone="second")
            if act.slug == "collect-again" and _answered_since(case, package):
                act = replace(act, group="next", tone="first")
            offered.setdefault(act.group, []).append(act)
    following = sorted(offered.get("next", []), key=lambda act: act.tone != "first")
    if following:  # one button is first; what else is urgent stands beside it
        offered["next"] = [following[0], *(_second(act) for act in following[1:])]
    return offered


def _second(act: Act) -> Act:
    return replace(act, tone="second") if act.tone == "first" else act


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act would do: the clock before and after, and the letters that would go."""

    before: str
    after: str
    letters: list[str]


class _Undo(Exception):
    """Ends a rehearsal."""


def rehearse(act: Act, case: Case, by: Any, answers: Answers) -> Outcome:
    """Do an act and take it back: the very verb says what it would change. Raises what the verb raises.

    Nothing stays: rows, history, trail and e-mails belong to the transaction that is rolled back.
    """
    before = clockwork.standing(case)
    had = set(case.letters.values_list("pk", flat=True))
    outcome = None
    try:
        with transaction.atomic():
            act.run(case, by, answers)
            after = Case.objects.get(pk=case.pk)
            letters = [letter.text for letter in after.letters.exclude(pk__in=had)]
            outcome = Outcome(before, clockwork.standing(after), letters)
            raise _Undo
    except _Undo:
        pass
    assert outcome is not None
    return outcome
