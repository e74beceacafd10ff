"""What the evidence pack of a case holds, gathered from its rows: one function a table, and a list of them.

A room that adds something to a case that a regulator would ask for adds its table to TABLES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils import timezone

from portal.audit import trail
from portal.audit.models import Entry
from portal.mail.models import Message
from portal.register import store
from portal.templatetags.house import day, moment
from requests_sar import casework, clockwork, redactions
from requests_sar.admin import case_page
from requests_sar.admin.case_page import EVENTS, Names
from requests_sar.admin.evidence import asking, decided
from requests_sar.evidence import Pack, Paper, Table
from requests_sar.models import Attachment, Case, Download, File, Letter, Source
from subjects import datamap

Make = Callable[[Case, Names], Table]


def pack(case: Case, *, by: Any) -> Pack:
    """Everything about one case, as it stands now."""
    names = Names()
    register = store.current()
    return Pack(
        reference=case.reference,
        organisation=register.controller.name,
        made_at=timezone.now(),
        made_by=by.get_short_name(),
        facts=tuple(_facts(case, names, by)),
        tables=tuple(make(case, names) for make in TABLES),
        papers=tuple(_papers(case)),
    )


def _facts(case: Case, names: Names, by: Any) -> Iterable[tuple[str, str]]:
    register = store.current()
    yield from ((row.label, row.value or ", ".join(row.values)) for row in case_page.asked(case))
    yield "In their words", case.words or "Not recorded"
    yield "Where it stands", case.get_state_display()
    yield "Clock", " ".join(case_page.rule(case)) or clockwork.standing(case)
    if case.answered_at:
        yield "Answered", moment(case.answered_at)
    if case.outcome:
        yield "What came of it", case.get_outcome_display()
    if case.refusal:
        yield "Refused", f"{case.get_ground_display()}: {case.refusal}"
    if case.late_reason:
        yield "Why it was late", case.late_reason
    yield "Register", f"SHA-256 {register.digest}, public notice of {day(register.notice.updated)}"
    yield "Pack made", f"{moment(timezone.now())}, by {by.get_short_name()}"


def _timeline(case: Case, names: Names) -> Table:
    rows = [
        (moment(h.at), EVENTS.get(h.event, h.event), names.of(h.actor), names.in_text(h.reason))
        for h in case.history.all()
    ]
    what = "Everything that happened, in order."
    return Table("timeline", "Timeline", what, ("When", "What", "Who", "Why, or what was said"), rows)


def _clock(case: Case, names: Names) -> Table:
    facts = casework.facts_of(case)
    rows = [
        (day(n.asked_on), n.get_kind_display(), n.why, day(n.came_on) if n.came_on else "Not yet")
        for n in case.needs.all()
    ]
    rows += [
        (
            day(q.asked_on),
            "Question that paused the clock" if q.pauses else "Question",
            q.text,
            day(q.answered_on) if q.answered_on else "Not yet",
        )
        for q in case.questions.all()
    ]
    if facts.extension:
        ext = facts.extension
        rows.append((day(ext.told_on), f"Extension: {ext.get_ground_display()}", ext.reason, ""))
    what = "What moved the date of the answer: proof or a fee asked for, questions, the extension."
    return Table("clock", "Clock", what, ("Asked or told on", "What", "Words", "Came on"), rows)


def _messages(case: Case, names: Names) -> Table:
    rows = [
        (
            moment(letter.at),
            "The requester" if letter.side == Letter.Side.REQUESTER else names.of_user(letter.by_id),
            letter.title or "Message",
            ""
            if letter.wording is None
            else (f"version {letter.wording}" if letter.wording else "as shipped"),
            letter.text,
        )
        for letter in case.letters.all()
    ]
    what = (
        "What the requester and we wrote to each other, word for word. Letters are also files of their own."
    )
    return Table(
        "messages", "Messages and letters", what, ("When", "From", "Letter", "Wording", "Text"), rows
    )


def _attachments(case: Case, names: Names) -> Table:
    rows = [
        (moment(a.letter.at), a.label, f"{a.size:,}", a.sha256, moment(a.removed_at) if a.removed_at else "")
        for a in Attachment.objects.filter(letter__case=case).select_related("letter")
    ]
    what = "Files that came with messages. The files themselves are not in this pack."
    return Table("attachments", "Attachments", what, ("When", "Name", "Bytes", "SHA-256", "Removed"), rows)


def _emails(case: Case, names: Names) -> Table:
    rows = [
        (
            moment(m.sent_at or m.created_at),
            m.to,
            m.subject,
            m.get_state_display(),
            "" if m.secret else m.text,
        )
        for m in Message.objects.filter(about=case.reference).order_by("created_at", "pk")
    ]
    what = "Every e-mail the portal sent about it. The words of e-mails with a code are not kept."
    return Table("emails", "E-mails", what, ("When", "To", "Subject", "State", "Text"), rows)


def _identity(case: Case, names: Names) -> Table:
    rows = [(line,) for line in case_page.identity(case, names)["lines"]]
    return Table("identity", "Identity", "How we made sure who was asking.", ("What is on record",), rows)


def _searches(case: Case, names: Names) -> Table:
    sources = (
        Source.objects.filter(package__case=case)
        .select_related("package")
        .order_by("package__created_at", "pk")
    )
    titles = {dataset.key: (dataset.title, dataset.system) for dataset in datamap.datasets()}
    rows = [
        (
            moment(source.searched_at) if source.searched_at else "",
            *reversed(titles.get(source.dataset, (source.dataset, ""))),
            source.get_state_display(),
            f"{source.rows:,}",
            source.waived_because or source.error,
        )
        for source in sources
    ]
    columns = ("When", "System", "Kind of data", "State", "Records", "Why it was left out")
    return Table(
        "searches", "Searches", "Where we searched for the person's data, and what we found.", columns, rows
    )


def _redactions(case: Case, names: Names) -> Table:
    rows = [
        (
            line.mark,
            line.dataset,
            line.handle,
            line.scope,
            line.reason,
            line.law,
            f"{names.of(line.who)}, {moment(line.when)}",
            f"{names.of(line.undone_by)}, {moment(line.undone)}" if line.undone else "",
        )
        for line in redactions.log(case)
    ]
    return Table(
        "redactions",
        "Redaction log",
        "What was removed from the copy and why; never the words that were removed.",
        ("Mark", "Kind of data", "Record", "How much", "Why", "The law", "By", "Undone"),
        rows,
        "Nothing was removed from the copy.",
    )


def _files(case: Case, names: Names) -> Table:
    rows = []
    for file in (
        File.objects.filter(package__case=case)
        .select_related("package")
        .order_by("package__created_at", "pk")
    ):
        package = file.package
        fetched = Download.objects.filter(file=file).order_by("at")
        rows.append(
            (
                file.name,
                f"{file.size:,}",
                file.sha256,
                moment(package.released_at) if package.released_at else "Not released",
                "; ".join(f"{names.of(d.actor)}, {moment(d.at)}" for d in fetched),
                package.register_version,
            )
        )
    columns = ("File", "Bytes", "SHA-256", "Released", "Downloads", "Register version")
    return Table(
        "files", "Files we made", "Each file with its digest: the one that was handed out.", columns, rows
    )


def _trail(case: Case, names: Names) -> Table:
    targets = [
        f"case:{case.reference}",
        *(f"package:{pk}" for pk in case.packages.values_list("pk", flat=True)),
    ]
    entries = list(Entry.objects.filter(target__in=targets).order_by("number"))
    sound = trail.unsound(entries)
    rows = [
        (
            str(e.number),
            e.at.isoformat(),
            e.verb,
            e.actor,
            e.target,
            e.reason,
            e.previous,
            e.digest,
            "No: " + sound[e.number] if e.number in sound else "Yes",
        )
        for e in entries
    ]
    columns = ("Number", "At (UTC)", "Act", "Who", "What", "Code", "Digest before", "Digest", "Verified")
    what = (
        "The entries of the audit trail about this case. Verified: its digest is right, and it continues the entry "
        "before it. A digest is SHA-256 of number, time (UTC, microseconds), act, who, what, code and the digest "
        "before, one a line."
    )
    return Table("trail", "Audit trail", what, columns, rows)


def _papers(case: Case) -> Iterable[Paper]:
    for number, letter in enumerate(case.letters.exclude(kind=""), 1):
        yield Paper(f"letters/{number:02}-{letter.kind}.txt", f"{letter.title}\n\n{letter.text}\n")


TABLES: tuple[Make, ...] = (
    _timeline,
    _clock,
    _messages,
    _attachments,
    _emails,
    _identity,
    *asking.TABLES,
    _searches,
    _redactions,
    _files,
    *decided.TABLES,
    _trail,
)
