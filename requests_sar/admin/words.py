"""How a case is put into words for staff: its status, its due date, what comes next. Reads only, decides nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from portal.templatetags.house import short_day
from requests_sar import clockwork
from requests_sar.models import Case, ClockState, Proof
from requests_sar.ranges import By, Range
from requests_sar.rights import DECISIONS, Right
from requests_sar.workflow import ENDED, OPEN, STAFF_WORDS, State

TONES: dict[State, str] = {
    State.RECEIVED: "act",
    State.VERIFYING: "info",
    State.TRIAGE: "act",
    State.COLLECTING: "info",
    State.REVIEW: "act",
    State.APPLYING: "info",
    State.RELEASED: "ok",
    State.CLOSED: "done",
    State.REFUSED: "done",
    State.REFERRED: "done",
    State.WITHDRAWN: "done",
}


@dataclass(frozen=True, slots=True)
class Label:
    """A word with the tone that colours it (see components/_tag.html)."""

    words: str
    tone: str


def status(case: Case) -> Label:
    """Where the case stands, as staff read it."""
    state = State(case.state)
    if state is State.REVIEW and case.right in DECISIONS:
        return Label("To decide", TONES[state])
    return Label(STAFF_WORDS[state], TONES[state])


def days(count: int) -> str:
    """ "1 day", "6 days"."""
    return f"{count} day" if count == 1 else f"{count} days"


def requests(count: int) -> str:
    """ "1 request", "6 requests"."""
    return f"{count:,} request" if count == 1 else f"{count:,} requests"


def brief_day(value: dt.date | None) -> str:
    """ "21 Nov 2026": a day where there is little room."""
    return f"{value.day} {value:%b %Y}" if value else ""


BEGINNINGS = {By.RECEIVED: "Received", By.ANSWERED: "Answered", By.DUE: "Due"}


def range_of(days_: Range) -> str:
    """ "Received from 1 October 2026 to 31 December 2026"."""
    first, last = short_day(days_.first), short_day(days_.last)
    begin = BEGINNINGS[days_.by]
    if first and last:
        return f"{begin} on {first}" if first == last else f"{begin} from {first} to {last}"
    return f"{begin} from {first} on" if first else f"{begin} until {last}"


def place(case: Case) -> tuple[str, str] | None:
    """Where on the case's page the next action is, when it is not a button: the part's name and the words to it."""
    if case.customer_wrote_at:
        return "messages", "Read and answer"
    if case.state == State.TRIAGE and (case.subject_id is None or case.proof == Proof.NONE):
        return "person", "Choose the person" if case.subject_id is None else "Check who is asking"
    if case.state == State.REVIEW and case.verified_at is None:
        return "person", "Check who is asking"
    if case.state == State.REVIEW and getattr(case, "searching", False):
        return "searches", "See the searches"
    if case.state == State.REVIEW and case.right in DECISIONS:
        return "decide", "Decide"
    return ("work", "See the copy") if case.state in {State.COLLECTING, State.REVIEW} else None


def is_running(case: Case) -> bool:
    """Whether the statutory clock counts: open, with a date, not answered."""
    return case.state in OPEN and case.answered_at is None and case.due_on is not None


def is_stopped(case: Case) -> bool:
    """Whether the clock waits for the customer: paused, or not started."""
    return case.clock != ClockState.RUNNING and clockwork.is_live(case)


def clock(case: Case) -> str:
    """ "Running", "Paused", "Not started"; nothing once it is answered or ended."""
    if is_running(case):
        return ClockState.RUNNING.label
    return str(case.get_clock_display()) if is_stopped(case) else ""


def due(case: Case, today: dt.date) -> Label:
    """How long there is: "6 days left", "late by 2 days", "paused, 7 days used", "answered on time"."""
    if is_running(case):
        assert case.due_on is not None
        left = (case.due_on - today).days
        if left < 0:
            return Label(f"late by {days(-left)}", "late")
        return Label("due today" if left == 0 else f"{days(left)} left", "soon" if left <= 7 else "")
    if is_stopped(case):
        silent = clockwork.silent_for(case, today)
        long = silent >= clockwork.CHASE_DAYS
        return Label(
            clockwork.standing(case) + (f", no answer for {days(silent)}" if long else ""),
            "soon" if long else "",
        )
    if case.state == State.WITHDRAWN:
        return Label("cancelled", "")
    if case.answered_at is not None and case.due_on is None and case.clock != ClockState.RUNNING:
        return Label("answered before the clock ran again", "")
    if case.answered_at is None or case.due_on is None:
        return Label("no reply date", "")
    over = (timezone.localtime(case.answered_at).date() - case.due_on).days
    return Label(f"answered {days(over)} late", "") if over > 0 else Label("answered on time", "")


def next_action(case: Case) -> str:
    """What has to happen next, and whose turn it is. Wants the annotations of `tabs.with_work`."""
    if case.locked:  # type: ignore[attr-defined]
        return "Files locked by the customer: find out why, then unlock"
    if case.customer_wrote_at:
        return "Answer the customer's message"
    if is_stopped(case):
        return _stopped(case, timezone.localdate())
    state = State(case.state)
    if state is State.COLLECTING:
        return _collecting(case)
    if state is State.REVIEW:
        return _review(case)
    if state is State.TRIAGE:
        return _triage(case)
    if state is State.APPLYING and case.erasure_failed:  # type: ignore[attr-defined]
        return "Deleting stopped by a fault: look at it, then try again"
    if state is State.APPLYING:
        return "The portal carries it out. You do not have to do anything"
    if state is State.RELEASED:
        until = case.files_until  # type: ignore[attr-defined]
        return f"Customer can download until {short_day(until)}" if until else "Close"
    if state in ENDED:
        return "Nothing"
    return "Customer: confirm the e-mail address"


def _stopped(case: Case, today: dt.date) -> str:
    silent = clockwork.silent_for(case, today)
    if silent >= clockwork.CHASE_DAYS:
        return f"No answer for {days(silent)}: chase, or close for want of an answer"
    asked = brief_day(case.stopped_on)
    if case.clock == ClockState.PAUSED:
        return f"Customer: answer our question of {asked}"
    return f"Customer: send what we asked for on {asked}"


def _triage(case: Case) -> str:
    if case.right == Right.OBJECTION and not case.objects_to_something:  # type: ignore[attr-defined]
        return "Say which uses they object to"
    if case.subject_id is None and _person_matters(case):
        return "Choose the person on file"
    if case.proof == Proof.NONE and _proof_matters(case):
        return "Check who is asking"
    return "Take it up" if case.right in DECISIONS else "Accept"


def _person_matters(case: Case) -> bool:
    """Whether a person on file has to be chosen: a no to marketing can be about an address alone."""
    named = bool(case.requester_email) and not case.on_behalf_of
    return _proof_matters(case) or (case.right == Right.OBJECTION and not named)


def _proof_matters(case: Case) -> bool:
    """Whether anything depends on who asks: not for complaints, nor for a no to marketing alone."""
    if case.right == Right.OBJECTION:
        return bool(case.weighs_something)  # type: ignore[attr-defined]
    return case.right != Right.COMPLAINT


def _collecting(case: Case) -> str:
    if case.package_failed:  # type: ignore[attr-defined]
        return "Collecting stopped by a fault: try again or leave the part out"
    if not case.at_work:  # type: ignore[attr-defined]
        return "Collecting was stopped: move back to triage"
    done, total = case.work_done, case.work_total  # type: ignore[attr-defined]
    return f"Collecting: {done:,} of {total:,} records" if total else "Collecting"


def _review(case: Case) -> str:
    if case.right in DECISIONS:
        checked = case.verified_at is not None or not _proof_matters(case)
        if checked and case.right == Right.ERASURE and case.copy_waits:  # type: ignore[attr-defined]
            return "Decide. It waits for the copy they asked for: send that first"
        return "Decide, then answer" if checked else "Check who is asking"
    if not case.files_ready:  # type: ignore[attr-defined]
        return "Files are gone or too old: collect again"
    if case.verified_at is None:
        return "Check who is asking"
    if case.searching:  # type: ignore[attr-defined]
        return "Colleagues are searching: wait, remind, or do without"
    if not case.copy_current:  # type: ignore[attr-defined]
        return "Collect again: what colleagues found has changed"
    return "Review the copy" if case.reviewed_at is None else "Release"
