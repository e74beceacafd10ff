"""The copy that belongs to a case: begun, stopped, current, released."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from requests_sar import found, packages, portability, redactions
from requests_sar.models import Case, Package, Source
from requests_sar.services import colleagues
from subjects import datamap


def collect(case: Case, *, by: Any) -> Package:
    for old in case.packages.filter(state__in=[Package.State.READY, Package.State.FAILED]):
        packages.destroy(old, by=by)
    return packages.ask(
        subject=case.subject,
        case=case,
        by=by,
        purpose=case.reference,
        kinds=found.kinds_of(case),
        since=case.since,
        until=case.until,
    )


def stop_work(case: Case, *, by: Any) -> None:
    colleagues.drop_open(case, by=by)
    for package in case.packages.exclude(state__in=[Package.State.STOPPED, Package.State.DESTROYED]):
        if package.state == Package.State.READY:
            packages.destroy(package, by=by)
        else:
            packages.stop(package, by=by)


def current_package(case: Case) -> Package | None:
    """The package of the case that counts now."""
    return case.packages.exclude(state__in=[Package.State.STOPPED, Package.State.DESTROYED]).first()


def released(case: Case) -> Package | None:
    package = current_package(case)
    if package is None or package.released_at is None:
        return None
    over = (
        package.expires_at is not None and package.expires_at <= timezone.now()
    )  # the sweep may be yet to come
    return None if over else package


MOST_REASONS = 12  # told one by one in the letter of a release; the spreadsheet lists all


def withheld(package: Package) -> list[str]:
    """What is not in the copy, and why: sentences for the letter that goes with it."""
    left_out = package.sources.filter(state=Source.State.WAIVED).order_by("pk")
    lines = [
        f"{datamap.get(source.dataset).title}: {source.waived_because.strip().rstrip('.')}."
        for source in left_out
    ]
    lines += redactions.reasons(package)
    sources = list(package.sources.values_list("dataset", flat=True))
    lines += [f"{note.rstrip('.')}." for note in portability.notes(package.case, sources)]
    if redactions.hides(package):
        lines.append(
            "Some records are left out altogether, because even listing them would give away what the law lets us "
            "keep back."
        )
    more = len(lines) - MOST_REASONS
    if more > 0:
        lines = [*lines[:MOST_REASONS], f"And {more} more, which the spreadsheet lists with their reasons."]
    return lines


def is_late(case: Case) -> bool:
    """Whether the due date is over: late from the day after (rule R7)."""
    return case.due_on is not None and case.answered_at is None and timezone.localdate() > case.due_on
