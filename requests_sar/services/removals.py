"""What is taken out of the copy of a case, and what is put back."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import casework, redacting, redactions, reviewing, vault
from requests_sar.casework import NotPossible
from requests_sar.document import Kind
from requests_sar.models import WHY_LIMIT, Case, Redaction
from requests_sar.redacting import Reach
from requests_sar.workflow import State
from subjects import datamap

MOST = 2_000  # redactions of one case
SHORTEST = 2  # characters of words that are removed from one record; everywhere it is one more
OPEN_FOR_REVIEW = frozenset({State.REVIEW, State.COLLECTING})
SCHEDULE_2 = "Data Protection Act 2018, Schedule 2"
LAWS: dict[str, str] = {
    Redaction.Category.PERSON: f"{SCHEDULE_2}, paragraph 16",
    Redaction.Category.LEGAL: f"{SCHEDULE_2}, paragraph 19",
}
WHYS: dict[str, str] = {
    Redaction.Category.PERSON: "It is about somebody else, who has not agreed to our giving it to you.",
    Redaction.Category.LEGAL: "It is advice between us and our lawyers, which the law keeps confidential.",
}


def remove(
    *,
    case: Case,
    by: Any,
    reach: str,
    category: str,
    dataset: str = "",
    record: str = "",
    column: str = "",
    phrase: str = "",
    law: str = "",
    why: str = "",
) -> Redaction:
    """Take something out of the copy of a case, from the next making of its files on.

    `record` is the primary key of a record of `dataset`; `column` a column's key; `law` and `why` may be left empty
    for the categories of `LAWS`. The same removal twice is one. Raises NotPossible. Takes no `seen`: two people may
    work through one copy, and what one removes does not concern what the other does; the case is locked instead.
    """
    law, why = _reason(category, law, why)
    wanted = Redaction(
        case=case,
        reach=Reach(reach),
        dataset=dataset,
        record=record,
        column=column,
        category=category,
        law=law,
        why=why,
        by=by,
    )
    phrase = " ".join(phrase.split())
    with transaction.atomic():
        case = _locked(case)
        _check(case, wanted, phrase)
        _no_giving_away(case, wanted, phrase)
        rows = list(redactions.live(case))
        same = next((row for row in rows if _is_same(row, wanted, phrase)), None)
        if same:
            return same
        if Redaction.objects.filter(case=case).count() >= MOST:
            raise NotPossible(f"There are {MOST:,} removals already. Remove whole records or kinds instead.")
        wanted.number = _number(case, wanted)
        wanted.phrase = vault.seal_words(phrase) if phrase else None
        wanted.save()
        _changed(case, by=by, verb=Verb.CASE_REMOVED, what=f"R{wanted.number} {wanted.reach}")
    return wanted


def put_back(*, redaction: Redaction, by: Any) -> Redaction:
    """Undo a removal, until the copy is released. Undone twice is undone once. Raises NotPossible."""
    with transaction.atomic():
        case = _locked(redaction.case)
        if Redaction.objects.filter(pk=redaction.pk, undone_at=None).update(
            undone_at=timezone.now(), undone_by=by
        ):
            _changed(case, by=by, verb=Verb.CASE_REMOVAL_UNDONE, what=f"R{redaction.number}")
    redaction.refresh_from_db()
    return redaction


def put_everything_back(*, case: Case, by: Any) -> None:
    """The case is about another person now: what was removed from the first one's records means nothing."""
    if redactions.live(case).update(undone_at=timezone.now(), undone_by=by):
        trail.record(
            Verb.CASE_REMOVAL_UNDONE, by=by, target=f"case:{case.reference}", reason="another person chosen"
        )


def _locked(case: Case) -> Case:
    """The case as it is now, held until the transaction ends. Raises NotPossible when nothing can be removed."""
    case = Case.objects.select_for_update().get(pk=case.pk)
    if case.state == State.RELEASED:
        raise NotPossible("The copy is released. Take the release back first.")
    if case.state not in OPEN_FOR_REVIEW or case.subject_id is None:
        raise NotPossible("There is no copy to take anything out of. Collect the data first.")
    return case


def _changed(case: Case, *, by: Any, verb: Verb, what: str) -> None:
    """The files are not what they should be any more, so a review of them is taken back."""
    Case.objects.filter(pk=case.pk).update(version=F("version") + 1, reviewed_at=None, reviewed_by=None)
    if case.reviewed_at:
        casework.note(case, "review-taken-back", by=by)
    trail.record(verb, by=by, target=f"case:{case.reference}", reason=what)


