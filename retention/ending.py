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
from django.db.models import F, Func, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.db.models.sql.subqueries import DeleteQuery, UpdateQuery

from retention.keys import listed
from retention.models import Action, Disposal, Scrap
from subjects import relationship
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


def among(rows: QuerySet[Any], keys: Sequence[str]) -> QuerySet[Any]:
    """Those of the rows that have one of these keys: one comparison with a list, however many keys there are."""
    pk = rows.model._meta.pk
    assert pk is not None
    plain = models.UUIDField() if isinstance(pk, models.UUIDField) else models.BigIntegerField()
    return rows.filter(_AnyOf(F("pk"), listed(keys, plain)))


def of_keys(dataset: Dataset, keys: Sequence[str]) -> QuerySet[Any]:
    """The records of a kind that have one of these keys."""
    return among(dataset.model_class._default_manager.all(), keys)


class _AnyOf(Func):
    arg_joiner = " = ANY("
    template = "(%(expressions)s))"
    output_field = models.BooleanField()


def end(dataset: Dataset, action: Action, rows: QuerySet[Any], disposal: Disposal) -> list[str]:
    """Do it to these rows, in one statement of the caller's transaction; returns the keys of those that were there.

    A row that does not fulfil the conditions of `rows` at the moment of the statement is left alone. Whatever else
    points at a row that is deleted stops it, so that nothing vanishes unseen.
    """
    changes = None if action is Action.DELETE else emptied(dataset, action)
    for field in rows.model._meta.concrete_fields:
        if isinstance(field, models.FileField) and (changes is None or field.name in changes):
            named = rows.exclude(**{field.name: ""}).select_for_update(of=("self",))
            names = named.values_list(field.name, flat=True)
            write_down(disposal, f"{rows.model._meta.label}.{field.name}", [name for name in names if name])
    if action is not Action.REDUCE:
        relationship.remember(rows)
    query: Any = rows.order_by().query
    if changes is None:
        query = query.chain(DeleteQuery)
    else:
        query = query.chain(UpdateQuery)
        query.add_update_values(changes)
    return _returning(query)


def _returning(query: Any) -> list[str]:
    """Run a DELETE or an UPDATE; the keys of the rows it touched, as text."""
    sql, params = query.get_compiler(connection=connection).as_sql()
    pk = query.model._meta.pk
    column = connection.ops.quote_name(pk.column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH ended AS ({sql} RETURNING {column}) SELECT string_agg({column}::text, ',') FROM ended",  # noqa: S608
            params,
        )
        (keys,) = cursor.fetchone()
    return keys.split(",") if keys else []


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
