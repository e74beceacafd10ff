"""Which column of a file fills which column of the form: guessed by words, changed by people, remembered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from django.utils import timezone
from rapidfuzz import fuzz

from subjects.importing.forms import AnyForm
from subjects.importing.problems import ImportProblem, quoted
from subjects.models import ImportMapping

_SURE_ENOUGH = 88  # of 100; below it a wrong guess is likelier than a right one
# What other systems call our columns.
_ALSO = {
    "source_key": "id|key|number|record id|row id|external id|reference|ref",
    "person": "id|number|customer id|customer no|customer ref|client id|client number|contact id|crm id",
    "customer": "customer number|customer id|customer no|customer ref|client id|client number|contact id",
    "full_name": "name|customer name|contact name|contact|full name|client name|display name",
    "first_name": "given name|forename|christian name|first",
    "last_name": "surname|family name|last",
    "email": "e-mail|mail|email address|primary email|contact email",
    "second_email": "other email|alternative email|email 2|secondary email",
    "phone": "telephone|tel|phone number|landline|telephone number|home phone|work phone",
    "mobile": "mobile phone|mobile number|cell|cell phone",
    "job_title": "position|role|job",
    "portal_login": "username|user name|login|user",
    "signed_up_on": "signup date|customer since|registered|created|start date|joined",
    "staff_note": "note|notes|comment|comments|remarks",
    "account_number": "account|account no|account id|account ref",
    "account_type": "customer type|account kind",
    "account_balance": "balance|outstanding",
    "address_lines": "address|street|address line 1|street address",
    "address_town": "town|city|post town",
    "address_postcode": "postcode|post code|zip|postal code",
    "address_country": "country",
    "lines": "address|street|address line 1|street address",
    "town": "city|post town",
    "postcode": "post code|zip|postal code",
    "number": "order number|invoice number|no|phone number|telephone number",
    "ordered_on": "order date|date|ordered",
    "issued_on": "invoice date|date|issued",
    "due_on": "due date|payment due|due",
    "paid_on": "payment date|date paid|paid|date",
    "delivered_on": "delivery date|delivered",
    "started_on": "start date|start|from",
    "ended_on": "end date|end|until",
    "started_at": "time of call|start time|date|date and time|start|when",
    "recorded_at": "recording time|date|date and time|when",
    "sent_at": "date|date and time|sent|when",
    "at": "date|date and time|time|timestamp|when",
    "duration_s": "duration|length|seconds|duration seconds",
    "sender": "from",
    "recipients": "to|recipient",
    "subject_line": "subject|title",
    "body": "text|message|content",
    "ip": "ip address|address",
    "total": "amount|total amount|gross",
    "net": "net amount|subtotal",
    "vat": "tax|vat amount",
    "amount": "payment amount|sum|value",
    "item": "product|description|article",
    "description": "item|details|what for",
    "quantity": "qty|count|how many",
    "issue": "problem|description|fault",
    "resolution": "solution|outcome|action taken",
    "agent": "staff|handled by|engineer|operator",
    "computer": "computer name|host|machine",
    "browser": "user agent|useragent",
    "price": "monthly price|price per month",
    "customer_number": "customer id|customer no|customer ref|client id|client number|contact id|crm id",
    "address": "email|e-mail|mail|phone|mobile|telephone|email address|phone number|email or phone",
    "purpose": "for|topic|list",
    "channel": "by|way|medium",
    "choice": "consent|opt in|answer|status|act",
    "happened_at": "when|date|date and time|timestamp|consent date|opt in date",
    "words": "wording|text|statement|words shown|consent text",
    "evidence": "source|reference|proof",
}


def words(name: str) -> str:
    """The words of a column name: "CustomerID", "customer_id" and "Customer ID" are one."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"[^\W_]+", spaced.casefold()))


def guess(form: AnyForm, columns: Sequence[str]) -> dict[str, str]:
    """The likeliest mapping, form column -> file column: as used for such a file before, or by the words."""
    return _remembered(form, columns) or _by_words(form, columns)


def _by_words(form: AnyForm, columns: Sequence[str]) -> dict[str, str]:
    candidates = []
    for place, (ours, label) in enumerate(form.columns.items()):
        for column in columns:
            score = _likeness(_sense(form, ours), label, words(column))
            if score >= _SURE_ENOUGH:
                candidates.append((-score, place, ours, column))
    mapping: dict[str, str] = {}
    taken: set[str] = set()
    for _, _, ours, column in sorted(candidates):
        if ours not in mapping and column not in taken:
            mapping[ours] = column
            taken.add(column)
    if "full_name" in mapping:
        mapping.pop("first_name", None)
        mapping.pop("last_name", None)
    return {ours: mapping[ours] for ours in form.columns if ours in mapping}


def _sense(form: AnyForm, ours: str) -> str:
    """In a file of people the row's own number is the person's."""
    return "person" if ours == "source_key" and "customer" not in form.columns else ours


def _likeness(ours: str, label: str, theirs: str) -> float:
    if theirs == words("source_key" if ours == "person" else ours):
        return 102
    if theirs == words(label):
        return 101
    others = [words(other) for other in _ALSO.get(ours, "").split("|") if other]
    if theirs in others:
        return 100
    return max((fuzz.ratio(theirs, other) for other in [words(ours), words(label), *others]), default=0)


def checked(form: AnyForm, mapping: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    """The mapping without empty choices. Raises ImportProblem when it cannot be used."""
    chosen = {ours: theirs for ours, theirs in mapping.items() if theirs}
    for ours, theirs in chosen.items():
        if ours not in form.columns:
            raise ImportProblem(
                f"There is no field {quoted(ours)}. The fields are: {', '.join(form.columns)}."
            )
        if theirs not in columns:
            raise ImportProblem(f"The file has no column {quoted(theirs)}. It has: {', '.join(columns)}.")
    for theirs in sorted(set(chosen.values())):
        fields = [form.columns[ours] for ours in chosen if chosen[ours] == theirs]
        if len(fields) > 1:
            raise ImportProblem(
                f"The column {quoted(theirs)} is chosen for {' and for '.join(fields)}. Choose it once only."
            )
    for ours in form.columns:
        if ours in form.essential and ours not in chosen:
            raise ImportProblem(f"Choose the column that holds: {form.columns[ours]}.")
    return chosen


def unfilled(form: AnyForm, mapping: Mapping[str, str]) -> list[str]:
    """Labels of the columns that new rows need and that the mapping does not fill."""
    filled = set(mapping)
    if filled & {"first_name", "last_name"}:
        filled.add("full_name")
    return [label for ours, label in form.columns.items() if ours in form.needed - filled]


def remember(form: AnyForm, columns: Sequence[str], mapping: Mapping[str, str]) -> None:
    """Offer this mapping next time a file with these columns comes."""
    ImportMapping.objects.update_or_create(
        kind=form.key,
        columns_digest=_digest(columns),
        defaults={"mapping": dict(mapping), "used_at": timezone.now()},
    )


def _remembered(form: AnyForm, columns: Sequence[str]) -> dict[str, str]:
    known = ImportMapping.objects.filter(kind=form.key, columns_digest=_digest(columns)).first()
    try:
        return checked(form, known.mapping, columns) if known else {}
    except ImportProblem:  # remembered before a field was renamed
        return {}


def _digest(columns: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(columns).encode()).hexdigest()
