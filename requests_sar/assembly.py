"""From collected rows to the document that the writers read: the facts, the sentences and the list of searches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage
from django.db.models import Count, Max, Min, QuerySet
from django.utils import timezone

from portal.register import store
from portal.register.facts import Standing, Trigger
from portal.register.model import Register
from requests_sar import deadlines, found, portability, redactions
from requests_sar.document import Attachment, Document, Right, Row, Searched, Sheet, Why
from requests_sar.models import Case, Package, Source
from requests_sar.redacting import Cleaner, Plan, Reach
from requests_sar.rights import Right as CaseRight
from requests_sar.spool import Spool
from retention import schedule
from subjects import datamap, relationship
from subjects.models import Subject


class MissingFile(Exception):
    """A file that belongs to the data is not in the store; the text is a sentence for staff."""


def wire_rows(
    dataset: datamap.Dataset, rows: QuerySet[Any], *, few: bool = False, cleaner: Cleaner | None = None
) -> Iterator[Row]:
    """The rows as they are spooled: a file's column holds the place it will have in the bundle.

    What `cleaner` removes is gone here already. Raises MissingFile, because a copy without it would silently lack
    something.
    """
    if cleaner is not None:
        yield from _cleaned(dataset, rows, cleaner)
        return
    if not dataset.file:
        yield from dataset.wire_rows(rows, few=few)
        return
    at, stored = _file_column(dataset), storage(dataset)
    for number, row in enumerate(dataset.wire_rows(rows, few=few), 1):
        if row[at] and not stored.exists(row[at]):
            raise MissingFile(f"the file of record {number} is not in the store.")
        row[at] = _place(dataset, row[at]) if row[at] else None
        yield row


def _cleaned(dataset: datamap.Dataset, rows: QuerySet[Any], cleaner: Cleaner) -> Iterator[Row]:
    at, stored = (_file_column(dataset), storage(dataset)) if dataset.file else (None, None)
    for record, row in dataset.keyed_rows(rows):
        clean = cleaner.row(record, row)
        if clean is None:
            continue
        if (
            at is not None and stored and clean[at] == row[at]
        ):  # else it is withheld, and need not even be there
            name = row[at]
            if name and not stored.exists(name):
                raise MissingFile(f"the file of record {record} is not in the store.")
            clean[at] = _place(dataset, name) if name else None
        yield clean


def _file_column(dataset: datamap.Dataset) -> int:
    return next(index for index, column in enumerate(dataset.columns) if column.path == dataset.file)


def storage(dataset: datamap.Dataset) -> Storage:
    """Where the files of this kind of data lie; some lie sealed."""
    field: Any = dataset.model_class._meta.get_field(dataset.file)
    return field.storage  # type: ignore[no-any-return]


def _place(dataset: datamap.Dataset, stored: str) -> str:
    """Where a stored file lies in the bundle. Stored names are random, so the name says nothing about the person."""
    return f"files/{dataset.key}/{PurePosixPath(stored).name}"


def extent(dataset: datamap.Dataset, spool: Spool) -> tuple[dt.date | None, dt.date | None]:
    """Earliest and latest UK date of the spooled rows, which are in order."""
    if not dataset.order or spool.ends is None:
        return None, None
    at = next(index for index, column in enumerate(dataset.columns) if column.path == dataset.order)
    first, last = (_day(row[at]) for row in spool.ends)
    return first, last


def _day(value: Any) -> dt.date | None:
    if not value:
        return None
    if "T" in value:
        return deadlines.local_date(dt.datetime.fromisoformat(value))
    return dt.date.fromisoformat(value)


def document(
    package: Package, sources: Sequence[Source], spools: Mapping[str, Spool], plan: Plan | None = None
) -> Document:
    """Everything the four files are written from. `plan` is what was removed while the rows were collected."""
    register, subject, case = store.current(), package.subject, package.case
    done = [
        (source, portability.dataset(package, source.dataset))
        for source in sources
        if source.state == Source.State.DONE
    ]
    asked_for = _asked_for(case, plan) if case else ""
    searched, notes = _told(package, sources, plan)
    return Document(
        reference=case.reference if case else subject.reference,
        organisation=register.controller.name,
        made_for=subject.full_name,
        asked_for=asked_for,
        asked_on=case.received_on if case else None,
        made_at=timezone.now(),
        sheets=tuple(_sheet(source, dataset, spools[dataset.key]) for source, dataset in done),
        why=_why(register, subject, done, package.since, package.until),
        rights=_rights(register),
        words={code: meaning for _, dataset in done for code, meaning in dataset.words.items()},
        searched=searched,
        attachments=tuple(
            attachment for _, dataset in done for attachment in _files_of(package, dataset, spools)
        ),
        portable=case is not None and case.right == CaseRight.PORTABILITY,
        removed=plan.listed() if plan else (),
        notes=notes,
        contact=register.contact_sentence(),
        complain_to_us=register.complaints.to_us,
        complain_to_regulator=register.complaints.to_regulator,
        complain_to_court=register.complaints.to_court,
        portal_url=settings.SITE_URL,
        transfers=register.transfers_sentence(),
    )


def _told(
    package: Package, sources: Sequence[Source], plan: Plan | None
) -> tuple[tuple[Searched, ...], tuple[str, ...]]:
    """The searches and the notes. Colleagues' own words are in them, so what goes everywhere goes from here too."""
    searched, notes = _searched(package, sources), tuple(_notes(package, sources))
    if plan is None:
        return searched, notes
    searched = tuple(replace(each, found=plan.plain(each.found, "How we searched")) for each in searched)
    return searched, (*(plan.plain(note, "Start here") for note in notes), *plan.notes())


