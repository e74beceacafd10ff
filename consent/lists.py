"""Bringing in a list of what people chose, from another system or from paper: one event for each row.

It goes the way of every import (upload, check, apply, refused rows with what to do), with one difference: rows are
added to the ledger, so nothing is changed and nothing undone. A list never takes anybody off the do-not-contact list
and never overtakes a no: such a row is refused and says since when they are on it.

Columns: `customer_number` or `address` (an email address, or a telephone number for phone and text), `purpose`
(key or title in the register), `channel`, `choice` (given, withdrawn, objected; yes, no), `happened_at`, `words`,
`evidence`. The same row again, in this file or another, adds nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone

from consent import contacting, ledger, suppression, wordings
from consent.ledger import Said
from consent.models import Act, Channel, ConsentEvent, ConsentFlag, How, Suppression
from portal.register import store
from portal.templatetags.house import short_day
from subjects.identifiers import NUMBER, normalise
from subjects.importing import Appended, register, values
from subjects.importing.parsing import FileRow
from subjects.importing.problems import Bad
from subjects.models import ImportBatch, Subject

EVIDENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 :._/#-]{0,59}")
OLDEST = dt.timedelta(days=30 * 365)
_CHOICES = [
    *((act.value, act.label) for act in Act),
    *((Act.GIVEN.value, word) for word in ("yes", "opted in", "opt-in", "true", "1")),
    *((Act.WITHDRAWN.value, word) for word in ("no", "opted out", "opt-out", "false", "0", "unsubscribed")),
]
_CHANNELS = [*Channel.choices, ("email", "mail"), ("phone", "telephone"), ("text", "sms"), ("post", "letter")]


def _choice(raw: Any) -> str:
    try:
        return values.choice(raw, _CHOICES)
    except Bad:
        raise Bad("Write given (or yes), withdrawn (or no), or objected.") from None


def _channel(raw: Any) -> str:
    try:
        return values.choice(raw, _CHANNELS)
    except Bad:
        raise Bad(f"Write one of: {', '.join(Channel.values)}.") from None


def _purpose(raw: Any) -> str:
    known = [(each.key, each.name) for each in store.current().functions]
    return values.choice(raw, known)


def _moment(raw: Any) -> dt.datetime:
    found = values.moment(raw)
    if found > timezone.now():
        raise Bad("This is in the future. Write when they told you.")
    if found < timezone.now() - OLDEST:
        raise Bad("This is over 30 years ago. Check the year.")
    return found


def _evidence(raw: Any) -> str:
    value = values.text(raw, longest=60, lines=False)
    if not EVIDENCE.fullmatch(value):
        raise Bad("Write a reference, such as form 2026-03 or call 88123, and nothing about the person.")
    return value


_PARSERS: dict[str, Callable[[Any], Any]] = {
    "customer_number": lambda raw: values.key(raw, longest=80),
    "address": lambda raw: values.text(raw, longest=254, lines=False),
    "purpose": _purpose,
    "channel": _channel,
    "choice": _choice,
    "happened_at": _moment,
    "words": lambda raw: values.text(raw, longest=wordings.LONGEST, lines=True),
    "evidence": _evidence,
}
_NEEDED = ("purpose", "channel", "choice", "happened_at")


def judge(rows: Sequence[tuple[FileRow, Mapping[str, Any]]]) -> None:
    """Say what each row would come to. A number of queries that does not grow with the rows."""
    for row, cells in rows:
        row.made = _read(row, cells)
    good = [row for row, _ in rows if not row.problems]
    _find_customers(good)
    good = [row for row in good if not row.problems]
    made = [(row, _said(row.made)) for row in good]
    _refuse_stopped(made)
    keys = [said.key for row, said in made if not row.problems]
    stands = set(ConsentEvent.objects.filter(key__in=keys).values_list("key", flat=True))
    for row, said in made:
        if not row.problems:
            row.outcome = "same" if said.key in stands else "new"
            row.made = said
            stands.add(said.key)


def _read(row: FileRow, cells: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column, parse in _PARSERS.items():
        cell = cells.get(column)
        if values.is_empty(cell):
            if column in _NEEDED:
                row.refuse(column, None, f"Write the {COLUMNS[column].lower()}.")
            continue
        try:
            found[column] = parse(cell)
        except Bad as problem:
            row.refuse(column, cell, str(problem))
    if not row.problems:
        _check_who(row, found)
    return found


def _check_who(row: FileRow, found: dict[str, Any]) -> None:
    if found.get("customer_number"):
        found.pop("address", None)  # of somebody we know the number says it better
    elif not found.get("address"):
        row.refuse(
            "customer_number", None, "Write the customer number, or an email address or telephone number."
        )
    elif found["channel"] not in contacting.KEY:
        row.refuse("address", found["address"], "For this channel write the customer number.")
    elif not _usable(found["address"], found["channel"]):
        row.refuse(
            "address",
            found["address"],
            "Write an email address for email, a telephone number for phone and text.",
        )


def _usable(address: str, channel: str) -> bool:
    if channel == Channel.EMAIL:
        try:
            return bool(values.email(address))
        except Bad:
            return False
    return len(suppression.normal(address, channel)) >= 6


def _find_customers(rows: Sequence[FileRow]) -> None:
    """Put the person in place of their number."""
    wanted = {normalise(NUMBER, row.made["customer_number"]) for row in rows if "customer_number" in row.made}
    people: dict[str, list[Subject]] = defaultdict(list)
    if wanted:
        rows_of = Subject.objects.filter(identifiers__kind=NUMBER, identifiers__value__in=wanted)
        for subject, form in ((each, normalise(NUMBER, each.source_key)) for each in rows_of.distinct()):
            people[form].append(subject)
    for row in rows:
        if number := row.made.pop("customer_number", ""):
            found = people.get(normalise(NUMBER, number), [])
            if len(found) != 1:
                row.refuse("customer_number", number, "No customer has this number. Import customers first.")
            else:
                row.made["subject"] = found[0]


def _said(made: dict[str, Any]) -> Said:
    subject: Subject | None = made.get("subject")
    address = "" if subject else normalise(contacting.KEY[Channel(made["channel"])], made["address"])
    content = [str(subject.pk) if subject else address]
    content += [made["purpose"], made["channel"], made["choice"], made["happened_at"].isoformat()]
    content += [made.get("words", ""), made.get("evidence", "")]
    mark = hashlib.sha256("\x1f".join(content).encode()).hexdigest()[:40]
    return Said(
        purpose=made["purpose"],
        channel=made["channel"],
        act=made["choice"],
        how=How.IMPORT,
        happened_at=made["happened_at"],
        subject=subject,
        address=address,
        wording=made.get("words"),
        evidence=f"list:{made['evidence']}" if made.get("evidence") else "",
        key=f"import:{mark}",
    )


# --- nobody who said no comes back by a list ------------------------------------------------------------------


def _refuse_stopped(made: Sequence[tuple[FileRow, Said]]) -> None:
    marketing = {each.key for each in store.current().functions if each.is_marketing}
    yeses = [pair for pair in made if pair[1].act == Act.GIVEN and pair[1].purpose in marketing]
    listed = _listed([said for _, said in yeses])
    noes = _noes([said for _, said in yeses])
    for row, said in yeses:
        since = max((listed[code] for code in _codes(said) if code in listed), default=None)
        if since is not None:
            words = f"On the do-not-contact list since {short_day(since)}: stays off. Only their own yes changes that."
            row.refuse("choice", said.act, words)
        elif (no := noes.get(_who(said))) and said.happened_at > no:
            words = f"They said no on {short_day(no)}: stays off. Only their own yes changes that."
            row.refuse("choice", said.act, words)


def _codes(said: Said) -> list[tuple[str, str, str]]:
    at = contacting.reached_at(said.subject, said.channel) if said.subject else [said.address]
    return [
        (code, said.channel, purpose)
        for address in at
        for code in suppression.codes(address, said.channel)
        for purpose in (said.purpose, suppression.EVERYTHING)
    ]


def _listed(said: Sequence[Said]) -> dict[tuple[str, str, str], dt.datetime]:
    """Since when each code stands on the list. One query."""
    wanted = {code for each in said for code, _, _ in _codes(each)}
    rows = Suppression.objects.filter(digest__in=wanted, lifted_at=None)
    return {(row.digest, row.channel, row.purpose): row.created_at for row in rows}


def _who(said: Said) -> tuple[Any, str, str, str]:
    return (said.subject.pk if said.subject else None, said.address, said.purpose, said.channel)


def _noes(said: Sequence[Said]) -> dict[tuple[Any, str, str, str], dt.datetime]:
    """When those whose last word is a no said it. One query."""
    people = {each.subject.pk for each in said if each.subject}
    addresses = {each.address for each in said if each.address}
    whose = Q(subject__in=people) | Q(subject=None, address__in=addresses)
    flags = ConsentFlag.objects.filter(whose).exclude(act=Act.GIVEN)
    rows = flags.values_list("subject_id", "address", "purpose", "channel", "happened_at")
    return {(pk, address, purpose, channel): at for pk, address, purpose, channel, at in rows}


def write(batch: ImportBatch, rows: Sequence[FileRow]) -> None:
    """Append what is new."""
    new = [row.made for row in rows if row.outcome == "new"]
    if new:
        ledger.record_many(new, by=batch.acted_by or None, reference=f"import:{batch.pk}")


COLUMNS = {
    "customer_number": "Customer number",
    "address": "Email address or telephone number",
    "purpose": "Purpose",
    "channel": "Channel",
    "choice": "Choice",
    "happened_at": "When they chose",
    "words": "Words they were shown",
    "evidence": "Reference",
}
KIND = "marketing-choices"
register(
    Appended(
        key=KIND,
        title="Marketing choices",
        about="what people agreed to or said no to; nobody on the do-not-contact list comes off it",
        columns=COLUMNS,
        essential=frozenset(_NEEDED),
        judge=judge,
        write=write,
    )
)
