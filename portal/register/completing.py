"""A version made before an upgrade, completed with what the new release's file has and it lacks.

Pure. What the version says stays as it is; only entries that it does not have at all, and lines that the new release
cannot do without, are taken from the file. So a new kind of data has its words and its period from the first day, and
no period of the company changes by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

Document = dict[str, Any]


def handle(table: Mapping[str, Any]) -> str:
    """What tells an entry of a list from the others: its key, or what and whom it is about.

    Of a recipient that is told it is a code of the name, which somebody typed: it stands in addresses and in the trail.
    """
    if "recipient" in table:
        name = str(table["recipient"]).strip().casefold()
        return hashlib.sha256(name.encode()).hexdigest()[:12]
    for name in ("key", "where"):
        if name in table:
            return str(table[name])
    return f"{table.get('category')} {table.get('applies_to', 'everyone')}"


def completed(
    document: Mapping[str, Any], shipped: Mapping[str, Any], required: Mapping[str, Collection[str]]
) -> tuple[Document, list[str]]:
    """The document with what is missing, and the places where something was added ("category deliveries").

    required: for each table the lines that it cannot do without. Retention rules come with their kind of data only:
    those of a kind that the document has are complete. Who is told by itself is not completed: whoever is not named is
    told by a person, and to leave somebody out is a decision too.
    """
    whole: Document = {name: _copied(table) for name, table in document.items()}
    added: list[str] = []
    kinds = {str(each.get("key")) for each in document.get("category", [])}
    for name, table in shipped.items():
        if name == "notify":
            continue
        needed = required.get(name, ())
        if isinstance(table, Mapping):
            added += _lines(name, whole.setdefault(name, {}), table, needed)
            continue
        mine = {handle(each): each for each in whole.setdefault(name, [])}
        for each in table:
            if handle(each) in mine:
                added += _lines(f"{name} {handle(each)}", mine[handle(each)], each, needed)
            elif not (name == "retention" and each["category"] in kinds):
                whole[name].append(dict(each))
                added.append(f"{name} {handle(each)}")
    return whole, added


def _lines(place: str, mine: Document, shipped: Mapping[str, Any], needed: Collection[str]) -> list[str]:
    missing = [key for key in shipped if key in needed and key not in mine]
    mine.update({key: shipped[key] for key in missing})
    return [f"{place} {key}" for key in missing]


def _copied(table: Any) -> Any:
    return dict(table) if isinstance(table, Mapping) else [dict(each) for each in table]
