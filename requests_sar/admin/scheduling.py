"""The register as staff see it: the schedule in a table, what a draft changes in the notice, who made what."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from portal.accounts.models import User
from portal.register import notice, store
from portal.register.editing import Entry
from portal.register.facts import Action, Basis, Notify, Retention, Standing, Trigger, Way
from portal.register.model import Register, listed
from retention import effect
from subjects import datamap


@dataclass(frozen=True, slots=True)
class Row:
    """One rule of the schedule."""

    rule: Retention
    handle: str
    kind: str
    basis: str
    keep: str
    since: str
    then: str
    because: str
    due: int | None = None  # on the first rule of a kind, when it was counted
    held: int = 0


def rows(register: Register, counted: dict[str, tuple[int, int]] | None = None) -> list[Row]:
    """The schedule, in the order of the register. `counted`: by kind, due today and held."""
    found = []
    for category in register.categories:
        used = {each.basis for each in register.functions_for(category.key)}
        for number, rule in enumerate(register.retention_rules_for(category.key)):
            due, held = (counted or {}).get(category.key, (None, 0)) if not number else (None, 0)
            found.append(
                Row(
                    rule=rule,
                    handle=f"{rule.category} {rule.applies_to}",
                    kind=_kind(category.name, rule),
                    basis=", ".join(basis.label for basis in Basis if basis in used),
                    keep=str(rule.period),
                    since=_since(register, rule),
                    then=rule.action.words,
                    because=rule.because,
                    due=due,
                    held=held,
                )
            )
    return found


def _kind(name: str, rule: Retention) -> str:
    return f"{name}, of people who never bought" if rule.applies_to is Standing.ENQUIRER else name


def _since(register: Register, rule: Retention) -> str:
    parts = [f"After {rule.after.words}"]
    if rule.floor:
        parts.append(f"at least until {rule.floor.period} after the end of the accounting year")
    if rule.not_before:
        names = listed(f"“{register.category(key).name}”" for key in rule.not_before)
        parts.append(f"as long as anything under {names} is kept")
    return "; ".join(parts)


def counted(today: dt.date) -> dict[str, tuple[int, int]]:
    """What is due today by the register in use, by kind, and how many of these something holds."""
    found: dict[str, tuple[int, int]] = {}
    for dataset in datamap.datasets():
        due, held = effect.counts(dataset, as_of=today)
        before = found.get(dataset.category, (0, 0))
        found[dataset.category] = (before[0] + due, before[1] + held)
    return found


def notice_changes(request: HttpRequest, before: Register, after: Register) -> list[notice.Change]:
    """What differs in the public notice, sentence by sentence; not its own day and version."""
    old, new = (_sentences(request, register) for register in (before, after))
    hidden = ("Last changed on", "Version ", "This is the notice of")
    return [each for each in notice.changes(old, new) if not (each.before or each.after).startswith(hidden)]


def _sentences(request: HttpRequest, register: Register) -> list[notice.Line]:
    with store.using(register):
        page = render_to_string("portal/privacy.html", notice.context(register), request)
    return notice.lines(page)


def in_words(entry: Entry) -> str:
    """What an entry of a draft says, for the list of them; empty where its title says it."""
    values = entry.values
    if entry.table == "retention":
        after, then = Trigger(values["after"]), Action(values["action"])
        return f"{values['period']} after {after.words}. {then.words}"
    if entry.table == "notify":
        return f"{'By email' if values['way'] == Way.EMAIL else 'By a signed message'} to {values['address']}"
    return ""


def telling_changes(before: Register, after: Register) -> list[str]:
    """What differs in who is told by itself of a correction, an erasure or a pause; as sentences."""
    old, new = ({each.recipient.strip().casefold(): each for each in one.notify} for one in (before, after))
    found = []
    for key, each in new.items():
        if old.get(key) != each:
            found.append(f"{each.recipient} is told {_way(each)}{_instead(old.get(key))}.")
    found += [
        f"{each.recipient} is told by a person{_instead(each)}."
        for key, each in old.items()
        if key not in new
    ]
    return found


def _way(each: Notify | None) -> str:
    if each is None:
        return "by a person"
    return (
        f"by email to {each.address}" if each.way is Way.EMAIL else f"by a signed message to {each.address}"
    )


def _instead(each: Notify | None) -> str:
    return f", no longer {_way(each)}"


def total(effects: list[effect.Effect]) -> dict[str, Any]:
    """The effect of a draft in one sentence: how many more, or fewer, records would be due today."""
    uncounted = [f"“{each.dataset.title}”" for each in effects if not each.counted]
    more = sum(each.more for each in effects if each.more > 0)
    fewer = -sum(each.more for each in effects if each.more < 0)
    parts = [_count(more, "more")] if more else []
    parts += [_count(fewer, "fewer")] if fewer else []
    return {
        "sentence": f"{' and '.join(parts)} would be due today." if parts else "",
        "held": sum(each.held for each in effects),
        "uncounted": listed(uncounted) if uncounted else "",
    }


def _count(number: int, word: str) -> str:
    return f"{number:,} {word} record{'' if number == 1 else 's'}"


def who(actor: str) -> str:
    """The name behind "staff:3"."""
    kind, _, number = actor.partition(":")
    if kind != "staff" or not number.isdigit():
        return "The system"
    user = User.objects.filter(pk=number).first()
    return user.get_short_name() if user else "A former colleague"
