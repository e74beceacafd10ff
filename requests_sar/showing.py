"""A case as its requester sees it: words, dates, the strip of days, the story so far, the work in progress.

Reads only; decides nothing. Staff pages may use the strip and the progress as well.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from portal.templatetags.house import day, moment, short_day
from requests_sar import casework, clockwork, deadlines, holidays
from requests_sar.models import (
    Case,
    Channel,
    ClockState,
    Extension,
    File,
    Letter,
    Need,
    Package,
    Question,
    ReplyBy,
    Source,
)
from requests_sar.rights import Right
from requests_sar.workflow import CUSTOMER_WORDS, ENDED, OPEN, State
from subjects import datamap

TONES: dict[State, str] = {
    State.RECEIVED: "info",
    State.VERIFYING: "act",
    State.TRIAGE: "info",
    State.COLLECTING: "info",
    State.REVIEW: "info",
    State.RELEASED: "ok",
    State.CLOSED: "done",
    State.REFUSED: "done",
    State.REFERRED: "done",
    State.WITHDRAWN: "done",
}


def plural(count: int, one: str, many: str = "") -> str:
    """ "1 record", "1,204 records"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


@dataclass(frozen=True, slots=True)
class Status:
    """The status in words, with the tone that colours it."""

    words: str
    tone: str


def status(case: Case, package: Package | None = None) -> Status:
    """What the customer reads as status; `package` is the copy that counts now, if there is one."""
    if is_paused(case):
        return Status("We asked you a question: the clock is paused", "pause")
    if clockwork.is_live(case) and case.clock == ClockState.WAITING:
        need = case.needs.filter(came_on=None).first()
        return Status(WAITING_FOR[Need.Kind(need.kind)] if need else "We wait for you", "act")
    state = State(case.state)
    if state is State.RELEASED and not _there(package):
        return Status(CUSTOMER_WORDS[State.CLOSED], TONES[State.CLOSED])
    if state is State.RELEASED and package is not None and package.locked_at:
        return Status("Files locked", "late")
    return Status(CUSTOMER_WORDS[state], TONES[state])


def _there(package: Package | None) -> bool:
    """Whether there are files that have not had their day."""
    return package is not None and package.expires_at is not None and package.expires_at > timezone.now()


WAITING_FOR = {
    Need.Kind.IDENTITY: "Waiting for you to prove who you are",
    Need.Kind.AUTHORITY: "Waiting for proof that you may ask for somebody else",
    Need.Kind.FEE: "Waiting for your fee",
}


def is_paused(case: Case) -> bool:
    """Whether an open question of ours stops the clock."""
    return case.clock == ClockState.PAUSED and clockwork.is_live(case)


def is_late(case: Case, today: dt.date | None = None) -> bool:
    """Whether the reply is overdue."""
    today = today or timezone.localdate()
    return case.state in OPEN and case.due_on is not None and today > case.due_on


def next_action(case: Case, package: Package | None) -> str:
    """What comes next, for the list of requests."""
    state = State(case.state)
    if state is State.VERIFYING:
        return "Confirm your email so that we can start"
    if is_paused(case):
        return "Answer our question. The clock is paused until you do"
    if clockwork.is_live(case) and case.clock == ClockState.WAITING:
        return "Send us what we asked you for. Then we can start"
    if state is State.RELEASED:
        return _fetch(case, package)
    if state in ENDED:
        return "Nothing more to do"
    return "We are working on it. You do not have to do anything"


def _fetch(case: Case, package: Package | None) -> str:
    if package is None or package.expires_at is None or not _there(package):
        return "Your files have been removed. You can ask for them again"
    if package.locked_at:
        return "Your files are locked. Talk to us to open them again"
    if case.reply_by != ReplyBy.DOWNLOAD:
        return "We send our reply in the way you asked for"
    return f"Download your files by {short_day(package.expires_at)}"


