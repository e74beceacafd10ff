"""What the page of one case shows, gathered from its rows. Reads only, decides nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.powers import Power, may
from portal.templatetags.house import day, moment, short_day
from requests_sar import (
    casework,
    clockwork,
    deadlines,
    fulfilment,
    holidays,
    redactions,
    services,
    showing,
    task_links,
)
from requests_sar.admin import acts, decisions, earlier, identity_panel, tabs, task_words, thread, words
from requests_sar.deadlines import Clock
from requests_sar.models import Case, Channel, Download, File, Package, Referral, ReplyBy, Source
from requests_sar.rights import COPIES, WORDS, Right
from requests_sar.staff_forms import MessageForm, NoteForm
from requests_sar.workflow import ENDED, OPEN, State
from subjects import datamap, finding, restriction

DECIDED = {State.REVIEW, State.APPLYING, State.CLOSED}
EVENTS = {
    "received": "Request received",
    "logged": "Request written down by staff",
    "ask-code": "Code sent to the address given",
    "address-corrected": "Address corrected by the customer",
    "item-named": "Item: the record was named",
    "item-added": "Item added",
    "item-decided": "Item decided",
    "address-moved": "Goes on under the customer's new address",
    "confirm": "Ready for triage",
    "person-chosen": "Person on file chosen",
    "identity-checked": "Identity checked by staff",
    "assigned": "Given to a colleague",
    "note": "Note added",
    "message": "Message",
    "accept": "Accepted: collecting began",
    "take-up": "Taken up",
    "answer": "Carried out and answered",
    "approve": "Plan approved",
    "applied": "Carried out and answered",
    "carry-on": "What failed is tried again",
    "follow-up": "Day to look again changed",
    "nothing": "Answered: nothing held",
    "reopen": "Opened again",
    "acknowledged": "Confirmed that we have it",
    "progress-told": "Told how far we are",
    "complained-of": "Whom it is about was written down",
    "outcome-written": "Outcome written",
    "second-look": "Somebody else looked at the outcome",
    "collected": "Everything collected",
    "collect-again": "Collected again",
    "move-back": "Moved back to triage",
    "reviewed": "Copy reviewed",
    "reviewed-alone": "Copy reviewed by the person who prepared it",
    "review-taken-back": "Review taken back: what is removed has changed",
    "release": "Released to the customer",
    "pause-decided": "Decided about the pause",
    "uses-named": "Uses named that they object to",
    "weighed": "Objection weighed",
    "pause-end-told": "Told that the pause ends",
    "pause-ended": "Pause ended",
    "take-back": "Release taken back",
    "renew": "Files asked for again",
    "close": "Closed",
    "refuse": "Refused",
    "refer": "Passed on to another company",
    "withdraw": "Cancelled",
    "join": "Answered together with a linked request",
    "identity-not-matched": "Identity check: it did not match",
    "link-on-file": "Link sent to the address on file",
    "asked-document": "Document asked for",
    "proof-identity": "Document about identity came",
    "proof-authority": "Document about authority came",
    "proof-destroyed": "Document destroyed",
    "representative": "Who asks for whom written down",
    "authority-seen": "Authority seen: it covers the request",
    "authority-not-enough": "Authority seen: it does not cover the request",
    "judged": "Judged whether the child can decide",
    "answer-to-representative": "The answer goes to the person who asks",
    "answer-to-subject": "The answer goes to the person it is about",
    "reclassified": "Treated as another right",
    "linked": "Linked to another request",
    "unlinked": "Not linked any more",
    "client-details": "Client has the details",
    "question": "Question to the customer",
    "answered": "Question answered",
    "asked-identity": "Proof of identity asked for",
    "asked-authority": "Proof of authority asked for",
    "asked-fee": "Fee asked for",
    "came-identity": "Proof of identity came",
    "came-authority": "Proof of authority came",
    "came-fee": "Fee paid",
    "extended": "Extended by two months",
    "received-on": "Day received corrected",
    "due-moved": "Due date moved",
    "evidence": "Evidence pack made",
    "reminded": "Customer reminded",
    "task-asked": "Colleague asked to search",
    "task-asked-again": "Colleague asked again",
    "task-given": "Search given to somebody else",
    "task-answered": "Search answered",
    "task-cancelled": "Search cancelled",
    "file-removed": "File removed",
    "posted": "Letter posted",
}


def load(reference: str) -> Case | None:
    """The case behind a reference in any spelling of its letters, with whom it names."""
    cases = Case.objects.select_related("owner", "logged_by", "reviewed_by", "subject__account", "challenge")
    return cases.filter(reference=reference.upper()).first()


def context(request: HttpRequest, case: Case) -> dict[str, Any]:
    """Everything the template needs."""
    tabs.note_work(case)
    works = may(request.user, Power.WORK_CASES)
    package = services.current_package(case)
    names = Names()
    offered = acts.buttons(case, package) if works else {}
    who = identity_panel.context(case, names, offered, works=works)
    history = [
        showing.Happened("done", EVENTS.get(line.event, line.event), moment(line.at), names.line(line))
        for line in case.history.all()
    ]
    now = timezone.now()
    return {
        "case": case,
        "title": case.requester_name or "No name given",
        "works": works,
        "status": words.status(case),
        "due": words.due(case, timezone.localdate()),
        "next_action": identity_panel.next_action(case, who, offered) or words.next_action(case),
        "place": words.place(case),
        "acts": offered,
        "asked": asked(case),
        "clock": rule(case),
        "target": target(case),
        "not_extended": not_extended(case) if works else "",
        "strip": strip(case),
        "identity": identity(case, names),
        "paused_mark": restriction.mark(restriction.of(case.subject)) if case.subject else "",
        "who": who,
        "linked": [(other, words.status(other)) for other in services.linked(case)],
        "earlier": earlier.last_answer(case) if works and case.state in OPEN else None,
        "referral": Referral.objects.filter(case=case).select_related("controller").first(),
        "matches": matches(request, case),
        "searches": task_words.lines(case, timezone.localdate()),
        "may_ask": case.subject_id is not None and case.state in task_links.SEARCHED_IN,
        "others": [(other, words.status(other)) for other in services.other_requests(case)],
        "work": work(case, package, now),
        "review_url": reverse("admin:review", args=[case.reference])
        if case.state in services.OPEN_FOR_REVIEW and case.right in COPIES
        else "",
        "checklist": checklist(case, package) if case.state == State.REVIEW and case.right in COPIES else [],
        "decision": decisions.panel(case) if case.state in DECIDED else None,
        "history": history,
        "notes": [(note.text, names.of_user(note.by_id), moment(note.at)) for note in case.notes.all()],
        "thread": thread.said(case, names.of_user, works=works),
        "emails": thread.mails(case),
        "to_post": thread.to_post(case),
        "note_form": NoteForm(prefix="note"),
        "message_form": MessageForm(prefix="message"),
        "older_packages": case.packages.exclude(pk=package.pk if package else None),
        "ended": case.state in ENDED,
    }


class Names:
    """Who "staff:3" is, read once for a page."""

    def __init__(self) -> None:
        self._users: dict[int, str] | None = None

    def of_user(self, pk: int | None) -> str:
        """The name of a member of staff."""
        if self._users is None:
            self._users = {user.pk: user.get_short_name() for user in User.objects.all()}
        return self._users.get(pk or 0, "A former colleague")

    def of(self, actor: str) -> str:
        """An actor as the trail names them, in words."""
        kind, _, number = actor.partition(":")
        if kind == "staff" and number.isdecimal():
            return self.of_user(int(number))
        return {
            "customer": "The customer",
            "system": "The portal",
            "colleague": "A colleague, from the link",
        }.get(kind, kind)

    def in_text(self, text: str) -> str:
        """A reason with its "staff:3" put into words."""
        return re.sub(r"\bstaff:(\d+)\b", lambda found: self.of_user(int(found[1])), text)

    def line(self, happening: Any) -> str:
        """Who and why, below a line of history."""
        who = self.of(happening.actor)
        return f"{who}: {self.in_text(happening.reason)}" if happening.reason else who


# --- what they asked, and until when -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a summary list: one value, or several."""

    label: str
    value: str = ""
    values: tuple[str, ...] = ()


