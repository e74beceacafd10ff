"""Rectification (Article 16): each item put right, corrected by a note, kept with the person's statement, or refused.

What was issued or sent is evidence and is never overwritten (the data map says which). While an item is checked its
use can be paused (Article 18(1)(a)); the pause ends after the person was told (`services.pauses`). Recipients hear of
what was corrected (Article 19, `recipients`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from requests_sar import disowning, fulfilment, recipients
from requests_sar.casework import NotPossible
from requests_sar.fulfilment import Answers, Fulfilment
from requests_sar.models import Case, Correction, Draft, Outcome
from requests_sar.rights import Right
from subjects import datamap, items, restriction
from subjects import services as people
from subjects.datamap import Dataset
from subjects.models import RecordNote, Restriction

Decision = Correction.Decision
IN_THEIR_WORDS = "What they asked for, in their own words"


def opened(case: Case, answers: Answers) -> None:
    """What was asked, as an item. One that staff wrote down has the words of the request alone."""
    draft = Draft.objects.filter(pk=case.submission).first() if case.submission else None
    dataset = answers.get("dataset") or answers.get("kind", "")
    Correction.objects.create(
        case=case,
        dataset=dataset if kind_of(dataset) else "",
        record=answers.get("record", ""),
        column=answers.get("column", ""),
        label=answers.get("label") or (title(dataset) if kind_of(dataset) else IN_THEIR_WORDS),
        present=answers.get("held") or answers.get("present", ""),
        wanted=answers.get("wanted") or case.words,
        pause=answers.get("pause") == "yes",
        evidence=draft.evidence.name if draft and draft.evidence else "",
        evidence_label=answers.get("evidence_label", ""),
    )


def kind_of(key: str) -> Dataset | None:
    """The kind of data behind a key, if the map has it."""
    return next((each for each in datamap.datasets() if each.key == key), None)


def title(key: str) -> str:
    """The name of a kind of data; "" for none."""
    kind = kind_of(key)
    return kind.title if kind else ""


def row_of(correction: Correction) -> Any | None:
    """The record as it is now, if it is one of the person the request is about."""
    kind, subject = kind_of(correction.dataset), correction.case.subject
    if kind is None or subject is None or not correction.record:
        return None
    return items.row_of(kind, subject, correction.record)


def live(correction: Correction) -> str:
    """What stands there now, in words; "" when no record is named."""
    row, kind = row_of(correction), kind_of(correction.dataset)
    if row is None or kind is None or not correction.column:
        return ""
    return items.text_of(kind.column(correction.column), items.value_of(row, correction.column))


def is_evidence(correction: Correction) -> bool:
    """Whether it can only be corrected by a note."""
    kind = kind_of(correction.dataset)
    return kind is not None and kind.is_evidence(correction.column)


def taken_up(case: Case, by: Any) -> None:
    """Pause the use of what they asked to have paused, from now on; once, however often the case is taken up."""
    for correction in case.corrections.all():
        pause(correction, by=by)


def pause(correction: Correction, *, by: Any) -> None:
    """Restrict the one record while its accuracy is checked. Without a record there is nothing to restrict yet."""
    if not correction.pause or correction.decision or row_of(correction) is None:
        return
    restriction.restrict(
        subject=correction.case.subject,
        ground=Restriction.Ground.ACCURACY,
        reference=correction.case.reference,
        by=by,
        kinds=[correction.dataset],
        record=correction.record,
    )


def obstacles(case: Case) -> list[str]:
    """Every item is decided, and what is to be written can still be written."""
    corrections = list(case.corrections.select_related("case__subject"))
    if not corrections:
        return ["Write down what they say is wrong, item by item."]
    found = [f"Decide on “{each.label}”." for each in corrections if not each.decision]
    for each in corrections:
        if each.applied_at is not None or not each.record or each.decision in {"", Decision.REFUSE}:
            continue
        if row_of(each) is None:
            found.append(f"“{each.label}” is no record of this person, or is gone. Say which record it is.")
        elif each.decision == Decision.ACCEPT and live(each) not in {each.before, each.text}:
            found.append(f"“{each.label}” was changed after you decided. Look at it again.")
    return found


def apply(case: Case, by: Any) -> Outcome:
    """Write what was decided, and who has to hear of it. What is done already is not done again. Raises NotPossible."""
    corrections = list(case.corrections.select_for_update(of=("self",)).select_related("case__subject"))
    touched = set()
    for each in corrections:
        if each.applied_at is None:
            _carry_out(each, by)
            each.applied_at = timezone.now()
            each.save(update_fields=["applied_at"])
        if each.decision in {Decision.ACCEPT, Decision.NOTE} and (kind := kind_of(each.dataset)):
            touched.add(kind.category)
    if touched:
        recipients.note(subject=case.subject, categories=touched, right=Right.RECTIFICATION, by=by, case=case)
    kept = [each for each in corrections if each.is_no]
    if len(kept) == len(corrections):
        said = any(each.decision == Decision.STATEMENT for each in kept)
        return Outcome.PART if said else Outcome.REFUSED
    return Outcome.PART if kept else Outcome.GRANTED


def _carry_out(correction: Correction, by: Any) -> None:
    case = correction.case
    place = {"dataset": correction.dataset, "record": correction.record}
    try:
        if correction.decision == Decision.ACCEPT and correction.record:
            made = people.correct(
                subject=case.subject,
                values={correction.column: correction.text},
                by=by,
                reference=case.reference,
                decided=True,
                everywhere=True,
                **place,
            )
            for change in made:
                disowning.tell_old(change)  # whoever wrote to us may not be whose address it is
        elif correction.decision in {Decision.NOTE, Decision.STATEMENT}:
            people.add_note(
                subject=case.subject,
                kind=RecordNote.Kind(correction.decision),
                column=correction.column,
                label=correction.label,
                text=correction.text,
                by=by,
                reference=case.reference,
                **place,
            )
    except people.Refused as sentence:
        raise NotPossible(f"{correction.label}: {sentence}") from None


@dataclass(frozen=True, slots=True)
class Shown:
    """One item in words, for the letter, the person's page and ours."""

    correction: Correction
    label: str
    present: str
    wanted: str
    decided: str  # the decision as a sentence to the person; "" while there is none
    text: str
    reason: str


SENTENCES = {
    Decision.ACCEPT: "We have corrected it.",
    Decision.NOTE: "It stays as it was issued. We put a note beside it that corrects it.",
    Decision.STATEMENT: "It stays as it is. Your statement stands beside it and goes with it.",
    Decision.REFUSE: "It stays as it is.",
}


def shown(case: Case) -> list[Shown]:
    """The items of a request in words."""
    return [_shown(each) for each in case.corrections.all()]


def _shown(correction: Correction) -> Shown:
    decision, kind = correction.decision, kind_of(correction.dataset)
    text = correction.text
    if kind and correction.column and decision == Decision.ACCEPT and correction.record:
        text = items.words_of(kind.column(correction.column), text)
    return Shown(
        correction,
        correction.label or IN_THEIR_WORDS,
        correction.present,
        correction.wanted,
        SENTENCES[Decision(decision)] if decision else "",
        text,
        correction.reason,
    )


def letter(case: Case) -> dict[str, Any]:
    """What the letter of the answer needs."""
    return {
        "corrections": shown(case),
        "recipients": recipients.names(recipients.of_case(case)),
        "paused": Restriction.objects.filter(reference=case.reference, lifted_at=None).exists(),
    }


fulfilment.register(
    Right.RECTIFICATION,
    Fulfilment(apply, opened=opened, taken_up=taken_up, obstacles=obstacles, letter=letter),
)
