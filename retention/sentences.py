"""Why records go or stay, in the words that the page, the grid and the letter share. Speaks to the person ("you")."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.register import store
from portal.register.facts import Retention, Standing, WhenAsked
from retention.models import Action, Fate, Line, Reason
from retention.planning import Share
from retention.schedule import long_date
from subjects import datamap
from subjects.datamap import Dataset


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sentence is made of."""

    dataset: Dataset
    reason: Reason
    action: Action
    first_until: dt.date | None = None
    last_until: dt.date | None = None
    duty_until: dt.date | None = None


def of_share(share: Share) -> Facts:
    """The facts of a share as it is suggested."""
    return Facts(
        share.dataset, share.reason, share.suggestion, share.first_until, share.last_until, share.duty_until
    )


def of_line(line: Line) -> Facts:
    """The facts of a line as it was decided."""
    return Facts(
        datamap.get(line.dataset),
        Reason(line.cause),
        line.action,
        line.first_until,
        line.last_until,
        line.duty_until,
    )


def outcome(action: Action) -> str:
    """What is done, in a few words: "Deleted", "Kept"."""
    return _OUTCOMES[action]


_OUTCOMES = {
    Action.DELETE: "We delete it",
    Action.ANONYMISE: "We take out everything that points to you",
    Action.REDUCE: "We keep only what is needed",
    Action.KEEP: "It stays",
    Action.DIGEST: "We stop all marketing",
}


def because(facts: Facts) -> str:
    """Why it goes or stays, and until when."""
    return " ".join(filter(None, (_BECAUSE[facts.reason](facts), _left_out(facts))))


def _law(facts: Facts) -> str:
    rule = _rule(facts.dataset)
    until = _until(facts.first_until, facts.last_until)
    if not until:
        return f"It must stay for {rule.period} after {rule.after.words}, because {rule.because}."
    return f"It must stay {until}, because {rule.because}.{_claims(facts)}"


def _claims(facts: Facts) -> str:
    """A legal obligation ends with the accounts; what stays after that, stays in case of legal claims."""
    duty, last = facts.duty_until, facts.last_until
    if duty is None or last is None or duty >= last:
        return ""
    return f" The duty under tax law ends on {long_date(duty)}; after that it stays in case of a legal claim."


def _with_others(facts: Facts) -> str:
    until = _until(None, facts.last_until)
    why = _rule(facts.dataset).because
    return f"It stays {until or 'as long as they do'} with the records that must name you, because {why}."


def _proof(facts: Facts) -> str:
    until = _until(None, facts.last_until)
    return (
        "You get no marketing from us any more. We keep a code made from your address, so that we never write to you "
        f"again by mistake, and {until or 'for a time'} the record of your choices, without your name or address."
    )


def _contract(facts: Facts) -> str:
    return (
        "We still need it, because you have a contract with us that is running, or something is still to be paid. When "
        "that has ended, ask us again. If you do not, it goes by itself when its time is over."
    )


_BECAUSE = {
    Reason.OVER: lambda facts: "We have kept it as long as we had to.",
    Reason.ASKED: lambda facts: "Nothing makes us keep it.",
    Reason.ALONE: lambda facts: "It is needed only with records that we keep, and we keep none.",
    Reason.LAW: _law,
    Reason.WITH_OTHERS: _with_others,
    Reason.CONTRACT: _contract,
    Reason.HELD: lambda facts: "It is needed for a legal claim, and stays until that is settled.",
    Reason.PAUSED: lambda facts: (
        "Its use is paused, as you asked, and deleting is a use too. It stays meanwhile."
    ),
    Reason.REQUEST: lambda facts: (
        "You have a request with us that is not answered yet, and we must answer it from what we hold now."
    ),
    Reason.COMPLAINT: lambda facts: (
        "You have a complaint with us that is not answered yet, and we need it to look into that."
    ),
    Reason.NOT_DUE: lambda facts: "Something newer came in meanwhile, so its time is not over yet.",
    Reason.OWED: lambda facts: (
        "Something is still to be paid on your account. It stays until that is settled, and goes then."
    ),
    Reason.SHARED: lambda facts: "It belongs to other people too, so it stays. It no longer points to you.",
    Reason.PARTLY: lambda facts: (
        "It stays as long as we hold other data of yours that you did not ask us to delete."
    ),
    Reason.PROOF: _proof,
    Reason.OPEN: lambda facts: (
        "It is about a request of yours that is not finished. Its time begins when it is."
    ),
}


def _until(first: dt.date | None, last: dt.date | None) -> str:
    """ "until 20 November 2030", "the oldest until ..., the newest until ..."; empty without a date."""
    if last is None or last == dt.date.max:
        return ""
    if first is None or first == last:
        return f"until {long_date(last)}"
    return f"(the oldest until {long_date(first)}, the newest until {long_date(last)})"


def _left_out(facts: Facts) -> str:
    """What of a reduced record goes all the same."""
    kept = facts.dataset.ending.kept
    if facts.action is not Action.REDUCE or kept is None:
        return ""
    gone = [f"“{c.label}”" for c in facts.dataset.columns if c.path.split("__")[0] not in kept]
    *most, last = gone
    return f"The rest of it goes now: {', '.join(most)}{' and ' if most else ''}{last}."


def exception(facts: Facts) -> str:
    """Where the law allows to keep it; empty for what goes."""
    return _EXCEPTIONS.get(facts.reason, "") if not facts.action.ends else ""


_EXCEPTIONS = {
    Reason.LAW: "Article 17(3)(b), a legal obligation, or (e), legal claims",
    Reason.WITH_OTHERS: "Article 17(3)(b), a legal obligation, or (e), legal claims",
    Reason.CONTRACT: "Article 17(1)(a): it is still necessary",
    Reason.HELD: "Article 17(3)(e), legal claims",
    Reason.PAUSED: "Article 18(2)",
    Reason.REQUEST: "Article 17(3)(b): we must answer your request",
    Reason.COMPLAINT: "Article 17(3)(b): we must answer your complaint",
    Reason.OWED: "Article 17(3)(e), legal claims",
    Reason.PROOF: "Article 17(3)(b): we must be able to show what you agreed to",
    Reason.OPEN: "Article 17(3)(b): we must answer your request",
}


def backups() -> str:
    """What becomes of copies in backups (ICO: erase them or put them beyond use, and say so)."""
    thing = store.current().short_lived_thing("backups")
    lasts = f"They are overwritten {thing.period} after {thing.after}."
    return f"What is deleted can still be in our backups. {lasts} {thing.note}".strip()


def general(dataset: Dataset) -> tuple[Fate, str]:
    """What to expect for a kind of data of somebody we do not know yet: the likely fate, by the register's rule."""
    register = store.current()
    rule = _rule(dataset)
    asked = dataset.ending.when_asked or rule.when_asked
    if asked is WhenAsked.GOES:
        return Fate.GOES, "It goes."
    if asked is WhenAsked.GOES_AFTER_CONTRACT:
        return Fate.GOES, "It goes, unless you still have a contract with us or something is to be paid."
    if asked is WhenAsked.FOLLOWS:
        names = " and ".join(f"“{register.category(key).name}”" for key in rule.not_before)
        return Fate.STAYS, f"What names you stays as long as we must keep records of yours under {names}."
    return Fate.STAYS, f"If you bought from us, it stays: {register.rule_sentence(rule)}"


def _rule(dataset: Dataset) -> Retention:
    return store.current().retention_for(dataset.category, standing=Standing.CUSTOMER)