def asked(case: Case) -> list[Row]:
    """The request in rows; what was not said has no row."""
    titles = {dataset.key: dataset.title for dataset in datamap.datasets()}
    kinds = [titles.get(key, key) for key in case.kinds] or ["Everything"]
    rows: Iterable[tuple[str, Any]] = (
        ("Right", f"{WORDS[Right(case.right)].name} ({WORDS[Right(case.right)].law})"),
        ("Kinds of data", kinds if case.right in COPIES else ""),
        ("From", short_day(case.since)),
        ("To", short_day(case.until)),
        ("Came by", f"{case.get_channel_display()}, {day(case.received_on)}"),
        ("Written down by", _logged(case)),
        ("Answer", _reply_by(case)),
        ("What they need", case.reply_needs),
        ("Asks for somebody else", case.on_behalf_of),
        ("What they are to them", case.relationship),
        ("E-mail address", case.requester_email),
        ("Telephone", case.requester_phone),
        ("Postal address", case.requester_address),
        ("Customer number given", case.customer_number),
    )
    return [
        Row(label, values=tuple(value)) if isinstance(value, list) else Row(label, value)
        for label, value in rows
        if value
    ]


def _reply_by(case: Case) -> str:
    """How they want the answer: only a copy is downloaded."""
    here = case.right not in COPIES and case.reply_by == ReplyBy.DOWNLOAD
    return "On the portal" if here else case.get_reply_by_display()


