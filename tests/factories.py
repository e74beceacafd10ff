"""Rows to tell stories with: plain functions, each with a sensible default for everything.

The cast: Alice (customer), Bob (other customer), Dee (DPO), Sam (staff).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from portal.accounts.models import Role, User, Visit
from requests_sar import casework, letters, proofs, services, vault
from requests_sar.models import (
    Answer,
    Case,
    Draft,
    Evidence,
    File,
    Letter,
    Package,
    Proof,
    Representative,
    Source,
    Task,
)
from requests_sar.rights import Right
from requests_sar.workflow import OPEN, State
from subjects import datamap, restriction
from subjects.identifiers import keys_of
from subjects.models import Account, Identifier, Restriction, Subject

PASSWORD = "a long enough password for tests"
NAMES = ("Alice Okafor", "Bob Stone", "Carol O'Neill", "Dmitri Ivanov", "Ελένη Παπαδάκη", "Zoë Smith")
_number = itertools.count(1)


def user(role: Role | str = Role.DPO, **fields: Any) -> User:
    """A member of staff; with `password=PASSWORD` one who can sign in by it (hashing it takes half a second)."""
    number = next(_number)
    email = fields.pop("email", f"{role}{number}@example.org")
    fields = {"name": f"{role} {number}".title(), **fields}
    return User.objects.create_user(email, fields.pop("password", None), role=role, **fields)


def account(**fields: Any) -> Account:
    """A customer account."""
    number = next(_number)
    fields = {"number": f"A-{number:06}", "name": f"Account {number}", **fields}
    return Account.objects.create(**{"opened_on": dt.date(2020, 1, 6), **fields})


def subject(full_name: str = "Alice Okafor", *, email: str = "alice@example.com", **fields: Any) -> Subject:
    """A person on file, with the keys by which they are found."""
    made = Subject.objects.create(
        **{"source_key": f"C-{next(_number):06}", "full_name": full_name, "email": email, **fields}
    )
    keys = keys_of(
        full_name=made.full_name,
        emails=[made.email, made.second_email],
        phones=[made.phone, made.mobile],
        account_number=made.account.number if made.account else "",
        source_key=made.source_key,
    )
    Identifier.objects.bulk_create(
        Identifier(subject=made, kind=kind, value=value) for kind, value in sorted(keys)
    )
    return made


def pause(subject: Subject, **scope: Any) -> Restriction:
    """Use of this person's data is paused (everything, unless kinds, a record or a purpose are given)."""
    fields = {"ground": Restriction.Ground.ACCURACY, "reference": "DP-7K4M-29QX", "by": None, **scope}
    return restriction.restrict(subject=subject, **fields)


def visit(address: str = "alice@example.com") -> Visit:
    """A customer who has just proved an address."""
    now = timezone.now()
    return Visit.objects.create(address=address, proved_at=now, expires_at=now + dt.timedelta(minutes=30))


def draft(email: str = "alice@example.com", **answers: Any) -> Draft:
    """A finished draft of a request for everything."""
    return Draft.objects.create(
        right=Right.ACCESS, answers={"scope": "all", "name": "Alice Okafor", "email": email, **answers}
    )


def case(state: State | str = State.TRIAGE, *, due_in: int | None = None, **fields: Any) -> Case:
    """A case in any state, as rows alone: no messages, no work. `due_in`: days from today to its due date.

    Dates come from the rule unless given. From COLLECTING on the identity is checked when there is a person.
    """
    fields = {"right": Right.ACCESS, "requester_name": "Alice Okafor", **fields}
    fields.setdefault("received_on", timezone.localdate())
    if fields.get("subject") and state not in {State.RECEIVED, State.VERIFYING, State.TRIAGE}:
        fields = {"proof": Proof.CODE, "verified_at": timezone.now(), **fields}
    made = Case(state=state, **fields)
    casework.set_dates(made)
    if due_in is not None:
        made.due_on = timezone.localdate() + dt.timedelta(days=due_in)
    if state not in OPEN:
        made.answered_at = made.answered_at or (None if state == State.WITHDRAWN else timezone.now())
        made.closed_at = made.closed_at or (None if state == State.RELEASED else timezone.now())
    made.save(force_insert=True)
    return made


def letter(case: Case, kind: str = "received", **context: Any) -> Letter:
    """A letter of ours about a case."""
    return letters.tell(case, kind, by=None, **context)


def package(case: Case | None = None, *, state: str = Package.State.READY, **fields: Any) -> Package:
    """A package with its sources; when it is ready, with four real (small, sealed) files too."""
    subject_ = fields.pop("subject", None) or (case.subject if case else None) or subject()
    now = timezone.now()
    ready = state == Package.State.READY
    made = Package.objects.create(
        **{
            "case": case,
            "subject": subject_,
            "purpose": case.reference if case else "checking",
            "state": state,
            "key": vault.new_key(),
            "kinds": [dataset.key for dataset in datamap.datasets()],
            "rows_total": 3,
            "rows_done": 3 if ready else 0,
            "ready_at": now if ready else None,
            "expires_at": now + dt.timedelta(days=30) if ready else None,
            **fields,
        }
    )
    done = Source.State.DONE if ready else Source.State.WAITING
    Source.objects.bulk_create(
        Source(package=made, dataset=key, state=done, searched_at=made.ready_at) for key in made.kinds
    )
    if ready:
        for kind in File.Kind.values:
            file(made, kind)
    return made


def file(package: Package, kind: str = File.Kind.WORKBOOK, content: bytes = b"the file's bytes") -> File:
    """A sealed file of a package."""
    path = f"packages/{package.pk}/{kind}.age"
    with vault.anonymous() as plain:
        plain.write(content)
        plain.seek(0)
        vault.seal(plain, path, package.key)
    return File.objects.create(
        package=package,
        kind=kind,
        name=f"your-data-{package.purpose}.{kind}",
        media_type="application/octet-stream",
        path=path,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def task(case: Case, **fields: Any) -> Task:
    """An open search by a colleague without an account; `assignee` makes it somebody's who has one."""
    fields = {"title": "Paper files", "holds": "Job sheets.", "ask": "Look in the folders.", **fields}
    fields.setdefault("due_on", timezone.localdate() + dt.timedelta(days=7))
    if "assignee" not in fields:
        fields.setdefault("email", "pat@example.net")
    return Task.objects.create(case=case, subject=fields.pop("subject", None) or case.subject, **fields)


def answer_searches(case: Case, by: Any) -> None:
    """Every colleague has searched and found nothing."""
    for task in case.tasks.filter(state=Task.State.WAITING):
        services.colleagues.answer(task=task, by=by, outcome=Answer.Outcome.NOTHING)


def evidence(
    case: Case, kind: str = "identity", content: bytes = b"%PDF-1.4 a passport", **fields: Any
) -> Evidence:
    """A sealed document that waits for a decision."""
    return proofs.keep(
        case=case,
        kind=kind,
        file=ContentFile(content, name=f"proof{fields.pop('ending', '.pdf')}"),
        by=None,
        came_on=fields.pop("came_on", timezone.localdate()),
        by_customer=fields.pop("by_customer", True),
    )


def representative(case: Case, kind: str = "solicitor", **fields: Any) -> Representative:
    """Who asks for somebody else, as the officer wrote it down; with `ready=True` nothing stands in the way."""
    if fields.pop("ready", False):
        now = timezone.now()
        fields = {"authority": "matched", "authority_at": now, "answer_to": "representative", **fields}
    return Representative.objects.create(case=case, kind=kind, **fields)
