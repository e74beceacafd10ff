"""What happens to records when they end: deleted, or emptied of everything that points to their person.

Set by set: one statement for a batch of keys. Files are not deleted here but written down (`Scrap`) in the same
transaction, because a file cannot be rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.apps import apps
from django.contrib.postgres.functions import RandomUUID
from django.db import connection, models, transaction
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
    return rows.filter(_any_of(keys, plain))


def of_keys(dataset: Dataset, keys: Sequence[str]) -> QuerySet[Any]:
    """The records of a kind that have one of these keys."""
    return among(dataset.model_class._default_manager.all(), keys)


def between(rows: QuerySet[Any], keys: Sequence[str]) -> QuerySet[Any]:
    """The same, said by the first and the last of the keys and by those that are missing in between.

    For numbers of which nearly all are listed, as of records that are older than a day: the database looks at a stretch
    of the table instead of for each number. Anything else is a list. keys: in ascending order, each once, as a chunk
    has them; of others this may be the wrong rows.
    """
    if not keys or not isinstance(rows.model._meta.pk, models.AutoField):
        return among(rows, keys)
    missing = gaps(keys, most=len(keys) // 10)
    if missing is None:
        return among(rows, keys)
    stretch = rows.filter(pk__range=(int(keys[0]), int(keys[-1])))
    if missing:
        stretch = stretch.exclude(_any_of([str(each) for each in missing], models.BigIntegerField()))
    return stretch


def gaps(keys: Sequence[str], *, most: int) -> list[int] | None:
    """The numbers that are missing in an ascending row of numbers; None when they are more than `most`.

    Halves the row until a part has no gap, which its ends show: most numbers are never looked at.
    """
    found: list[int] = []
    parts = [(0, len(keys) - 1)]
    while parts:
        first, last = parts.pop()
        low, high = int(keys[first]), int(keys[last])
        if high - low == last - first:
            continue
        if high - low - (last - first) > most - len(found):
            return None
        if last - first == 1:
            found += range(low + 1, high)
        else:
            middle = (first + last) // 2
            parts += [(first, middle), (middle, last)]
    return found


def _any_of(keys: Sequence[str], kind: models.Field[Any, Any]) -> Func:
    return _AnyOf(F("pk"), listed(keys, kind))


class _AnyOf(Func):
    arg_joiner = " = ANY("
    template = "(%(expressions)s))"
    output_field = models.BooleanField()


def end(
    dataset: Dataset,
    action: Action,
    rows: QuerySet[Any],
    keys: Sequence[str],
    disposal: Disposal,
    *,
    ascending: bool = False,
    meanwhile: Callable[[], None] | None = None,
) -> list[str]:
    """Do it to those of these rows that have one of these keys; returns the keys of those that were there.

    In one statement of the caller's transaction. A row that does not fulfil the conditions of `rows` at the moment of
    the statement is left alone. Whatever else points at a row that is deleted stops it, so that nothing vanishes
    unseen. ascending: the keys are in the order of the table, each once, as a chunk has them; that is quicker.
    meanwhile: is called just before the database gets its work, not sooner, so that what it begins does not keep us
    from handing that over.
    """
    changes = None if action is Action.DELETE else emptied(dataset, action)
    some = between(rows, keys) if ascending else among(rows, keys)
    for field in rows.model._meta.concrete_fields:
        if isinstance(field, models.FileField) and (changes is None or field.name in changes):
            named = some.exclude(**{field.name: ""}).select_for_update(of=("self",))
            names = named.values_list(field.name, flat=True)
            write_down(disposal, f"{rows.model._meta.label}.{field.name}", [name for name in names if name])
    if action is not Action.REDUCE:
        relationship.remember(some)
    if _all_of(_statement(some, changes), len(keys), meanwhile):
        return list(keys)
    return _returning(_statement(among(rows, keys), changes))


def _statement(rows: QuerySet[Any], changes: dict[str, Any] | None) -> Any:
    """The query that deletes rows (no changes) or changes them."""
    query: Any = rows.order_by().query
    if changes is None:
        return query.chain(DeleteQuery)
    query = query.chain(UpdateQuery)
    query.add_update_values(changes)
    return query


def _all_of(query: Any, count: int, meanwhile: Callable[[], None] | None) -> bool:
    """Run a DELETE or an UPDATE that should touch so many rows, and take it back when it touches fewer or more.

    Most often all of a batch goes, and to be told each key again would take half as long as deleting them.
    """
    sql, params = query.get_compiler(connection=connection).as_sql()
    with transaction.atomic(), connection.cursor() as cursor:
        if meanwhile is not None:
            meanwhile()
        cursor.execute(sql, params)
        if cursor.rowcount != count:
            transaction.set_rollback(True)
        return bool(cursor.rowcount == count)


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
