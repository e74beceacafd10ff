"""System checks of the data map: a field that nobody declared is a field that no export and no erasure would find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from portal.register import store
from subjects import datamap

OURS = ("subjects", "consent", "retention", "requests_sar", "accounts", "audit", "mail", "register")


@register()
def check_data_map(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every field of every model of ours is mapped or excused, and every dataset fits its model and the register."""
    return [*_unmapped(), *_misfits()]


def unmapped_fields() -> list[str]:
    """Fields that are neither mapped nor excused, as "app.Model.field"."""
    by_model: dict[str, list[datamap.Dataset]] = {}
    for dataset in datamap.datasets():
        by_model.setdefault(dataset.model_class._meta.label, []).append(dataset)
    missing = []
    for model in _our_models():
        label = model._meta.label
        if label in datamap.excused():
            continue
        known = set().union(*(_declared(dataset) for dataset in by_model.get(label, [])))
        missing += [
            f"{label}.{f.name}"
            for f in model._meta.concrete_fields
            if f.name not in known and not f.primary_key
        ]
    return missing


def _our_models() -> Iterator[type[models.Model]]:
    for label in OURS:
        yield from apps.get_app_config(label).get_models()


def _declared(dataset: datamap.Dataset) -> set[str]:
    paths = [c.path for c in dataset.columns] + [
        dataset.subject_path,
        dataset.order,
        dataset.trigger,
        dataset.file,
    ]
    return {path.split("__")[0] for path in paths if path} | set(dataset.excused)


def _unmapped() -> list[CheckMessage]:
    return [
        Error(
            f"{name} is neither in the data map nor excused.",
            hint="Add a Column to its Dataset in datasets.py, or name the field in `excused` with the reason.",
            id="subjects.E001",
        )
        for name in unmapped_fields()
    ]


def _misfits() -> list[CheckMessage]:
    errors: list[CheckMessage] = []
    categories = {category.key for category in store.shipped().categories}
    for dataset in datamap.datasets():
        if dataset.category not in categories:
            errors.append(
                Error(
                    f"The dataset {dataset.key!r} belongs to {dataset.category!r}, which the register lacks.",
                    hint="Add a [[category]] to the register or correct the dataset.",
                    id="subjects.E002",
                )
            )
        errors += [
            Error(
                f"The dataset {dataset.key!r} names {path!r}, which {dataset.model} lacks.",
                id="subjects.E003",
            )
            for path in _unknown_paths(dataset)
        ]
        labels = [column.label for column in dataset.columns]
        if len(labels) != len(set(labels)):
            errors.append(Error(f"Two columns of {dataset.key!r} have one label.", id="subjects.E004"))
        errors += [
            Error(
                f"{dataset.key}.{column.path} is called correctable, but it is evidence or no text of its own row.",
                hint="Take `correctable` away, or `corrected_by_note`.",
                id="subjects.E005",
            )
            for column in dataset.columns
            if column.correctable
            and (
                dataset.is_evidence(column.path)
                or "__" in column.path
                or column.kind is not datamap.Kind.TEXT
            )
        ]
    return errors


def _unknown_paths(dataset: datamap.Dataset) -> list[str]:
    paths = [c.path for c in dataset.columns] + [
        p for p in (dataset.order, dataset.trigger, dataset.file) if p
    ]
    return [path for path in paths if not _resolves(dataset.model_class, path)]


def _resolves(model: type[models.Model], path: str) -> bool:
    for part in path.split("__"):
        try:
            found = model._meta.get_field(part)
        except FieldDoesNotExist:
            return False
        if found.related_model:
            model = found.related_model
    return True
