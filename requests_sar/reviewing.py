"""The records behind a copy as the person who reviews it sees them: by kind, filtered, searched. Reads only."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet

from portal.register import store
from requests_sar import found as colleagues
from requests_sar import portability, redacting, redactions
from requests_sar.cells import REMOVED
from requests_sar.document import Row
from requests_sar.models import Case
from requests_sar.redacting import Plan
from requests_sar.suggesting import LEGAL, Known
from subjects import datamap
from subjects.identifiers import normalise_email, normalise_phone
from subjects.models import Subject

LONGEST_TERM = 200  # characters of a search
MOST_NAMES = 300  # contacts of one account, and again members of staff, whose names are pointed out
MOST_LOOKED_AT = 5_000  # records of one kind in which a search is followed up after removal

# --- which records ------------------------------------------------------------------------------------------


def kinds(case: Case) -> list[datamap.Dataset]:
    """The kinds of data that the copy holds."""
    wanted = colleagues.kinds_of(case)
    return [dataset for dataset in portability.datasets(case) if not wanted or dataset.key in wanted]


def dataset_of(case: Case, key: str) -> datamap.Dataset | None:
    """One kind of the copy, or None."""
    return next((dataset for dataset in kinds(case) if dataset.key == key), None)


def rows(case: Case, dataset: datamap.Dataset) -> QuerySet[Any]:
    """The records of one kind, as the collection would find them now."""
    return dataset.of(case.subject_id, since=case.since, until=case.until)


def row_of(case: Case, dataset: datamap.Dataset, record: str) -> list[Any] | None:
    """One record as carried values; None when it is not in the copy, or `record` is no key."""
    try:
        key = dataset.model_class._meta.pk.to_python(record)
        found = rows(case, dataset).filter(pk=key)
        return next((row for _, row in dataset.keyed_rows(found)), None)
    except (ValidationError, ValueError, OverflowError):
        return None


def file_of(case: Case, dataset: datamap.Dataset, record: str) -> str | None:
    """The stored name of the file of one record of the copy, or None."""
    try:
        key = dataset.model_class._meta.pk.to_python(record)
        return rows(case, dataset).filter(pk=key).values_list(dataset.file, flat=True).first() or None
    except (ValidationError, ValueError, OverflowError):
        return None


def day_of(dataset: datamap.Dataset, row: Row) -> dt.date | None:
    """The UK date of a record; None for a kind without dates."""
    value = next(
        (value for column, value in zip(dataset.columns, row, strict=True) if column.path == dataset.order),
        None,
    )
    if not isinstance(value, str):
        return None
    if dataset.order_kind is datamap.Kind.MOMENT:
        return dt.datetime.fromisoformat(value).astimezone(datamap.LONDON).date()
    return dt.date.fromisoformat(value)


# --- filters ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records to show: each filter that is on narrows."""

    person: bool = False  # a name, address or number of somebody else
    email: bool = False
    text: bool = False  # text that somebody wrote
    removed: bool = False
    term: str = ""


def matching(case: Case, dataset: datamap.Dataset, wanted: Wanted, known: Known) -> QuerySet[Any]:
    """The records of one kind that fit, oldest first."""
    found = rows(case, dataset)
    texts = _texts(dataset)
    if wanted.email:
        found = found.filter(_any(Q(**{f"{path}__iregex": _other_emails(known)}) for path in texts))
    if wanted.person:
        found = found.filter(_somebody_else(dataset, texts, known))
    if wanted.text:
        written = _any(~Q(**{path: ""}) & Q(**{f"{path}__isnull": False}) for path in _free_texts(dataset))
        found = found.filter(written)
    if wanted.removed:
        keys = redactions.live(case).filter(dataset=dataset.key).values_list("record", flat=True)
        found = found.filter(pk__in=list(keys))
    if wanted.term:
        found = found.filter(_any(_holds(path, wanted.term) for path in texts))
    return found


def _any(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, Q(pk__in=[]))


def _holds(path: str, term: str) -> Q:
    return reduce(and_, (Q(**{f"{path}__icontains": word}) for word in term.split()), Q())


def _texts(dataset: datamap.Dataset) -> list[str]:
    return [column.path for column in dataset.columns if column.kind is datamap.Kind.TEXT]


def _free_texts(dataset: datamap.Dataset) -> list[str]:
    return [path for path in _texts(dataset) if isinstance(_field(dataset, path), models.TextField)]


def _field(dataset: datamap.Dataset, path: str) -> Any:
    model: Any = dataset.model_class
    *through, last = path.split("__")
    for part in through:
        model = model._meta.get_field(part).related_model
    return model._meta.get_field(last)


