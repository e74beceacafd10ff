"""What happens to records when they end: deleted, or emptied of everything that points to their person.

Set by set: one statement for a batch of keys. Files are not deleted here but written down (`Scrap`) in the same
transaction, because a file cannot be rolled back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.contrib.postgres.functions import RandomUUID
from django.db import connection, models
from django.db.models import Value
from django.db.models.functions import Cast, Concat

from retention.models import Action, Disposal, Scrap
from subjects.datamap import Dataset


class CannotEmpty(TypeError):
    """A field cannot be emptied by its type; the data map has to say that it stays, or the model has to allow it."""


def emptied(dataset: Dataset, action: Action) -> dict[str, Any]:
    """Field -> what it becomes, for an action that leaves the row. Raises CannotEmpty."""
    ending = dataset.ending
    if action is Action.ANONYMISE:
        stays, detached = set(ending.figures), _own_link(dataset)
    else:
        stays, detached = set(ending.kept or ()), ()
    names = [column.path.split("__")[0] for column in dataset.columns]
    found = {}
    for name in dict.fromkeys([*names, *_more(dataset, action), *detached]):
        field = dataset.model_class._meta.get_field(name)
        if name not in stays and not getattr(field, "primary_key", False):
            found[name] = _empty(dataset, field)
    return found


def _more(dataset: Dataset, action: Action) -> tuple[str, ...]:
    """Where a record came from leads nowhere once it is anonymous; while it is kept it stays that record."""
    if action is Action.REDUCE:
        return tuple(name for name in dataset.ending.more if name != "source_key")
    return dataset.ending.more


def _own_link(dataset: Dataset) -> tuple[str, ...]:
    """The field by which a record points at its person."""
    names = {field.name for field in dataset.model_class._meta.concrete_fields}
    is_own = dataset.subject_path in names and dataset.subject_path != "pk"
    return (dataset.subject_path,) if is_own else ()


def _empty(dataset: Dataset, field: Any) -> Any:
    if getattr(field, "unique", False):
        return Concat(Value("x-"), Cast(RandomUUID(), models.TextField()))
    if field.null:
        return None
    if isinstance(field, models.CharField | models.TextField | models.FileField):
        return ""
    if isinstance(field, models.JSONField):
        return field.get_default()
    raise CannotEmpty(f"{dataset.key}: the field {field.name!r} can be neither empty nor null.")


def end(dataset: Dataset, action: Action, keys: Sequence[str], disposal: Disposal) -> int:
    """Do it to these records, in the caller's transaction; returns how many there were."""
    model = dataset.model_class
    pk = model._meta.pk
    assert pk is not None
    wanted = [pk.to_python(key) for key in keys]
    rows = model._default_manager.filter(pk__in=wanted)
    changes = None if action is Action.DELETE else emptied(dataset, action)
    for field in model._meta.concrete_fields:
        if isinstance(field, models.FileField) and (changes is None or field.name in changes):
            names = rows.exclude(**{field.name: ""}).values_list(field.name, flat=True)
            write_down(disposal, f"{model._meta.label}.{field.name}", [name for name in names if name])
    return _delete(model, wanted) if changes is None else rows.update(**changes)


def _delete(model: type[models.Model], keys: Sequence[Any]) -> int:
    """One statement; what else points at the rows stops it, so that nothing vanishes unseen."""
    quote = connection.ops.quote_name
    assert model._meta.pk is not None
    kind = "uuid" if isinstance(model._meta.pk, models.UUIDField) else "bigint"
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {quote(model._meta.db_table)} "  # noqa: S608 - our own names
            f"WHERE {quote(model._meta.pk.column)} = ANY(%s::{kind}[])",
            [[str(key) for key in keys]],
        )
        return int(cursor.rowcount)


def write_down(disposal: Disposal, field: str, names: Sequence[str]) -> None:
    """Files to delete once the transaction stands."""
    Scrap.objects.bulk_create([Scrap(disposal=disposal, field=field, name=name) for name in names])


def sweep_files(disposal: Disposal) -> int:
    """Delete the files that are written down; returns how many. One that other records name as well stays with them."""
    done = 0
    for scrap in disposal.scraps.order_by("pk"):
        label, _, name = scrap.field.rpartition(".")
        model = apps.get_model(label)
        field: Any = model._meta.get_field(name)
        if not model._default_manager.filter(**{name: scrap.name}).exists():
            field.storage.delete(scrap.name)
        scrap.delete()
        done += 1
    return done