def _logged(case: Case) -> str:
    return f"{case.logged_by.get_short_name()}, {moment(case.received_at)}" if case.logged_by else ""


def rule(case: Case) -> list[str]:
    """How the due date was worked out, and what moved it: the rule in sentences."""
    if words.is_stopped(case):
        return _stopped(case)
    if case.right == Right.COMPLAINT:
        return _acknowledging(case)
    facts = casework.facts_of(case)
    clock = casework.clock_of(case, facts)
    if clock.unrolled_due is None or clock.due is None or case.due_on is None:
        return []
    lines = [f"Received {day(case.received_on)}."]
    lines += [f"{need.get_kind_display()} came on {day(need.came_on)}." for need in facts.needs]
    if clock.start != case.received_on:
        lines.append(f"So the month began on {day(clock.start)} (Article 12A).")
    lines += _month(clock, facts)
    closed = clock.unrolled_due
    while closed < clock.due:
        lines.append(f"{day(closed)}: {_closed(holidays.why_closed(closed))}.")
        closed += dt.timedelta(days=1)
    if clock.due != clock.unrolled_due:
        lines.append(f"So the answer is due on the next working day, {day(clock.due)}.")
    if facts.extension and clock.due_if_not_extended:
        lines.append(f"Without the extension it was due on {day(clock.due_if_not_extended)}.")
    return lines


def _acknowledging(case: Case) -> list[str]:
    """The clock of a complaint: 30 days to confirm it, then no date but "without undue delay"."""
    complaint = case.complaint
    lines = [f"Received {day(case.received_on)}. To be confirmed within 30 days (s 164A)."]
    if complaint.acknowledged_at:
        lines.append(
            f"Confirmed, {moment(complaint.acknowledged_at)}; the last day was {day(complaint.acknowledge_by)}."
        )
        lines.append(
            "The outcome has no date in the law: tell them without undue delay, and how it goes meanwhile."
        )
        return lines
    return [*lines, f"Confirm by {day(complaint.acknowledge_by)}."]


