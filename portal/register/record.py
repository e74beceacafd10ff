"""The record of processing (UK GDPR Article 30) as rows: one for each function and kind of data it uses.

Pure. The screen and the CSV file are two views of these rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from .facts import Category, Function, Standing
from .model import Register, listed

HEADINGS = (
    "Business function",
    "Why",
    "Lawful basis",
    "Article",
    "Legitimate interest",
    "Kind of data",
    "What it is",
    "Whose data",
    "Where it comes from",
    "Searched by hand in",
    "Recipients",
    "Kept for",
    "Then",
    "Reason for the period",
    "Outside the United Kingdom",
    "Security measures",
    "Controller",
    "Registration number",
    "Contact",
)


def rows(register: Register) -> Iterator[tuple[str, ...]]:
    """Rows under HEADINGS, in the order of the register."""
    for function in register.functions:
        for key in function.categories:
            yield _row(register, function, register.category(key))


def recipients_of(register: Register, function: Function, category: Category) -> tuple[str, ...]:
    """Who may be given this kind of data for this function, and those whom the law lets ask for any."""
    return tuple(
        each.name
        for each in register.recipients_for(category.key)
        if each.by_law or each.key in function.recipients
    )


def searched_by_hand(register: Register, category: Category) -> tuple[str, ...]:
    """Places beyond the reach of the portal where this kind of data may lie too; a person searches them."""
    return tuple(each.name for each in register.systems if category.key in each.categories)


def kept_for(register: Register, category: Category) -> tuple[tuple[str, str, str], ...]:
    """For each retention rule of a kind of data: how long from when, what happens then, why."""
    lines = []
    for rule in register.retention_rules_for(category.key):
        whom = "" if rule.applies_to is Standing.EVERYONE else f"{rule.applies_to.value.capitalize()}: "
        floor = f"; at least {rule.floor}" if rule.floor else ""
        others = [register.category(key).name for key in rule.not_before]
        wait = f"; not before the last of: {listed(others)}" if others else ""
        lines.append(
            (f"{whom}{rule.period} after {rule.after.value}{floor}{wait}", rule.action.value, rule.because)
        )
    return tuple(lines)


def _row(register: Register, function: Function, category: Category) -> tuple[str, ...]:
    kept, then, because = (
        ". ".join(dict.fromkeys(each)) for each in zip(*kept_for(register, category), strict=True)
    )
    return (
        function.name,
        function.why,
        function.basis.label,
        function.basis.article,
        function.interest,
        category.name,
        category.what,
        listed(category.people),
        category.source,
        "; ".join(searched_by_hand(register, category)),
        "; ".join(recipients_of(register, function, category)),
        kept,
        then,
        because,
        register.transfers_sentence(),
        " ".join(register.security.measures),
        register.controller.name,
        register.controller.registration_number,
        register.contact_sentence(),
    )
