"""Finding and naming one record of a person through the data map. Reads only."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from subjects.datamap import Column, Dataset, Kind
from subjects.models import Subject


def row_of(dataset: Dataset, subject: Subject, record: str) -> Any | None:
    """The record with this key, if it is one of this person's. Anything else, made up or somebody else's, is None."""
    try:
        return dataset.of(subject.pk).filter(pk=record).first()
    except (ValueError, ValidationError, OverflowError):
        return None


def value_of(row: Any, path: str) -> Any:
    """The value of a column, through relations if the path says so."""
    for part in path.split("__"):
        row = getattr(row, part, None)
    return row


def text_of(column: Column, value: Any) -> str:
    """A value as words, for a history that people read."""
    if value is None or value == "":
        return ""
    if isinstance(value, dt.datetime):
        local = timezone.localtime(value)
        return f"{local.day} {local:%B} {local.year}, {local:%H:%M}"
    if isinstance(value, dt.date):
        return f"{value.day} {value:%B} {value.year}"
    if column.kind is Kind.BOOLEAN:
        return "Yes" if value else "No"
    if column.kind is Kind.MONEY:
        amount = Decimal(value)
        return f"{'-' if amount < 0 else ''}£{abs(amount):,.2f}"
    return str(value)


def words_of(column: Column, text: str) -> str:
    """A value that was checked for this column ("2026-03-27"), as words."""
    try:
        if column.kind is Kind.DATE:
            return text_of(column, dt.date.fromisoformat(text))
        if column.kind is Kind.MOMENT:
            return text_of(column, dt.datetime.fromisoformat(text))
        if column.kind is Kind.MONEY:
            return text_of(column, Decimal(text))
    except (ValueError, ArithmeticError):  # what was typed before the kind of the column changed
        return text
    return text


def name_of(dataset: Dataset, row: Any, column: str = "") -> str:
    """ "Mobile", "Address (billing): Postcode", "Support calls, 3 May 2026: Our note": never a value that is secret."""
    label = dataset.column(column).label if column else ""
    if dataset.item:
        use = next((value_of(row, c.path) for c in dataset.columns if not c.correctable), "")
        whole = f"{dataset.item} ({use})" if use else dataset.item
    elif dataset.order:
        whole = (
            f"{dataset.title}, {text_of(dataset.column(dataset.order), _day(value_of(row, dataset.order)))}"
        )
    elif label:
        return label
    else:
        whole = dataset.title
    return f"{whole}: {label}" if label and label != dataset.item else whole


def _day(value: Any) -> Any:
    return timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
