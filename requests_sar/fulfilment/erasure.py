"""Erasure (UK GDPR Article 17): a plan by kind of data, decided by the officer, carried out by the retention engine.

The exceptions of Article 17(3) cover only what they need, so each kind is decided by itself. What the law makes us keep
stays locked until its day; what was asked for with a copy first waits for that copy (DPA 2018 s 173).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from requests_sar import casework, fulfilment, leaving, recipients
from requests_sar.fulfilment import Answers, Fulfilment
from requests_sar.models import Case, Erasure, Outcome
from requests_sar.rights import COPIES, Right
from requests_sar.workflow import OPEN, State
from retention import disposal, sentences, working
from retention.models import Action, Disposal, Fate, Line, Reason
from subjects import datamap


def opened(case: Case, answers: Answers) -> None:
    """Why they ask, if they said so."""
    ground = answers.get("ground", "")
    Erasure.objects.create(case=case, ground=ground if ground in Erasure.Ground.values else "")


def also(answers: Answers) -> tuple[Right, ...]:
    """ "You can download a copy first": the same answers are a request for a copy too."""
    return (Right.ACCESS,) if answers.get("copy_first") == "yes" else ()


def plan_of(case: Case) -> Disposal | None:
    """The plan of this case, once it is taken up."""
    return Disposal.objects.filter(reference=case.reference).first()


def taken_up(case: Case, by: Any) -> None:
    """The plan as the rules suggest it, to be decided."""
    assert case.subject is not None
    try:
        disposal.draft(
            subject=case.subject,
            reference=case.reference,
            by=by,
            kinds=case.kinds,
            spare=leaving.spared(case.subject),
        )
    except disposal.Refused as sentence:
        raise casework.NotPossible(str(sentence)) from sentence


def copy_first(case: Case) -> Case | None:
    """A copy that was asked for and is not sent yet: nothing may go before it (DPA 2018 s 173)."""
    if case.subject_id is None and case.group is None:
        return None
    waiting = Case.objects.filter(right__in=COPIES, state__in=OPEN).exclude(pk=case.pk)
    if case.group is not None and (linked := waiting.filter(group=case.group).first()):
        return linked
    return waiting.filter(subject=case.subject_id).first() if case.subject_id else None


def obstacles(case: Case) -> list[str]:
    """What has to be done before the plan can be carried out."""
    found = []
    if copy := copy_first(case):
        found.append(
            f"The copy they asked for, {copy.reference}, has not been sent. Send it first, or have it withdrawn. "
            "You can decide meanwhile."
        )
    if case.subject is not None and case.subject.restricted_at is not None:
        found.append(
            "The use of their data is paused (Article 18), and deleting is a use too. Lift the restriction first, and "
            "tell them before you do."
        )
    plan = plan_of(case)
    if plan is None:
        found.append("There is no plan yet. Take the request up.")
    elif sentence := disposal.not_ready(plan):
        found.append(sentence)
    return found


def approved(case: Case, by: Any) -> None:
    """From now on a worker may carry the plan out."""
    plan = plan_of(case)
    if plan is None:
        raise casework.NotPossible("There is no plan yet. Take the request up.")
    _note_recipients(case, plan, by)
    try:
        disposal.start(disposal=plan, by=by)
    except disposal.Refused as sentence:
        raise casework.NotPossible(str(sentence)) from sentence


def _note_recipients(case: Case, plan: Disposal, by: Any) -> None:
    """Who has to hear of it (Article 19), while the record of whom we told is still there."""
    goes = [line for line in plan.lines.all() if line.action.acts]
    if goes and case.subject is not None:
        categories = {datamap.get(line.dataset).category for line in goes}
        recipients.note(subject=case.subject, categories=categories, right=Right.ERASURE, by=by, case=case)


def apply(case: Case, by: Any) -> Outcome | None:
    """Carry the plan out as far as it goes; None while it is not finished."""
    plan = plan_of(case)
    if plan is None:
        return None
    if plan.state == Disposal.State.RUNNING:
        lease = working.claim(plan.pk)
        if lease is None:
            return None
        working.run(lease)
        plan.refresh_from_db()
    return outcome(plan) if plan.state == Disposal.State.DONE else None


def outcome(plan: Disposal) -> Outcome:
    """What came of it, over all kinds."""
    lines = list(plan.lines.all())
    if not any(line.records for line in lines):
        return Outcome.NOTHING
    went = sum(line.done + line.missing for line in lines if line.action.ends)
    stays = [line for line in lines if not line.action.ends or line.skipped]
    if not stays:
        return Outcome.GRANTED
    return Outcome.PART if went else Outcome.REFUSED


def waiting() -> list[str]:
    """Cases whose plan is approved and that nobody works on: what a lost worker or message left, and what waited."""
    idle = [plan.reference for plan in working.waiting()]
    applying = Case.objects.filter(right=Right.ERASURE, state=State.APPLYING)
    done = Disposal.objects.filter(
        state=Disposal.State.DONE, reference__in=applying.values("reference")
    ).values_list("reference", flat=True)
    return [str(pk) for pk in applying.filter(reference__in=[*idle, *done]).values_list("pk", flat=True)]


@dataclass(frozen=True, slots=True)
class Told:
    """One kind of data in the answer: what is done, how many records, why, and where the law says so."""

    title: str
    what: str
    records: int
    why: str
    law: str
    stays: bool


def told(plan: Disposal) -> list[Told]:
    """What became of each kind, in the words of the letter and of the request's page."""
    return [_told(line) for line in plan.lines.all() if line.records]


def _told(line: Line) -> Told:
    facts = sentences.of_line(line)
    goes = line.action.ends
    if line.skipped:
        why = f"This changed while we worked. {sentences.because(replace(facts, reason=Reason(line.skipped_because)))}"
        goes = False
    elif line.decision == line.suggestion:
        why = sentences.because(facts)
    else:
        why = f"{line.reason}" if not goes else "We do not need to keep it."
    records = line.done if goes else line.records
    law = sentences.exception(replace(facts, action=Action.KEEP) if line.skipped else facts)
    if line.fate == Fate.GOES and not goes and not line.skipped:
        law = "Article 17(3)"
    what = sentences.outcome(Action.KEEP if line.skipped else line.action)
    return Told(datamap.get(line.dataset).title, what, records, why, law, not goes)


def letter(case: Case) -> Mapping[str, Any]:
    """What the parts of the letter need."""
    plan = plan_of(case)
    lines = told(plan) if plan else []
    follow_up = Erasure.objects.filter(case=case).values_list("follow_up_on", flat=True).first()
    return {
        "goes": [line for line in lines if not line.stays],
        "stays": [line for line in lines if line.stays],
        "backups": sentences.backups(),
        "follow_up_on": follow_up,
        "done": plan.finished_at if plan else None,
    }


fulfilment.register(
    Right.ERASURE,
    Fulfilment(
        apply=apply,
        opened=opened,
        also=also,
        taken_up=taken_up,
        obstacles=obstacles,
        approved=approved,
        waiting=waiting,
        letter=letter,
    ),
)