def _stopped(case: Case) -> list[str]:
    """What the clock waits for, since when."""
    lines = [f"Received {day(case.received_on)}."]
    for need in case.needs.filter(came_on=None):
        lines.append(f"Not started: {need.get_kind_display().lower()} was asked for on {day(need.asked_on)}.")
    pause = casework.facts_of(case).open_pause
    if pause:
        lines.append(
            f"A question of {day(pause.asked_on)} is open. {words.due(case, timezone.localdate()).words}."
        )
    if clockwork.silent_for(case, timezone.localdate()) >= clockwork.CHASE_DAYS:
        lines.append(
            "They have not answered for 30 days. Chase them with a message or by phone, or refuse on the ground “They "
            "did not answer”. Nothing closes by itself."
        )
    return lines


def target(case: Case) -> str:
    """Our own target beside the statutory date, while the request is open."""
    return (
        f"Our own target: {day(clockwork.target(case))}, 28 days from receipt."
        if clockwork.is_live(case)
        else ""
    )


def _month(clock: Clock, facts: casework.Facts) -> list[str]:
    assert clock.unrolled_due is not None
    months = 3 if facts.extension else 1
    base = deadlines.months_later(clock.start, months)
    same = base.day == clock.start.day
    if facts.extension:
        how = f"Three months from the start (extended on {day(facts.extension.told_on)}) lead to {day(base)}"
    else:
        how = f"One month (Article 12(3)) leads to {day(base)}"
    how += ", the corresponding day of " + ("the next month." if months == 1 else "the third month.")
    if not same:
        how = f"{how.partition(', the corresponding')[0]}, the last day of a month that has no such day."
    lines = [how]
    off = (clock.unrolled_due - base).days
    if off:
        lines.append(
            f"{words.days(off)} of questions, from asking to answer, are added: {day(clock.unrolled_due)}."
        )
    return lines


def _closed(why: str) -> str:
    return "no working day" if why in {"Saturday", "Sunday"} else f"bank holiday ({why})"


def not_extended(case: Case) -> str:
    """Why no extension is offered, on an open request."""
    return clockwork.why_not_extended(case) if clockwork.is_live(case) else ""


def strip(case: Case) -> showing.Strip | None:
    """The days as marks, with a sentence for staff."""
    drawn = showing.strip(case)
    if drawn is None:
        return None
    due = words.due(case, timezone.localdate()).words
    sentence = f"Due {day(case.due_on)}, {due}." if case.due_on else f"{due[:1].upper()}{due[1:]}."
    return dataclasses.replace(drawn, sentence=sentence)


# --- who is asking -----------------------------------------------------------------------------------------


def identity(case: Case, names: Names) -> dict[str, Any]:
    """What is proved and how, and what is not."""
    proved = next((line for line in case.history.all() if line.event == "confirm"), None)
    lines = []
    if not fulfilment.needs_proof(case) and case.verified_at is None:
        lines.append("The e-mail address was given, and nobody had to prove it: this asks for no proof.")
    elif proved and proved.actor == "customer":
        lines.append(f"The e-mail address was proved, {moment(proved.at)}.")
    elif case.state == State.VERIFYING:
        lines.append("A code was sent to the address given. It has not been used yet.")
    if case.verified_at:
        lines.append(f"{case.get_proof_display()}, {moment(case.verified_at)}.")
    if case.verified_note:
        lines.append(f"How: {case.verified_note}")
    if case.verified_at is None and fulfilment.needs_proof(case):
        lines.append(_why_not(case))
    return {"checked": case.verified_at is not None, "words": case.get_proof_display(), "lines": lines}


def _why_not(case: Case) -> str:
    if case.on_behalf_of:
        return "They ask for somebody else: check the authority, and choose the person it is about."
    if case.subject_id is not None:
        return "It is not checked yet that they are the person chosen. Nothing can be released before."
    if case.state == State.VERIFYING:
        return "Until then nothing is proved, and the portal has looked for nobody."
    if case.channel != Channel.PORTAL:
        return "It did not come through the portal, so nothing is proved. Choose the person, then check who asks."
    return (
        "The address does not prove a person: nobody on file has it, or several people have, or it was changed in the "
        "last 30 days. Choose the person, then check who asks."
    )