def _asked_for(case: Case, plan: Plan | None) -> str:
    """The request in the person's words, which stands on the first sheet and in the letter too."""
    if plan is None or not case.words:
        return case.words
    dataset = datamap.get("requests")
    words = next(column for column in redactions.columns_of(dataset) if column.key == "words")
    removals = plan.of(dataset.key, str(case.pk))
    if any(each.reach is Reach.HIDDEN for each in removals):
        return ""
    return str(Cleaner(plan, dataset.key, "Your request", [words]).value(words, case.words, removals))


def _sheet(source: Source, dataset: datamap.Dataset, spool: Spool) -> Sheet:
    return Sheet(
        key=dataset.key,
        title=dataset.title,
        what=dataset.what,
        columns=redactions.columns_of(dataset),
        count=source.rows,
        rows=spool.rows,
        first=source.first,
        last=source.last,
    )


def _why(
    register: Register,
    subject: Subject,
    done: Sequence[tuple[Source, datamap.Dataset]],
    since: dt.date | None,
    until: dt.date | None,
) -> tuple[Why, ...]:
    relation = relationship.of(subject)
    standing = Standing.CUSTOMER if relation.has_bought else Standing.ENQUIRER
    leaves, decided = register.transfers_sentence(), register.automated_decisions_sentence()
    outlive = _latest_kept(register, done, standing)
    return tuple(
        Why(
            title=dataset.title,
            purpose=register.purpose_sentence(dataset.category),
            legal_reason=register.legal_reason_sentence(dataset.category),
            source=register.source_sentence(dataset.category),
            shared_with=register.recipients_sentence(dataset.category),
            kept_for=register.kept_for_sentence(dataset.category),
            deleted_on=_deleted_on(register, subject, source, dataset, relation.ended_on, standing, outlive),
            leaves_uk=leaves,
            computer_decisions=decided,
        )
        for source, dataset in done
    )


def _latest_kept(
    register: Register, done: Sequence[tuple[Source, datamap.Dataset]], standing: Standing
) -> dict[str, dt.date]:
    """For each category with dated records: the day through which its newest record is kept."""
    latest: dict[str, dt.date] = {}
    for source, dataset in done:
        rule = register.retention_for(dataset.category, standing=standing)
        if source.last and dataset.trigger == dataset.order and rule.after is Trigger.RECORD_DATE:
            kept = schedule.keep_until(
                source.last, rule, accounting_year_end=register.controller.accounting_year_end
            )
            if kept:
                latest[dataset.category] = max(kept, latest.get(dataset.category, kept))
    return latest


def _deleted_on(
    register: Register,
    subject: Subject,
    source: Source,
    dataset: datamap.Dataset,
    ended: dt.date | None,
    standing: Standing,
    outlive: Mapping[str, dt.date],
) -> str:
    rule = register.retention_for(dataset.category, standing=standing)
    if rule.after in {Trigger.RELATIONSHIP_END, Trigger.LAST_CONTACT}:
        first = last = ended
    elif dataset.trigger == dataset.order:
        first, last = source.first, source.last
    else:
        first, last = _trigger_dates(subject, dataset)
    return schedule.deletion_sentence(
        first,
        last,
        rule,
        accounting_year_end=register.controller.accounting_year_end,
        count=source.rows,
        outlive=max((outlive[key] for key in rule.not_before if key in outlive), default=None),
        today=timezone.localdate(),
    )


