"""The traces of this floor: what an import keeps for undoing it, and the keys people are found by."""

from __future__ import annotations

from django.db import connection

from subjects import datamap
from subjects.importing.gone import remember
from subjects.models import Account, ImportChange, Subject
from subjects.models.changes import AddressChange
from subjects.traces import Erased, Scrap, Trace, nothing_in, register


def _imports(erased: Erased, scrap: Scrap) -> int:
    """The values that imports replaced in the person's rows: undoing an import must not bring anybody back."""
    gone = 0
    for model in {dataset.model_class for dataset in datamap.datasets()}:
        if not any(field.name == "source_key" for field in model._meta.concrete_fields):
            continue
        subject = "id" if model._meta.label == "subjects.Subject" else "subject_id"
        table = connection.ops.quote_name(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM subjects_importchange WHERE model = %s AND key IN "  # noqa: S608 - our own names
                f"(SELECT source_key FROM {table} WHERE {subject} = %s)",
                [model._meta.label, str(erased.subject.pk)],
            )
            gone += cursor.rowcount
    if erased.subject.account_id:
        others = erased.subject.account.subjects.exclude(pk=erased.subject.pk).filter(locked_at=None)
        numbers = Account.objects.filter(pk=erased.subject.account_id).values("number")
        if not others.exists():
            gone += ImportChange.objects.filter(model=Account._meta.label, key__in=numbers).delete()[0]
    return gone


def _come_back(erased: Erased, scrap: Scrap) -> int:
    """No trace but the opposite: from now on an old file does not bring them back. Again, it changes nothing."""
    subject = erased.subject
    if not subject.source_key.startswith("x-"):
        remember(Subject._meta.label, [subject.source_key])
    if (
        subject.account
        and not subject.account.subjects.exclude(pk=subject.pk).filter(locked_at=None).exists()
    ):
        remember(Account._meta.label, [subject.account.number])
    return 0  # nothing was cleared


def _addresses(erased: Erased, scrap: Scrap) -> int:
    return AddressChange.objects.filter(subject=erased.subject).delete()[0]


register(
    Trace("address-changes", "new e-mail addresses on their way in", ("subjects.AddressChange",), _addresses)
)
register(
    Trace(
        "imports",
        "old values kept for undoing an import",
        ("subjects.ImportChange",),
        _imports,
    )
)
register(
    Trace("come-back", "keys by which an old file would bring them back", ("subjects.Gone",), _come_back)
)
nothing_in("subjects.Identifier", "made from the contact details and made anew when these are emptied")
nothing_in("subjects.ImportMapping", "names of columns")
nothing_in("subjects.Controller", "companies, and where they take requests")