# --- the clock -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Day:
    """One mark of the strip; `kinds` are its classes."""

    kinds: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The legal month as ticks, and the sentence that says the same."""

    days: list[Day]
    first: str
    last: str
    sentence: str
    worked: list[str] = field(default_factory=list)  # how the date was worked out, one sentence a line


def strip(case: Case, today: dt.date | None = None) -> Strip | None:
    """The strip of a case; None when no clock runs (not started, referred, cancelled)."""
    if case.clock_start_on is None or case.state in {State.WITHDRAWN, State.REFERRED}:
        return None
    today = today or timezone.localdate()
    ended = timezone.localtime(case.answered_at).date() if case.answered_at else None
    paused = is_paused(case)
    if case.due_on is None and not paused:
        return None
    facts = casework.facts_of(case)
    start, until = case.clock_start_on, ended or today
    last = case.due_on or until
    off = _paused_days(facts, until)
    days = [
        Day(_mark(day_, due=case.due_on, until=until, running=ended is None, paused=day_ in off))
        for day_ in _days(start, max(last, min(until, last + dt.timedelta(days=62))))
    ]
    end = (
        f"Reply by {short_day(case.due_on)}" if case.due_on else f"Paused since {short_day(case.stopped_on)}"
    )
    said = _paused_sentence(case) if paused else _sentence(case, facts, ended, today)
    return Strip(days, short_day(start), end, said, worked(case, facts))


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=offset) for offset in range((last - first).days + 1)]


def _paused_days(facts: casework.Facts, until: dt.date) -> set[dt.date]:
    return {day_ for q in facts.pauses for day_ in _days(q.asked_on, q.answered_on or until)}


def _mark(day_: dt.date, *, due: dt.date | None, until: dt.date, running: bool, paused: bool) -> str:
    kinds = ["is-week"] if day_.weekday() == 0 else []
    if paused and day_ <= until:
        kinds.append("is-paused")
    elif due is not None and day_ > due:
        kinds.append("is-late")
    elif day_ <= until:
        kinds.append("is-used")
    if day_ == due:
        kinds.append("is-due")
    if day_ == until and running:
        kinds.append("is-today")
    return " ".join(kinds)


def _paused_sentence(case: Case) -> str:
    used = plural(case.days_used or 0, "day")
    return (
        f"Paused since {day(case.stopped_on)}, {used} used. We wait for your answer to our question. "
        "We will give you the new date when you answer."
    )


def _sentence(case: Case, facts: casework.Facts, ended: dt.date | None, today: dt.date) -> str:
    start, due = case.clock_start_on, case.due_on
    assert start is not None
    assert due is not None
    if ended:
        taken = (ended - case.received_on).days
        when = "on the day you asked" if taken == 0 else f"{plural(taken, 'day')} after you asked"
        return f"We replied on {day(ended)}, {when}."
    if today > due:
        return f"We are late. We should have replied by {day(due)}. You can complain."
    used, left = casework.used(start, facts, today), (due - today).days
    off = (today - start).days - used
    begun = f"{plural(used, 'day')} used" if used > 0 else "The month begins today"
    begun += f", {plural(off, 'day')} paused and not counted." if off > 0 else "."
    remaining = "That is today." if left == 0 else f"That is {plural(left, 'day')} from now."
    return f"{begun} We will reply by {day(due)}. {remaining}"


def worked(case: Case, facts: casework.Facts | None = None) -> list[str]:
    """How the reply date was worked out, with the weekend or holiday that moved it."""
    facts = facts or casework.facts_of(case)
    clock = casework.clock_of(case, facts)
    if clock.unrolled_due is None or clock.due is None:
        return []
    said = [f"We got your request on {day(case.received_on)}."]
    if clock.start != case.received_on:
        said.append(
            f"What we had to ask you for first reached us on {day(clock.start)}. The month began on that day."
        )
    months = "one month, and we told you in it why we need two more" if facts.extension else "one month"
    off = deadlines.paused_days(
        clock.start, [deadlines.Pause(q.asked_on, q.answered_on) for q in facts.pauses]
    )
    if off and case.right == Right.ACCESS:
        said.append(f"The law gives us {months}.")
        said.append(
            f"{plural(off, 'day')} between our question and your answer "
            f"{'does' if off == 1 else 'do'} not count. That leads to {day(clock.unrolled_due)}."
        )
    else:
        said.append(f"The law gives us {months}. That leads to {day(clock.unrolled_due)}.")
    if clock.due != clock.unrolled_due:
        why = holidays.why_closed(clock.unrolled_due)
        said.append(
            f"That day is {_closed(why)}, so the date moves to the next working day: {day(clock.due)}."
        )
    return said


def _closed(why: str) -> str:
    return f"a {why}" if why in {"Saturday", "Sunday"} else f"a bank holiday ({why})"


@dataclass(frozen=True, slots=True)
class Waits:
    """What we wait for from the customer: its title, the words we sent, and what their answer does."""

    title: str
    words: str
    lines: list[str]


NEEDED = {
    Need.Kind.IDENTITY: "We need proof of who you are",
    Need.Kind.AUTHORITY: "We need proof that you may ask for somebody else",
    Need.Kind.FEE: "We need a fee",
}


def waits(case: Case, facts: casework.Facts | None = None) -> list[Waits]:
    """Everything that we wait for: what stops the clock first, then questions that do not."""
    if not clockwork.is_live(case):
        return []
    needs = [
        Waits(
            f"{NEEDED[Need.Kind(need.kind)]}{f' of £{need.amount}' if need.amount else ''}",
            need.why,
            [
                f"We asked on {day(need.asked_on)}. The month we have begins on the day it reaches us, and we give you "
                "the date for our reply then.",
                "Write to us below or phone us to give it to us.",
            ],
        )
        for need in case.needs.filter(came_on=None)
    ]
    return needs + [_question(case, question) for question in case.questions.filter(answered_on=None)]


def _question(case: Case, question: Question) -> Waits:
    lines = [f"We asked on {day(question.asked_on)}."]
    if question.pauses and is_paused(case):
        lines.append(
            f"The clock is paused, {plural(case.days_used or 0, 'day')} used. "
            "We will give you the new date when you answer."
        )
        lines.append("If you want everything, say so: that is an answer too.")
    elif case.due_on:
        lines.append("The question does not change the date for our reply.")
    return Waits("We asked you a question", question.text, lines)


@dataclass(frozen=True, slots=True)
class Longer:
    """Two further months: why, and both dates."""

    ground: str
    reason: str
    line: str


def longer(case: Case) -> Longer | None:
    """The extension as its requester reads it."""
    extension = Extension.objects.filter(case=case).first()
    if extension is None:
        return None
    clock = casework.clock_of(case)
    ground = {"complex": "Your request is complex.", "number": "You made a number of requests."}[
        extension.ground
    ]
    line = f"We told you on {day(extension.told_on)} that we need two further months."
    if clock.due and clock.due_if_not_extended:
        line += f" We reply by {day(clock.due)} instead of {day(clock.due_if_not_extended)}."
    return Longer(ground, extension.reason, line)


# --- the story -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Happened:
    """One step of the timeline: done, now or next."""

    state: str
    what: str
    when: str = ""
    more: str = ""


LINE = (State.RECEIVED, State.TRIAGE, State.COLLECTING, State.REVIEW, State.RELEASED)


def timeline(case: Case, package: Package | None = None) -> list[Happened]:
    """The story in order: what is done, where it is, what will come."""
    reached = {h.to_state: h.at for h in case.history.all() if h.to_state}
    state = State(case.state)
    if state in ENDED and state is not State.CLOSED:
        return [*_line(case, reached, upto=None), Happened("done", _ending(case), moment(case.closed_at))]
    place = LINE.index({State.VERIFYING: State.TRIAGE, State.CLOSED: State.RELEASED}.get(state, state))
    return _line(case, reached, upto=place)


def _line(case: Case, reached: dict[str, dt.datetime], *, upto: int | None) -> list[Happened]:
    """The ordinary steps. `upto` is the present one; None: the case ended early, show what was reached."""
    steps = []
    for number, state in enumerate(LINE):
        at = reached.get(state)
        if upto is None:
            if at:
                steps.append(Happened("done", _past(state, case), moment(at)))
        elif number < upto or case.state in {State.RELEASED, State.CLOSED}:
            steps.append(Happened("done", _past(state, case), moment(at)))
        elif number == upto:
            steps.append(Happened("now", *_present(state, case)))
        else:
            steps.append(Happened("next", _future(state, case)))
    return steps


def _past(state: State, case: Case) -> str:
    by_post = case.reply_by != ReplyBy.DOWNLOAD
    return {
        State.RECEIVED: "We got your request",
        State.TRIAGE: "You confirmed your email"
        if case.channel == Channel.PORTAL
        else "We wrote your request down",
        State.COLLECTING: "We collected your data",
        State.REVIEW: "A person checked it",
        State.RELEASED: "We replied" if by_post else "We gave you your files",
    }[state]


def _present(state: State, case: Case) -> tuple[str, str, str]:
    if state is State.TRIAGE and case.state == State.VERIFYING:
        return "Confirm your email", "", "Use the code or the link we sent you. Then we can start."
    return {
        State.RECEIVED: ("We have your request", "", ""),
        State.TRIAGE: (
            "We are reading your request",
            "",
            "We make sure that it is about you, then we start collecting.",
        ),
        State.COLLECTING: (
            "We are collecting your data",
            "",
            "From every place where we keep data about people.",
        ),
        State.REVIEW: ("A person is checking it", "", "So that it is complete and shows nobody else's data."),
        State.RELEASED: ("Ready", "", ""),
    }[state]


def _future(state: State, case: Case) -> str:
    last = {
        ReplyBy.DOWNLOAD: "We email you, and you download your files",
        ReplyBy.POST: "We post it to you",
        ReplyBy.OTHER: "We send it to you in the way you asked for",
    }
    return {
        State.RECEIVED: "We get your request",
        State.TRIAGE: "You confirm your email",
        State.COLLECTING: "We collect your data",
        State.REVIEW: "A person checks it",
        State.RELEASED: last[ReplyBy(case.reply_by)],
    }[state]


def _ending(case: Case) -> str:
    return {
        State.REFUSED: "We said no to some or all of this",
        State.REFERRED: f"We passed it on to {case.referred_to}",
        State.WITHDRAWN: "You cancelled this request",
    }[State(case.state)]


# --- messages, files, work ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the thread."""

    yours: bool
    author: str
    at: dt.datetime
    text: str


def thread(case: Case, organisation: str) -> list[Said]:
    """The messages, oldest first."""
    return [
        Said(
            letter.side == Letter.Side.REQUESTER,
            "You" if letter.side == Letter.Side.REQUESTER else organisation,
            letter.at,
            letter.text,
        )
        for letter in case.letters.all()
    ]


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
