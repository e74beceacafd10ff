"""The next version of the register: begun, changed, thrown away, activated. One draft at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from portal.mail import checks as webhooks
from portal.register import editing, store
from portal.register.completing import handle as handle_of
from portal.register.facts import Trigger
from portal.register.model import Register, RegisterError, document_of, parse
from portal.register.models import FILE, Draft, Version
from portal.register.reading import Problem
from portal.register.writing import dump
from subjects import datamap

REASON_LIMIT = 400
NAME = "draft"  # what problems call it
FIRST = "The register that this installation began with"


class Refused(Exception):
    """It cannot be done; the text is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A draft as the reader sees it: a register, or what has to be mended first."""

    document: dict[str, Any]
    register: Register | None
    problems: tuple[Problem, ...] = ()


def read(draft: Draft) -> Reading:
    """The draft through the same reader as the file."""
    document = parse(draft.text, name=NAME)
    try:
        register, _ = store.read(draft.text, name=NAME)
    except RegisterError as error:
        return Reading(document, None, error.problems)
    return Reading(document, register)


def try_out(document: Mapping[str, Any]) -> tuple[Register | None, tuple[Problem, ...]]:
    """The register of a document that is not saved, or what would have to be mended first."""
    try:
        return store.read(dump(document), name=NAME)[0], ()
    except RegisterError as error:
        return None, error.problems


def document_for(number: int) -> dict[str, Any]:
    """The tables of a version; of FILE those of the shipped file. Raises Refused for a number that there is not."""
    if number == FILE:
        return document_of(store.file())
    found = Version.objects.filter(number=number).first()
    if found is None:
        raise Refused("There is no such version.")
    return parse(found.text, name=f"version {number}")


def active_number() -> int:
    """The number of the active version; FILE while none was activated."""
    active = store.newest()
    return active.number if active else FILE


def begin(*, by: Any, made_from: int | None = None) -> Draft:
    """Begin a draft with the words of a version (FILE: of the shipped file; none: of the active one).

    A draft that is there already is given back when it began with the same. Raises Refused when it did not.
    """
    number = active_number() if made_from is None else made_from
    now = timezone.now()
    with transaction.atomic():
        draft, new = Draft.objects.get_or_create(
            only=True,
            defaults={
                "text": dump(document_for(number)),
                "made_from": number,
                "begun_at": now,
                "begun_by": trail.actor(by),
                "changed_at": now,
                "changed_by": trail.actor(by),
            },
        )
        if not new and made_from is not None and draft.made_from != number:
            raise Refused("There is a draft already. Activate it or throw it away first.")
        if new:
            trail.record(Verb.REGISTER_DRAFTED, by=by, target="register:draft", reason=f"from {number}")
    return draft


def _locked(seen: int) -> Draft:
    draft = Draft.objects.select_for_update().first()
    if draft is None:
        raise Refused("There is no draft any more. It was activated or thrown away.")
    if draft.changes != seen:
        raise Refused("Somebody has changed the draft meanwhile. Look at it as it is now, then go on.")
    return draft


def edit(*, table: str, handle: str, values: Mapping[str, Any], by: Any, seen: int) -> Draft:
    """Change lines of one entry of the draft. `values` as TOML has them; empty takes a line out.

    Raises Refused for a value that cannot stand there, for a trigger that the data map cannot count from, and for a
    draft that somebody else changed meanwhile (`seen`: its `changes` on the person's page). Whether the entries agree
    is told by `read`, and counts on activation.
    """
    with transaction.atomic():
        draft = _locked(seen)
        document = parse(draft.text, name=NAME)
        _check(document, table, handle, values)
        _write(draft, editing.changed(document, table, handle, values), f"{table} {handle}", by)
    return draft


def add(*, table: str, values: Mapping[str, Any], by: Any, seen: int) -> Draft:
    """Add an entry to a table that may have any number. Raises Refused as `edit` does, and for one that is there."""
    with transaction.atomic():
        draft = _locked(seen)
        document = parse(draft.text, name=NAME)
        _faultless(table, values)
        try:
            more = editing.added(document, table, values)
        except editing.NoEntry as error:
            raise Refused("Nothing can be added there.") from error
        new = handle_of(more[table][-1])
        if any(handle_of(each) == new for each in document.get(table, [])):
            raise Refused("There is such an entry already. Change that one.")
        _write(draft, more, f"{table} {new}", by)
    return draft


def remove(*, table: str, handle: str, by: Any, seen: int) -> Draft:
    """Take an entry out of such a table. Raises Refused as `edit` does."""
    with transaction.atomic():
        draft = _locked(seen)
        try:
            less = editing.removed(parse(draft.text, name=NAME), table, handle)
        except editing.NoEntry as error:
            raise Refused("There is nothing to take out there any more.") from error
        _write(draft, less, f"{table} {handle}", by)
    return draft


def _write(draft: Draft, document: Mapping[str, Any], what: str, by: Any) -> None:
    """Keep the document as the draft, unless it is the same. `what`: table and handle, for the trail."""
    text = dump(document)
    if text == draft.text:
        return
    draft.text, draft.changes = text, draft.changes + 1
    draft.changed_at, draft.changed_by = timezone.now(), trail.actor(by)
    draft.save()
    trail.record(Verb.REGISTER_EDITED, by=by, target="register:draft", reason=what[:120])


def _faultless(table: str, values: Mapping[str, Any]) -> None:
    try:
        faults = [editing.fault(table, name, value) for name, value in values.items()]
    except (editing.NoEntry, KeyError) as error:
        raise Refused("There is nothing to edit there.") from error
    if any(faults):
        raise Refused(" ".join(filter(None, faults)))


def _check(document: Mapping[str, Any], table: str, handle: str, values: Mapping[str, Any]) -> None:
    try:
        entry = editing.entry(document, table, handle)
    except editing.NoEntry as error:
        raise Refused("There is nothing to edit there.") from error
    _faultless(table, values)
    if table == "retention" and values.get("after"):
        allowed = triggers(str(entry.values["category"]), Trigger(entry.values["after"]))
        if values["after"] not in allowed:
            raise Refused(
                "We cannot tell for every record of this kind when that was. Choose one of those offered."
            )


def triggers(category: str, now: Trigger) -> list[Trigger]:
    """What a period for this kind of data can count from, the present one first: what every record of it can tell.

    The ends of contracts, consents and requests are dates of special records and are not exchanged for others.
    """
    if now not in {Trigger.RECORD_DATE, Trigger.RELATIONSHIP_END, Trigger.LAST_CONTACT}:
        return [now]
    kinds = [each for each in datamap.datasets() if each.category == category]
    can = [Trigger.RECORD_DATE] if kinds and all(each.trigger for each in kinds) else []
    return list(dict.fromkeys([now, *can, Trigger.RELATIONSHIP_END, Trigger.LAST_CONTACT]))


def discard(*, by: Any, seen: int) -> None:
    """Throw the draft away. Raises Refused when somebody changed it meanwhile."""
    with transaction.atomic():
        _locked(seen).delete()
        trail.record(Verb.REGISTER_DISCARDED, by=by, target="register:draft")


def obstacles(draft: Draft) -> list[str]:
    """What stands in the way of activating it, as sentences; empty when nothing does."""
    reading = read(draft)
    if reading.register is None:
        return [f"{each.key}: {each.what} {each.remedy}" for each in reading.problems]
    if dump(_dated(reading.document)) == dump(_dated(document_for(active_number()))):
        return ["Nothing differs from the version in use."]
    return webhooks.problems(reading.register)


def activate(*, by: Any, reason: str, seen: int) -> Version:
    """From now on the draft is the register: of pages, letters, exports and disposals. Older versions stay readable.

    The day of the change is set to today. With the first activation the shipped file becomes version 1. Raises Refused
    without a reason, for a draft that contradicts itself or changes nothing, and when somebody was faster.
    """
    if not reason.strip():
        raise Refused("Say why the register is changed. It stands beside the version.")
    with transaction.atomic():
        draft = _locked(seen)
        wrong = obstacles(draft)
        if wrong:
            raise Refused(" ".join(wrong))
        last = _first() if active_number() == FILE else active_number()
        made = _version(last + 1, dump(_dated(parse(draft.text, name=NAME))), reason, draft.made_from, by)
        draft.delete()
        trail.record(Verb.REGISTER_ACTIVATED, by=by, target=f"register:{made.number}", reason=made.name)
    transaction.on_commit(store.look_again)
    return made


def _first() -> int:
    """The shipped file as version 1, so that it stays readable whatever a later release ships."""
    text = store.file().read_bytes().decode("utf-8")
    return _version(1, text, FIRST, FILE, None).number


def _version(number: int, text: str, reason: str, made_from: int, by: Any) -> Version:
    register, _ = store.read(text, name=f"version {number}")
    return Version.objects.create(
        number=number,
        name=register.version,
        text=text,
        reason=" ".join(reason.split())[:REASON_LIMIT],
        made_from=made_from,
        shipped=store.shipped_digest(),
        activated_at=timezone.now(),
        activated_by=trail.actor(by),
    )


def _dated(document: dict[str, Any]) -> dict[str, Any]:
    """With the day of today as the day of the last change."""
    return {**document, "notice": {**document["notice"], "updated": timezone.localdate()}}


def upgraded() -> bool:
    """Whether the shipped file has changed since the active version was made: somebody should look at what is new."""
    active = store.newest()
    return active is not None and active.shipped != store.shipped_digest()
