"""The traces of this floor: drafts, prepared copies, e-mails, codes, visits, and words typed about earlier requests.

The file of a request has a period of its own (the register: it shows that we answered). So an open request, the one
for the erasure too, is left as it is; of earlier ones the metadata and our answers stay, by the data map.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.accounts.models import Challenge, Visit
from portal.mail.models import Message
from requests_sar import packages, task_files
from requests_sar.models import (
    Case,
    Correction,
    Draft,
    Evidence,
    Extension,
    Happening,
    IdentityCheck,
    Need,
    Package,
    Question,
    Redaction,
    Source,
    Task,
)
from requests_sar.workflow import OPEN
from subjects import datamap
from subjects.models import Subject
from subjects.traces import Erased, Scrap, Trace, nothing_in, register

# The papers of a request, by kind of data: how each leads to its case.
PAPERS = {
    "requests": "",
    "request-messages": "case__",
    "request-attachments": "letter__case__",
    "request-notes": "case__",
    "complaints": "case__",
    "found-by-colleagues": "task__case__",
    "erasure-requests": "case__",
    "objections": "case__",
    "pause-requests": "case__",
    "correction-requests": "case__",
    "request-representatives": "case__",
}


def spared(subject: Subject) -> dict[str, list[Any]]:
    """The papers of open requests, by kind of data: what an erasure leaves alone."""
    return {
        key: list(
            datamap.get(key)
            .of(subject.pk)
            .filter(**{f"{to_case}state__in": OPEN})
            .values_list("pk", flat=True)
        )
        for key, to_case in PAPERS.items()
    }


def _ended(erased: Erased) -> QuerySet[Case]:
    """Their earlier requests."""
    return Case.objects.filter(subject=erased.subject).exclude(state__in=OPEN)


def _addresses(erased: Erased) -> set[str]:
    """Every address they have written from, in the form in which it was stored."""
    given = Case.objects.filter(subject=erased.subject, on_behalf_of="").values_list(
        "requester_email", flat=True
    )
    return {address for address in {*erased.addresses, *given} if address}


def _drafts(erased: Erased, scrap: Scrap) -> int:
    sent = Case.objects.filter(subject=erased.subject).exclude(submission=None).values("submission")
    theirs = Draft.objects.filter(Q(pk__in=sent) | Q(answers__email__in=_addresses(erased)))
    for draft in theirs.exclude(authority=""):
        scrap("requests_sar.Draft.authority", draft.authority.name)
    needed = Correction.objects.filter(case__state__in=OPEN).values(
        "evidence"
    )  # the same file, once it is sent
    for draft in theirs.exclude(evidence="").exclude(evidence__in=needed):
        scrap("requests_sar.Draft.evidence", draft.evidence.name)
    return theirs.delete()[0]


def _copies(erased: Erased, scrap: Scrap) -> int:
    """Prepared copies, except one that was handed out and may still be fetched: that ends by itself, within days."""
    fetchable = Q(released_at__isnull=False, expires_at__gt=timezone.now(), state=Package.State.READY)
    made = Package.objects.filter(subject=erased.subject).exclude(fetchable)
    for package in made.exclude(state=Package.State.DESTROYED):
        packages.destroy(package)
    Source.objects.filter(package__in=made).update(error="", waived_because="")
    made.update(error="")
    return made.filter(case=None).update(purpose="erased") + made.exclude(case=None).count()


def _words(erased: Erased, scrap: Scrap) -> int:
    """What was typed while earlier requests were worked."""
    cases = _ended(erased)
    gone = Happening.objects.filter(case__in=cases).exclude(reason="").update(reason="")
    gone += Need.objects.filter(case__in=cases).exclude(why="").update(why="")
    gone += Question.objects.filter(case__in=cases).exclude(text="").update(text="")
    gone += IdentityCheck.objects.filter(case__in=cases).exclude(reason="").update(reason="")
    gone += Redaction.objects.filter(case__in=cases).update(why="", law="", phrase=None)
    return gone + Extension.objects.filter(case__in=cases).exclude(reason="").update(reason="")


def _proofs(erased: Erased, scrap: Scrap) -> int:
    """Documents that showed who they are, if any still wait."""
    shown = Evidence.objects.filter(case__in=_ended(erased))
    for name in shown.values_list("file", flat=True):
        scrap("requests_sar.Evidence.file", name)
    return shown.delete()[0]


def _searches(erased: Erased, scrap: Scrap) -> int:
    """What colleagues were asked to look for, and the files that they found."""
    asked = Task.objects.filter(case__in=_ended(erased))
    for task in asked.exclude(key=None):
        task_files.destroy(task)
    return asked.exclude(ask="", because="").update(ask="", because="")


def _mail(erased: Erased, scrap: Scrap) -> int:
    """E-mails to them that have left, or never will. One that waits is about an open request, and goes out first."""
    theirs = Message.objects.filter(
        Q(to__in=_addresses(erased)) | Q(about__in=_ended(erased).values("reference"))
    )
    return theirs.exclude(state=Message.State.WAITING).delete()[0]


def _visits(erased: Erased, scrap: Scrap) -> int:
    addresses = _addresses(erased)
    waiting = Case.objects.filter(state__in=OPEN).exclude(challenge=None).values("challenge")
    codes = Challenge.objects.filter(address__in=addresses).exclude(pk__in=waiting)
    return codes.delete()[0] + Visit.objects.filter(address__in=addresses).delete()[0]


for trace in (
    Trace("drafts", "answers of requests not sent, and their uploads", ("requests_sar.Draft",), _drafts),
    Trace(
        "copies",
        "copies of their data that were prepared",
        ("requests_sar.Package", "requests_sar.Source"),
        _copies,
    ),
    Trace(
        "case-words",
        "what was typed while earlier requests were worked",
        (
            "requests_sar.Happening",
            "requests_sar.Need",
            "requests_sar.Question",
            "requests_sar.Extension",
            "requests_sar.IdentityCheck",
            "requests_sar.Redaction",
        ),
        _words,
    ),
    Trace("proofs", "documents that showed who they are", ("requests_sar.Evidence",), _proofs),
    Trace(
        "searches",
        "what colleagues were asked to search, and the files they found",
        ("requests_sar.Task", "requests_sar.FoundFile"),
        _searches,
    ),
    Trace("mail", "e-mails to them", ("mail.Message",), _mail),
    Trace("visits", "codes and visits of their addresses", ("accounts.Challenge", "accounts.Visit"), _visits),
):
    register(trace)

nothing_in("requests_sar.LetterWording", "the standard words of our letters")
nothing_in("requests_sar.SavedFilter", "names of ways to narrow the queue; never a search text")
nothing_in("requests_sar.Referral", "kinds, and which company decides")
nothing_in("requests_sar.TaskLink", "addresses of colleagues")
nothing_in("requests_sar.Reminder", "kinds and dates")
nothing_in("requests_sar.Digest", "dates")
nothing_in("requests_sar.HolidayFile", "bank holidays")
nothing_in("requests_sar.File", "names, sizes and digests; the copy itself is a trace")
nothing_in("requests_sar.Download", "references of actors and times")
nothing_in("accounts.User", "staff")
nothing_in("accounts.ApiToken", "names of other systems")
nothing_in("audit.Entry", "references only")
nothing_in("audit.Act", "references only")