def _reason(category: str, law: str, why: str) -> tuple[str, str]:
    """Law and reason, with those that usually fit where none were given."""
    if category not in Redaction.Category.values:
        raise NotPossible("Say whose or what it is: another person, legal advice, or another exemption.")
    law = " ".join(law.split()) if category == Redaction.Category.OTHER else LAWS[category]
    why = " ".join(why.split()) or WHYS.get(category, "")
    if not law:
        raise NotPossible("Name the law that allows it. The customer reads it.")
    if not why:
        raise NotPossible("Say in plain words why it is removed. The customer reads it.")
    if len(why) > WHY_LIMIT:
        raise NotPossible(f"Keep the reason under {WHY_LIMIT} characters.")
    return law[:200], why


def _number(case: Case, wanted: Redaction) -> int:
    """One number for one reason, however often it is given; a number never changes its reason."""
    rows = Redaction.objects.filter(case=case)
    same = rows.filter(category=wanted.category, law=wanted.law, why=wanted.why).first()
    return same.number if same else (rows.aggregate(last=Max("number"))["last"] or 0) + 1


def _is_same(row: Redaction, wanted: Redaction, phrase: str) -> bool:
    names = ("reach", "dataset", "record", "column", "category", "law", "why")
    return all(getattr(row, name) == getattr(wanted, name) for name in names) and (
        redactions.words(row).casefold() == phrase.casefold()
    )


# --- whether it can be removed ------------------------------------------------------------------------------


def _check(case: Case, wanted: Redaction, phrase: str) -> None:
    """The record, the cell and the words are there. Raises NotPossible."""
    if wanted.reach in (Reach.PHRASE, Reach.EVERYWHERE):
        least = SHORTEST + (wanted.reach == Reach.EVERYWHERE)
        if not least <= len(phrase) <= redacting.LONGEST:
            raise NotPossible(f"Type the words to remove: {least} to {redacting.LONGEST} characters.")
    if wanted.reach == Reach.EVERYWHERE:
        _check_everywhere(case, phrase)
        return
    dataset, row = _record(case, wanted)
    columns = {column.key: (column, value) for column, value in zip(dataset.columns, row, strict=True)}
    if wanted.column and wanted.column not in columns:
        raise NotPossible("There is no such cell in this record.")
    if wanted.reach == Reach.CELL:
        if wanted.column == redactions.order_key(dataset):
            raise NotPossible(
                "The date says where the record stands in the list, so it cannot go alone. Remove the whole record, "
                "or leave it out of the list."
            )
        if not wanted.column or columns[wanted.column][1] in (None, ""):
            raise NotPossible("There is nothing in this cell.")
    if wanted.reach == Reach.PHRASE:
        texts = [
            value
            for key, (column, value) in columns.items()
            if wanted.column in ("", key) and column.kind == Kind.TEXT
        ]
        if not any(redacting.occurs(phrase, text) for text in texts):
            raise NotPossible("These words do not stand in this record. Copy them from the text as they are.")


def _record(case: Case, wanted: Redaction) -> tuple[datamap.Dataset, list[Any]]:
    """The record's kind and values; notes its date. Raises NotPossible when it is not in the copy."""
    dataset = reviewing.dataset_of(case, wanted.dataset)
    row = reviewing.row_of(case, dataset, wanted.record) if dataset else None
    if dataset is None or row is None:
        raise NotPossible("This record is not in the copy any more. Look at the records as they are now.")
    if dataset.order:
        wanted.record_on = reviewing.day_of(dataset, row)
    return dataset, row


def _check_everywhere(case: Case, phrase: str) -> None:
    subject = case.subject
    assert subject is not None
    if any(redacting.occurs(phrase, own) for own in (subject.full_name, subject.source_key)):
        raise NotPossible(
            "This is the person's own name or number, which they may have. Remove it in one record."
        )
    if not reviewing.stands_anywhere(case, phrase):
        raise NotPossible("These words do not occur in any record. Search for them first.")


def _no_giving_away(case: Case, wanted: Redaction, phrase: str) -> None:
    """The reason is printed in the copy, so it must not hold what is removed. Raises NotPossible."""
    given_away = bool(phrase) and (
        redacting.occurs(phrase, wanted.why) or redacting.occurs(phrase, wanted.law)
    )
    if wanted.reach in (Reach.CELL, Reach.RECORD, Reach.HIDDEN):
        dataset, row = _record(case, wanted)
        for column, value in zip(dataset.columns, row, strict=True):
            taken = wanted.reach != Reach.CELL or column.key == wanted.column
            if taken and isinstance(value, str) and len(value) > 3 and column.path != dataset.order:
                given_away |= value.casefold() in wanted.why.casefold() and _tells(value)
    if given_away:
        raise NotPossible("The reason would give away what you remove, because the customer reads it.")


def _tells(value: str) -> bool:
    """Whether a value is more than a code or a single ordinary word ("paid", "inbound")."""
    return " " in value or "@" in value or any(letter.isdigit() for letter in value) or value[:1].isupper()