def _other_emails(known: Known) -> str:
    """A PostgreSQL expression for an address that is neither theirs nor ours."""
    own = [re.escape(address) for address in sorted(known.own_emails)]
    ours = [f"[a-z0-9._%+-]+@{re.escape(domain)}" for domain in sorted(known.our_domains)]
    not_theirs = f"(?!(?:{'|'.join([*own, *ours])})(?:[^a-z0-9.-]|$))" if own or ours else ""
    return rf"(?:^|[^a-z0-9._%+-]){not_theirs}[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+"


def _somebody_else(dataset: datamap.Dataset, texts: list[str], known: Known) -> Q:
    """Roughly what `suggesting.spots` points out, as a condition; the column that names our staff does not count."""
    named = {column.path for column in dataset.columns if column.names}
    names = [re.escape(name) for name in sorted(known.people | known.staff) if len(name) > 3]
    patterns = [_other_emails(known), r"(?:^|[^0-9.,£$/-])(?:\+|\(?0)[0-9](?:[ ()-]{0,2}[0-9]){8,13}"]
    if names:
        patterns.append(rf"\m(?:{'|'.join(names)})\M")
    patterns.append(rf"\m(?:{'|'.join(re.escape(word) for word in LEGAL)})\M")
    return _any(Q(**{f"{path}__iregex": each}) for path in texts if path not in named for each in patterns)


# --- who is who ----------------------------------------------------------------------------------------------


def known(case: Case) -> Known:
    """Whose addresses, numbers and names the review does not point out, and whose it does."""
    subject = case.subject
    assert subject is not None
    emails = [subject.email, subject.second_email, case.requester_email]
    phones = [subject.phone, subject.mobile]
    return Known(
        own_emails=frozenset(normalise_email(each) for each in emails if each),
        own_phones=frozenset(normalise_phone(each) for each in phones if each),
        own_name=subject.full_name,
        people=frozenset(_contacts(subject)),
        staff=frozenset(_staff(case)),
        our_domains=frozenset({store.current().contacts.rights.rpartition("@")[2].casefold()}),
    )


def _contacts(subject: Subject) -> Iterator[str]:
    if subject.account_id:
        others = Subject.objects.filter(account_id=subject.account_id).exclude(pk=subject.pk)
        yield from others.order_by("pk").values_list("full_name", flat=True)[:MOST_NAMES]


def _staff(case: Case) -> Iterator[str]:
    for dataset in kinds(case):
        for column in dataset.columns:
            if column.names:
                names = rows(case, dataset).order_by().exclude(**{column.path: ""})
                yield from names.values_list(column.path, flat=True).distinct()[:MOST_NAMES]


# --- searching ----------------------------------------------------------------------------------------------


def needle(term: str) -> re.Pattern[str]:
    """What finds a search text: any case, any blanks, also inside longer words. It finds more than a removal takes."""
    return re.compile(r"\s+".join(map(re.escape, term.split())), re.IGNORECASE)


def stands_anywhere(case: Case, phrase: str) -> bool:
    """Whether words to be removed occur in any text of the copy."""
    wanted = Wanted(term=phrase)
    nobody = Known()
    for dataset in kinds(case):
        found = dataset.keyed_rows(matching(case, dataset, wanted, nobody))
        if any(redacting.occurs(phrase, value) for _, row in found for value in row):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Hits:
    """Records of one kind in which a search text stands, as held and as the person would get them."""

    dataset: datamap.Dataset
    before: int
    after: int
    more: bool  # there are more than were looked at


def search(case: Case, term: str) -> list[Hits]:
    """Where a text stands now, and where it would be left after what is removed; kinds without it are not listed."""
    plan, look = redactions.plan_of(case), needle(term)
    hits = []
    for dataset in kinds(case):
        found = matching(case, dataset, Wanted(term=term), Known())[: MOST_LOOKED_AT + 1]
        before, after = _counted(case, dataset, found, plan, look)
        if before:
            more = before > MOST_LOOKED_AT
            hits.append(Hits(dataset, min(before, MOST_LOOKED_AT), after, more))
    return hits


def _counted(
    case: Case, dataset: datamap.Dataset, found: QuerySet[Any], plan: Plan | None, look: re.Pattern[str]
) -> tuple[int, int]:
    before = after = 0
    clean = redactions.cleaner(plan, dataset, case.subject_id).row if plan else (lambda _, row: row)
    for record, row in dataset.keyed_rows(found):
        if _stands(look, row):
            before += 1
            kept = clean(record, row)
            after += kept is not None and _stands(look, kept)
    return before, after


def _stands(look: re.Pattern[str], row: Row) -> bool:
    return any(isinstance(value, str) and look.search(REMOVED.sub(" ", value)) for value in row)
