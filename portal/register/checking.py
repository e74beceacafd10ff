"""Whether the facts of a register agree: every name known, every kind of data explained and dated.

Pure. Called by `model.load` once the tables themselves have been read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from .facts import (
    Category,
    Cookie,
    Function,
    Notify,
    Recipient,
    Retention,
    Right,
    ShortLived,
    Standing,
    System,
    Way,
    WhenAsked,
)
from .reading import Reader, did_you_mean

# Entries the portal itself refers to; a register without them would make a page untrue or leave it empty.
ALWAYS = {
    "right": (
        "informed",
        "access",
        "rectification",
        "erasure",
        "restriction",
        "portability",
        "objection",
        "automated-decisions",
    ),
    "cookie": ("session", "csrf"),
    "short_lived": ("package", "identity-evidence", "backups"),
}


def check(
    reader: Reader,
    *,
    categories: tuple[Category, ...],
    functions: tuple[Function, ...],
    recipients: tuple[Recipient, ...],
    retention: tuple[Retention, ...],
    rights: tuple[Right, ...],
    cookies: tuple[Cookie, ...],
    short_lived: tuple[ShortLived, ...],
    systems: tuple[System, ...],
    notify: tuple[Notify, ...],
) -> None:
    """Note every disagreement in `reader.problems`."""
    keyed: dict[str, Sequence[Category | Function | Recipient | Right | Cookie | ShortLived | System]] = {
        "category": categories,
        "function": functions,
        "recipient": recipients,
        "right": rights,
        "cookie": cookies,
        "short_lived": short_lived,
        "system": systems,
    }
    for table, entries in keyed.items():
        _once(reader, table, [each.key for each in entries])
        _always(reader, table)
    _functions(reader, functions)
    _recipients(reader, recipients)
    _retention(reader, retention)
    _systems(reader, systems)
    _notify(reader, notify)
    # What follows looks for something missing, which only a list without faulty entries can tell.
    if "function" not in reader.partial:
        _purposes(reader, categories, functions)
        _sharing(reader, recipients, functions)
    if "retention" not in reader.partial:
        _periods(reader, categories, retention)


def _always(reader: Reader, table: str) -> None:
    for key in ALWAYS.get(table, ()):
        if reader.declared[table] and key not in reader.declared[table]:
            reader.fault(
                f"[[{table}]] {key}", "The portal needs this entry.", f'Add a [[{table}]] with key = "{key}".'
            )


def _once(reader: Reader, table: str, keys: Sequence[str]) -> None:
    for key, times in Counter(keys).items():
        if times > 1:
            what = f"This key stands there {times} times."
            reader.fault(f"[[{table}]] {key}", what, "Give each its own key, or merge them.")


def _known(reader: Reader, place: str, used: Iterable[str], table: str) -> None:
    known = reader.declared[table]
    for key in used:
        if key not in known:
            reader.fault(place, f'There is no {table} "{key}".', did_you_mean(key, known))


def _functions(reader: Reader, functions: tuple[Function, ...]) -> None:
    for each in functions:
        place = f"[[function]] {each.key}"
        _known(reader, f"{place}.categories", each.categories, "category")
        _known(reader, f"{place}.recipients", each.recipients, "recipient")
        if not each.categories:
            reader.fault(f"{place}.categories", "It uses no kind of data.", "Name at least one category.")
        if each.basis.needs_interest and not each.interest:
            reader.fault(
                f"{place}.interest",
                "It rests on a legitimate interest that is not stated (Article 13(1)(d)).",
                'Add a line: interest = "that you need to know when a service you use changes"',
            )


def _purposes(reader: Reader, categories: tuple[Category, ...], functions: tuple[Function, ...]) -> None:
    used = {key for each in functions for key in each.categories}
    for each in categories:
        if each.key not in used:
            reader.fault(
                f"[[category]] {each.key}",
                "No business function uses this kind of data, so there is no reason to hold it.",
                f'Add "{each.key}" to the categories of a [[function]], or take the category out.',
            )


def _recipients(reader: Reader, recipients: tuple[Recipient, ...]) -> None:
    for each in recipients:
        place = f"[[recipient]] {each.key}.receives"
        _known(reader, place, each.receives, "category")
        if not each.receives and not each.by_law:
            reader.fault(
                place,
                "It does not say which kinds of data they get.",
                'Add a line: receives = ["contact-details"], or by_law = true if only law makes you share.',
            )


def _sharing(reader: Reader, recipients: tuple[Recipient, ...], functions: tuple[Function, ...]) -> None:
    """Each recipient is named by a function, and gets only kinds of data that such a function uses."""
    for each in recipients:
        naming = [function for function in functions if each.key in function.recipients]
        if each.by_law:
            continue
        if not naming:
            reader.fault(
                f"[[recipient]] {each.key}",
                "No business function shares data with them.",
                f'Add "{each.key}" to the recipients of a [[function]], or take the recipient out.',
            )
            continue
        used = {key for function in naming for key in function.categories}
        for key in each.receives:
            if key in reader.declared["category"] and key not in used:
                reader.fault(
                    f"[[recipient]] {each.key}.receives",
                    f'They get "{key}", but no function that shares with them uses it.',
                    f'Take "{key}" out here, or add it to the categories of {naming[0].key}.',
                )


_SECRET = re.compile(r"[A-Z][A-Z0-9_]{1,40}")
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")


def _notify(reader: Reader, notify: tuple[Notify, ...]) -> None:
    """Each recipient once, with an address that fits its way, and the name of a secret where the message is signed."""
    _once(reader, "notify", [each.recipient.strip().casefold() for each in notify])
    for each in notify:
        place = f"[[notify]] {each.recipient}"
        if each.way is Way.EMAIL and not _ADDRESS.fullmatch(each.address):
            reader.fault(f"{place}.address", "It is no e-mail address.", "Write it like privacy@example.com.")
        if each.way is Way.WEBHOOK:
            parts = urlsplit(each.address)
            if (
                parts.scheme not in {"https", "http"}
                or not parts.hostname
                or parts.username
                or parts.fragment
            ):
                reader.fault(
                    f"{place}.address",
                    "It is no web address, or it holds a user name or a fragment.",
                    "Write it like https://example.com/privacy.",
                )
            if not _SECRET.fullmatch(each.secret):
                reader.fault(
                    f"{place}.secret",
                    "A webhook is signed, so it needs the name of a secret: capitals, digits and underscores.",
                    'Write secret = "NAME" and set NOTIFY_SECRET_NAME to at least 32 random characters.',
                )


LONGEST_SEARCH = 21  # days: the answer to the person is due a month after the request, and has to be written


def _systems(reader: Reader, systems: tuple[System, ...]) -> None:
    """A search ends well inside the month, and is about rights and kinds of data that there are."""
    for each in systems:
        place = f"[[system]] {each.key}"
        _known(reader, f"{place}.categories", each.categories, "category")
        _known(reader, f"{place}.rights", each.rights, "right")
        if not each.categories:
            reader.fault(
                f"{place}.categories",
                "It holds no kind of data.",
                "Name at least one category, or take it out.",
            )
        if not each.rights:
            reader.fault(f"{place}.rights", "It is searched for no right.", 'Write rights = ["access"].')
        if each.days > LONGEST_SEARCH:
            reader.fault(
                f"{place}.days",
                f"{each.days} days leave too little of the month that the law gives for the whole answer.",
                f"Give at most {LONGEST_SEARCH}.",
            )


def _retention(reader: Reader, retention: tuple[Retention, ...]) -> None:
    for rule in retention:
        place = f"[[retention]] {rule.category}"
        if rule.when_asked is WhenAsked.FOLLOWS and not rule.not_before:
            reader.fault(
                f"{place}.when_asked",
                "It follows other kinds of data and names none.",
                'Add a line: not_before = ["payment-history"], or write when_asked = "stays".',
            )
        _known(reader, f"{place}.category", [rule.category], "category")
        _known(reader, f"{place}.not_before", rule.not_before, "category")
        if rule.category in rule.not_before:
            reader.fault(
                f"{place}.not_before", "It waits for itself.", f'Take "{rule.category}" out of the list.'
            )


def _periods(reader: Reader, categories: tuple[Category, ...], retention: tuple[Retention, ...]) -> None:
    """Every kind of data has exactly one period for everyone, or one for customers and one for enquirers."""
    for each in categories:
        place = f"[[retention]] {each.key}"
        standings = Counter(rule.applies_to for rule in retention if rule.category == each.key)
        if not standings:
            reader.fault(
                f"[[category]] {each.key}",
                "It has no retention period.",
                f'Add a [[retention]] with category = "{each.key}", period, after, action and because.',
            )
        elif max(standings.values()) > 1:
            reader.fault(place, "Two rules are for the same people.", "Keep one, or set applies_to on each.")
        elif set(standings) not in ({Standing.EVERYONE}, {Standing.CUSTOMER, Standing.ENQUIRER}):
            reader.fault(
                place,
                "Its rules leave somebody out or overlap.",
                'Write one rule without applies_to, or one with "customer" and one with "enquirer".',
            )