def _trigger_dates(subject: Subject, dataset: datamap.Dataset) -> tuple[dt.date | None, dt.date | None]:
    """Earliest and latest date the period counts from; None for an end that some record has not reached."""
    if not dataset.trigger:
        return None, None
    found = (
        dataset.of(subject.pk)
        .order_by()
        .aggregate(
            first=Min(dataset.trigger),
            last=Max(dataset.trigger),
            dated=Count(dataset.trigger),
            rows=Count("pk"),
        )
    )
    days = [
        deadlines.local_date(end) if isinstance(end, dt.datetime) else end
        for end in (found["first"], found["last"])
    ]
    return days[0], days[1] if found["dated"] == found["rows"] else None


def _rights(register: Register) -> tuple[Right, ...]:
    return tuple(
        Right(right.name, right.line, f"{settings.SITE_URL}/#{right.key}") for right in register.rights
    )


def _searched(package: Package, sources: Sequence[Source]) -> tuple[Searched, ...]:
    looked_for = f"Everything linked to customer number {package.subject.source_key}{_range(package)}"
    collected = tuple(
        Searched(
            system=datamap.get(source.dataset).system,
            holds=datamap.get(source.dataset).title,
            looked_for=looked_for,
            when=source.searched_at or timezone.now(),
            found=_found(source),
        )
        for source in sources
        if source.dataset != found.DATASET or package.case is None
    )
    by_hand = (
        f"Anything about customer number {package.subject.source_key}{_range(package)}, searched by a person"
    )
    return (*collected, *found.searched(package.case, by_hand)) if package.case else collected


def _range(package: Package) -> str:
    if package.since and package.until:
        return f", from {schedule.long_date(package.since)} to {schedule.long_date(package.until)}"
    if package.since:
        return f", from {schedule.long_date(package.since)}"
    return f", to {schedule.long_date(package.until)}" if package.until else ""


def _found(source: Source) -> str:
    if source.state == Source.State.WAIVED:
        return f"Could not be searched: {source.waived_because}"
    if not source.rows:
        return "Nothing found"
    return "1 record" if source.rows == 1 else f"{source.rows:,} records"


def _notes(package: Package, sources: Sequence[Source]) -> Iterator[str]:
    for source in sources:
        if source.state == Source.State.WAIVED:
            yield f"“{datamap.get(source.dataset).title}” is not in this copy: {source.waived_because}"
    if package.case:
        yield from found.notes(package.case)
    if len(sources) < len(portability.datasets(package.case)):
        titles = ", ".join(datamap.get(source.dataset).title for source in sources)
        yield f"You asked for some kinds of data only: {titles}."
    if package.since or package.until:
        yield f"You asked for records of some dates only{_range(package).removeprefix(',')}."
    yield from portability.notes(package.case, [source.dataset for source in sources])


def _files_of(
    package: Package, dataset: datamap.Dataset, spools: Mapping[str, Spool]
) -> Iterator[Attachment]:
    """The files that belong to one kind of data."""
    if dataset.key == found.DATASET:
        yield from found.attachments(spools[dataset.key].rows(), package.subject_id)
    elif dataset.file:
        yield from _attachments(package, dataset, spools)


def _attachments(
    package: Package, dataset: datamap.Dataset, spools: Mapping[str, Spool]
) -> Iterator[Attachment]:
    """The files that the spooled rows name."""
    at, stored = _file_column(dataset), storage(dataset)
    places = {row[at] for row in spools[dataset.key].rows() if row[at]}
    records = dataset.of(package.subject_id).exclude(**{dataset.file: ""})
    for name in records.values_list(dataset.file, flat=True).iterator():
        place = _place(dataset, name)
        if place in places:
            places.remove(place)  # two records may name one file; it is there once
            yield Attachment(place, partial(stored.open, name, "rb"), stored.size(name), _media_type(name))


def _media_type(name: str) -> str:
    return {".wav": "audio/wav", ".mp3": "audio/mpeg", ".ogg": "audio/ogg"}.get(
        PurePosixPath(name).suffix.lower(), "application/octet-stream"
    )
