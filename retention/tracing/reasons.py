"""Why something is there: the kind of data, whose it is, and until when; or what the table is for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.apps import apps
from django.db import DataError, models
from django.utils import timezone

from portal.register import store
from portal.register.facts import Standing
from retention import planning
from retention.models import Fate
from retention.planning import Share
from retention.schedule import long_date
from subjects import datamap, relationship, traces
from subjects.datamap import Dataset
from subjects.models import Subject

PEOPLE = 5  # whose records are looked up, of one table
_OTHERS = {
    "django_session": "What is noted while a member of staff or a customer is signed in; it ends with the visit.",
    "django_admin_log": "Recent actions of the admin; they name references only.",
    "account_emailaddress": "Addresses of staff accounts.",
    "audit_entry": "The audit trail, which holds references and never what a person wrote. Tell the administrator.",
    "audit_act": "An act on its way into the audit trail.",
}


@cache
def _models() -> dict[str, type[models.Model]]:
    every = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: model for model in every if not model._meta.proxy}


def title_of(table: str) -> str:
    """A table in words: the kind of data that it holds, or the name of its model."""
    model = _models().get(table)
    if model is None:
        return f"Table {table}"
    titles = [dataset.title for dataset in datamap.datasets() if dataset.model_class is model]
    if titles:
        return ", ".join(titles)
    name = str(model._meta.verbose_name_plural)
    return name[:1].upper() + name[1:]


def of_rows(table: str, keys: Sequence[str]) -> list[str]:
    """Why these rows may hold something, in sentences for staff."""
    if table in _OTHERS:
        return [_OTHERS[table]]
    model = _models().get(table)
    if model is None:
        return ["This is no table of the portal. Ask whoever runs the database what it is for."]
    mapped = [dataset for dataset in datamap.datasets() if dataset.model_class is model]
    found = [sentence for dataset in mapped for sentence in _of_dataset(dataset, keys)]
    if found:
        return found
    label = model._meta.label
    found = [f"It goes with an erasure ({trace.what})." for trace in traces.traces() if label in trace.models]
    if not found and (reason := traces.without().get(label)):
        found = [f"Nothing of a customer is expected here: {reason}."]
    if not found and (reason := datamap.excused().get(label)):
        found = [f"Not a kind of data of its own: {reason}."]
    return found or ["No rule says why this is here. Tell the administrator of the portal."]


def _of_dataset(dataset: Dataset, keys: Sequence[str]) -> list[str]:
    try:
        rows = dataset.model_class._default_manager.filter(pk__in=list(keys), **dataset.only).order_by()
        owners = list(rows.values_list(dataset.subject_path, "pk"))
    except (DataError, ValueError):
        return []
    by_owner: dict[Any, int] = {}
    for owner, _ in owners:
        by_owner[owner] = by_owner.get(owner, 0) + 1
    people = Subject.objects.in_bulk([owner for owner in list(by_owner)[:PEOPLE] if owner])
    found = [_of_owner(dataset, people[pk], by_owner[pk]) for pk in by_owner if pk in people]
    if nobody := by_owner.get(None, 0):
        found.append(f"{dataset.title}, of nobody on file ({nobody:,}): {_rule(dataset, Standing.CUSTOMER)}")
    if len(by_owner) > PEOPLE:
        found.append(f"And of {len(by_owner) - PEOPLE:,} more people.")
    return found


def _of_owner(dataset: Dataset, subject: Subject, count: int) -> str:
    standing = Standing.CUSTOMER if relationship.of(subject).has_bought else Standing.ENQUIRER
    words = f"{dataset.title} of {subject.reference} ({count:,}): {_rule(dataset, standing)}"
    return " ".join(filter(None, (words, _until(dataset, subject), _locked(subject))))


def _locked(subject: Subject) -> str:
    if subject.locked_at is None:
        return ""
    return f"Erased on {long_date(timezone.localdate(subject.locked_at))}; what is left is kept for the law only."


def _until(dataset: Dataset, subject: Subject) -> str:
    """Until when the newest of this person's records stays, if the rules know the day."""
    shares = planning.shares(subject, as_of=timezone.localdate(), kinds=[dataset.key])
    days = [share.last_until for share in shares if share.fate is Fate.STAYS and _has_day(share)]
    return f"The newest stays through {long_date(max(day for day in days if day))}." if days else ""


def _has_day(share: Share) -> bool:
    return share.last_until is not None and share.last_until.year < 9999


def _rule(dataset: Dataset, standing: Standing) -> str:
    rule = store.current().retention_for(dataset.category, standing=standing)
    floor = f", and at least {rule.floor.period} after its accounting year" if rule.floor else ""
    return f"kept {rule.period} from {rule.after.value}{floor}."
