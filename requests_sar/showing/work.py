"""Messages, files and the work in progress."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from requests_sar.models import (
    Case,
    File,
    Package,
    Source,
)
from requests_sar.showing.standing import plural
from subjects import datamap


@dataclass(frozen=True, slots=True)
class Card:
    """A file to download."""

    kind: str
    title: str
    about: str
    facts: str
    href: str
    first: bool


ABOUT: dict[str, tuple[str, str, str]] = {
    File.Kind.WORKBOOK: (
        "XLSX",
        "Spreadsheet",
        "Everything in one spreadsheet. Open “Start here” first: it says what each sheet shows. "
        "It opens in Excel, LibreOffice, Numbers and Google Sheets.",
    ),
    File.Kind.PAGE: (
        "HTML",
        "Web page",
        "The same data as one page, for a phone or a computer without a spreadsheet program. "
        "It opens without internet.",
    ),
    File.Kind.LETTER: (
        "HTML",
        "Our letter",
        "What you asked, where we searched, what is here, and how to complain.",
    ),
    File.Kind.BUNDLE: (
        "ZIP",
        "Files for computers",
        "The same data as JSON and CSV, with your recordings and attachments, for moving it elsewhere.",
    ),
}
ORDER = (File.Kind.WORKBOOK, File.Kind.PAGE, File.Kind.LETTER, File.Kind.BUNDLE)


def size(count: int) -> str:
    """Bytes in words people use: "812 bytes", "248 KB", "3.1 MB"."""
    if count < 1000:
        return plural(count, "byte")
    for unit, amount in (("GB", 10**9), ("MB", 10**6)):
        if count >= amount:
            return f"{count / amount:.1f} {unit}"
    return f"{round(count / 1000)} KB"


def cards(case: Case, package: Package) -> list[Card]:
    """The files of a package, the spreadsheet first."""
    rows = plural(sum(source.rows for source in package.sources.all()), "record")
    made = sorted(package.files.all(), key=lambda file: ORDER.index(File.Kind(file.kind)))
    return [
        Card(
            *ABOUT[file.kind],
            size(file.size) if file.kind == File.Kind.LETTER else f"{size(file.size)}, {rows}",
            reverse("request_file", args=[case.reference, file.kind]),
            file.kind == File.Kind.WORKBOOK,
        )
        for file in made
    ]


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the list of steps."""

    state: str
    name: str
    count: str

    @property
    def said(self) -> str:
        """The state in words, for those who do not see how the line is drawn."""
        return {"done": ", done", "now": ", now", "next": ", to come"}[self.state]


@dataclass(frozen=True, slots=True)
class Job:
    """Long work, as `components/_progress.html` shows it."""

    poll: str
    step: str
    done: int
    total: int
    sentence: str
    elapsed: str
    remaining: str
    steps: list[Part]

    def as_json(self) -> dict[str, object]:
        """For the script that asks again."""
        return {
            "working": True,
            "step": self.step,
            "done": self.done,
            "total": self.total,
            "sentence": self.sentence,
            "elapsed": self.elapsed,
            "remaining": self.remaining,
            "steps": [
                {"state": part.state, "said": part.said, "name": part.name, "count": part.count}
                for part in self.steps
            ],
        }


def job(package: Package, poll: str, now: dt.datetime | None = None) -> Job | None:
    """The work in progress; None when there is nothing to wait for."""
    if package.state not in {Package.State.QUEUED, Package.State.RUNNING}:
        return None
    now = now or timezone.now()
    running = package.state == Package.State.RUNNING
    done, total = min(package.rows_done, package.rows_total), package.rows_total
    seconds = max(0, int((now - package.started_at).total_seconds())) if running and package.started_at else 0
    sentence = (package.step or "Starting") if running else "Waiting for a free place. It starts by itself"
    return Job(
        poll=poll,
        step=package.step if running else "waiting",
        done=done,
        total=total,
        sentence=sentence,
        elapsed=f"{plural(done, 'record')} of {total:,}. {duration(seconds)} so far" if running else "",
        remaining=_remaining(done, total, seconds),
        steps=[_part(source, package) for source in package.sources.all()],
    )


def _part(source: Source, package: Package) -> Part:
    title = datamap.get(source.dataset).title
    if source.state == Source.State.DONE:
        return Part("done", title, plural(source.rows, "record") if source.rows else "nothing found")
    if source.state == Source.State.WAITING:
        here = package.state == Package.State.RUNNING and package.step.startswith(f"Collecting {title} (")
        return Part("now" if here else "next", title, "searching" if here else "")
    return Part("done", title, source.get_state_display().lower())


def _remaining(done: int, total: int, seconds: int) -> str:
    """A guess, but only after five seconds of data: earlier ones are wild."""
    if seconds < 5 or not done or done >= total:
        return ""
    return f"about {duration(max(1, round(seconds * (total - done) / done)))} left"


def duration(seconds: int) -> str:
    """ "20 seconds", "3 minutes"."""
    return plural(seconds, "second") if seconds < 90 else plural(round(seconds / 60), "minute")


def keeps_for() -> str:
    """How long a code or link works."""
    return (
        plural(settings.CODE_MINUTES // 60, "hour")
        if settings.CODE_MINUTES >= 60
        else plural(settings.CODE_MINUTES, "minute")
    )