def matches(request: HttpRequest, case: Case) -> list[dict[str, Any]]:
    """People on file whom the details given may mean, with reasons; asked only while the person can be chosen."""
    if case.state not in {State.TRIAGE, State.VERIFYING} or not may(request.user, Power.WORK_CASES):
        return []
    given = [case.on_behalf_of or case.requester_name, case.customer_number]
    if not case.on_behalf_of:
        given += [case.requester_email, case.requester_phone]
    found = finding.find(" ".join(part for part in given if part), by=request.user)
    return [shown(match.subject, match.reasons, case) for match in found[:6]]


def shown(subject: Any, reasons: Iterable[str], case: Case) -> dict[str, Any]:
    """One person on file, as a match."""
    return {
        "subject": subject,
        "reasons": list(reasons),
        "chosen": subject.pk == case.subject_id,
        "account": subject.account.number if subject.account else "",
    }


# --- the work ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Made:
    """One finished file, as staff see it."""

    title: str
    size: str
    sha256: str
    href: str
    downloads: list[str]


def work(case: Case | None, package: Package | None, now: dt.datetime) -> dict[str, Any] | None:
    """The package: live progress, its sources, its files, who fetched them."""
    if package is None:
        return None
    sources = list(package.sources.all())
    return {
        "package": package,
        "state": package.get_state_display(),
        "job": showing.job(package, reverse("admin:package_progress", args=[package.pk]), now),
        "failed": [
            (source, datamap.get(source.dataset).title)
            for source in sources
            if source.state == Source.State.FAILED
        ],
        "sources": [
            (
                datamap.get(source.dataset).title,
                source.get_state_display(),
                source.rows,
                _extent(source),
            )
            for source in sources
        ],
        "rows": sum(source.rows for source in sources),
        "files": files(package),
        "expired": bool(package.expires_at and package.expires_at <= now),
    }


def _extent(source: Source) -> str:
    if source.state == Source.State.WAIVED:
        return f"Left out: {source.waived_because}"
    if source.error:
        return source.error
    if source.first and source.last:
        return f"{short_day(source.first)} to {short_day(source.last)}"
    return ""


def files(package: Package) -> list[Made]:
    """The files, the spreadsheet first, with each time that somebody fetched them."""
    if package.state != Package.State.READY:
        return []
    names = Names()
    fetched: dict[int, list[str]] = {}
    for download in Download.objects.filter(file__package=package).order_by("at"):
        fetched.setdefault(download.file_id, []).append(f"{names.of(download.actor)}, {moment(download.at)}")
    made = sorted(package.files.all(), key=lambda file: showing.ORDER.index(File.Kind(file.kind)))
    return [
        Made(
            file.get_kind_display(),
            showing.size(file.size),
            file.sha256,
            reverse("admin:package_file", args=[package.pk, file.kind]),
            fetched.get(file.pk, []),
        )
        for file in made
    ]


def checklist(case: Case, package: Package | None) -> list[tuple[bool, str]]:
    """What a release needs, what is there and what is not (the sentences of `services.release_obstacles`)."""
    done = []
    if case.verified_at:
        done.append(f"Identity: {case.get_proof_display().lower()}")
    if package and package.state == Package.State.READY:
        done.append(f"Files ready: {showing.plural(sum(s.rows for s in package.sources.all()), 'record')}")
    if (removed := redactions.live(case).count()) and not services.redaction_obstacles(case, package):
        done.append(f"Removed: {showing.plural(removed, 'detail')}, as the files say")
    if case.reviewed_at and case.reviewed_by:
        alone = services.reviewed_alone(case)
        done.append(
            f"Reviewed by {case.reviewed_by.get_short_name()}, {moment(case.reviewed_at)}"
            + (f", who also prepared it: {alone}" if alone else "")
        )
    return [(True, line) for line in done] + [(False, line) for line in services.release_obstacles(case)]
