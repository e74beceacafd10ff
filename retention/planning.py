"""What can go and what must stay of one person's records, by the register's rules: reading only, one query a kind.

Used before a request is sent, when it is decided, and when the list of what goes is frozen; so the page, the grid and
the work itself cannot differ.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.db.models.functions import Greatest

from consent import agreements
from portal.register import facts, store
from portal.register.facts import Standing, Trigger, WhenAsked
from retention import holds, naming, schedule
from retention.models import Action, Fate, Reason
from subjects import datamap, relationship, restriction
from subjects.datamap import LONDON, Dataset
from subjects.models import Subject
from subjects.relationship import Relationship

COUNTED = "counted_from"  # the annotation with the date that the period counts from
STOPS = (Reason.HELD, Reason.PAUSED)  # open requests and complaints are waited for before anything is done
ENDINGS = {
    facts.Action.DELETE: Action.DELETE,
    facts.Action.ANONYMISE: Action.ANONYMISE,
    facts.Action.KEEP_DIGEST: Action.DELETE,
}


@dataclass(frozen=True, slots=True)
class Share:
    """Records of one kind that have the same fate."""

    dataset: Dataset
    fate: Fate
    reason: Reason
    records: int
    rows: QuerySet[Any]  # exactly these records
    suggestion: Action
    ending: Action  # how they end when they go
    rule: str  # the register's, in words
    first_until: dt.date | None = None  # kept through this day: the oldest and the newest
    last_until: dt.date | None = None
    duty_until: dt.date | None = None  # until then a legal obligation, for the newest


_ALL, _NONE = Q(pk__isnull=False), Q(pk__isnull=True)


@dataclass(frozen=True, slots=True)
class Parts:
    """The records of a kind in two: which go, why, and which stay."""

    goes: Q
    stays: Q
    why: Reason
    unless: Reason | None = None  # why even those that would go stay for now


@dataclass(frozen=True, slots=True)
class _World:
    """What all kinds of one plan have in common."""

    subject: Subject
    as_of: dt.date
    kinds: frozenset[str]
    spare: Mapping[str, Collection[Any]]
    relation: Relationship
    stopped: bool  # some hold or pause may reach something of theirs

    @property
    def standing(self) -> Standing:
        return Standing.CUSTOMER if self.relation.has_bought else Standing.ENQUIRER

    def rule(self, dataset: Dataset) -> facts.Retention:
        return store.current().retention_for(dataset.category, standing=self.standing)

    def when_asked(self, dataset: Dataset) -> WhenAsked:
        """The register's word, except that nobody who never bought is in the accounts."""
        rule = self.rule(dataset)
        asked = dataset.ending.when_asked or rule.when_asked
        if asked is WhenAsked.STAYS and rule.floor and self.standing is Standing.ENQUIRER:
            return WhenAsked.GOES
        return asked


def shares(
    subject: Subject,
    *,
    as_of: dt.date,
    kinds: Collection[str] = (),
    spare: Mapping[str, Collection[Any]] | None = None,
) -> list[Share]:
    """The records of one person by kind and fate, in the order of the data map; kinds without records are left out.

    as_of: the UK day on which it would be done. kinds: keys of the data map; none: everything. spare: keys of records
    that the plan leaves alone, by kind.
    """
    stopped = holds.legal(subject).exists() or bool(restriction.of(subject))
    world = _World(subject, as_of, frozenset(kinds), spare or {}, relationship.of(subject), stopped)
    chosen = [each for each in datamap.datasets() if not kinds or each.key in kinds]
    found: dict[str, list[Share]] = {}
    last: dict[
        str, dt.date | None
    ] = {}  # category -> through which day its newest record stays; None: no day yet
    for dataset in sorted(chosen, key=lambda each: world.when_asked(each) is WhenAsked.FOLLOWS):
        found[dataset.key] = _of_kind(world, dataset, last)
        for share in found[dataset.key]:
            if share.fate is Fate.STAYS:
                known = [last.get(dataset.category, dt.date.min), share.last_until]
                last[dataset.category] = None if None in known else max(day for day in known if day)
    if world.kinds:
        _keep_names(world, found)
    return [share for dataset in chosen for share in found[dataset.key]]


def _of_kind(world: _World, dataset: Dataset, last: Mapping[str, dt.date | None]) -> list[Share]:
    ending = _ending(world, dataset)
    rule = schedule.in_words(world.rule(dataset))
    held, rows = _held(world, dataset, ending, rule)
    base = Share(dataset, Fate.STAYS, Reason.LAW, 0, rows, Action.KEEP, ending, rule)
    return [*held, *_of_rule(world, base, last)]


def _held(world: _World, dataset: Dataset, ending: Action, rule: str) -> tuple[list[Share], QuerySet[Any]]:
    """What a claim or a pause keeps, whatever the rule says; and the other records."""
    shares, rows = [], _rows(world, dataset)
    for against in holds.standing(dataset) if world.stopped else ():
        if against.reason in STOPS:
            stays = Share(
                dataset, Fate.STAYS, against.reason, 0, rows.filter(against.rows), Action.KEEP, ending, rule
            )
            shares += _counted(stays)
            rows = rows.exclude(against.rows)
    return shares, rows


def _of_rule(world: _World, base: Share, last: Mapping[str, dt.date | None]) -> list[Share]:
    dataset = base.dataset
    whole = _whole(world, dataset, last)
    if whole is not None:
        return _counted(replace(base, **whole))
    rule = world.rule(dataset)
    if rule.after is Trigger.CONSENT_END:
        return _consent(world, base, rule)
    due, undue = _due(world, dataset, rule)
    asked = world.when_asked(dataset)
    if asked is WhenAsked.GOES or (asked is WhenAsked.GOES_AFTER_CONTRACT and not world.relation.running):
        return _two(world, base, rule, Parts(_ALL, _NONE, Reason.ASKED))
    if dataset.ending.kept_rows and not world.relation.running:
        kept = Q(**dataset.ending.kept_rows)
        return _two(world, base, rule, Parts(due | ~kept, undue & kept, Reason.ASKED))
    owed = Reason.OWED if world.relation.owes and holds.debts_hold(dataset) else None
    return _two(world, base, rule, Parts(due, undue, Reason.OVER, owed))


def _rows(world: _World, dataset: Dataset) -> QuerySet[Any]:
    rows = dataset.of(world.subject.pk).order_by()
    spare = world.spare.get(dataset.key)
    return rows.exclude(pk__in=list(spare)) if spare else rows


def _ending(world: _World, dataset: Dataset) -> Action:
    return ends_as(dataset, world.rule(dataset))


def ends_as(dataset: Dataset, rule: facts.Retention) -> Action:
    """How records of a kind end: as the register says, if the kind has figures to keep."""
    if dataset.subject_path == "pk":
        return Action.ANONYMISE  # an empty row: requests and proofs go on pointing at it
    return ENDINGS[rule.action] if dataset.ending.figures else Action.DELETE


# --- kinds whose records all have one fate ------------------------------------------------------------------


def _whole(world: _World, dataset: Dataset, last: Mapping[str, dt.date | None]) -> dict[str, Any] | None:
    """The fate of a kind as a whole; None where each record has its own."""
    if _shared(world.subject, dataset):
        return {"reason": Reason.SHARED}
    if _with_account(world, dataset):
        return {"reason": Reason.WITH_OTHERS, "suggestion": Action.REDUCE}
    rule, asked = world.rule(dataset), world.when_asked(dataset)
    if asked is WhenAsked.FOLLOWS:
        return _following(world, dataset, rule, last)
    if rule.after in {Trigger.RELATIONSHIP_END, Trigger.LAST_CONTACT}:
        return _by_relation(world, dataset, rule, asked)
    return None


def _by_relation(world: _World, dataset: Dataset, rule: facts.Retention, asked: WhenAsked) -> dict[str, Any]:
    """What counts from the end of the relationship has one date for all records."""
    if asked is WhenAsked.GOES:
        return _goes(Reason.ASKED, _ending(world, dataset))
    if world.relation.running:
        return {"reason": Reason.CONTRACT}
    until = schedule.keep_until(world.relation.ended_on, rule, accounting_year_end=_year_end())
    if asked is WhenAsked.GOES_AFTER_CONTRACT or (until is not None and until < world.as_of):
        return _goes(Reason.OVER if until and until < world.as_of else Reason.ASKED, _ending(world, dataset))
    reduce = Action.KEEP if dataset.ending.kept is None else Action.REDUCE
    return {"reason": Reason.LAW, "first_until": until, "last_until": until, "suggestion": reduce}


def _with_account(world: _World, dataset: Dataset) -> bool:
    """Whether this is the name of somebody whose account stays for a claim or a pause; see `retention.naming`."""
    whose = dataset.subject_path == "pk" and world.stopped and not world.relation.running
    return whose and naming.account_is_held(world.subject, STOPS)


def _goes(reason: Reason, ending: Action) -> dict[str, Any]:
    return {"fate": Fate.GOES, "reason": reason, "suggestion": ending}


def _shared(subject: Subject, dataset: Dataset) -> bool:
    path = dataset.ending.shared_with
    others = Subject.objects.exclude(pk=subject.pk).filter(locked_at=None)
    return bool(path) and dataset.of(subject.pk).filter(**{f"{path}__in": others}).exists()


def _following(
    world: _World, dataset: Dataset, rule: facts.Retention, last: Mapping[str, dt.date | None]
) -> dict[str, Any]:
    """A name stays as long as the records that must name it, and while a contract runs."""
    if world.relation.running:
        return {"reason": Reason.CONTRACT}
    staying = [key for key in rule.not_before if key in last]
    if not staying:
        return _goes(Reason.ALONE, _ending(world, dataset))
    ends = [last[key] for key in staying]
    until = None if None in ends else max(day for day in ends if day)
    reduce = Action.KEEP if dataset.ending.kept is None else Action.REDUCE
    return {"reason": Reason.WITH_OTHERS, "first_until": until, "last_until": until, "suggestion": reduce}


def _keep_names(world: _World, found: dict[str, list[Share]]) -> None:
    """Not everything was asked for: who the rest is about cannot go while there is a rest."""
    naming = {
        key
        for key, mine in found.items()
        if (dataset := datamap.get(key)).subject_path == "pk"
        or world.when_asked(dataset) is WhenAsked.FOLLOWS
    }
    rest = [each for each in datamap.datasets() if each.key not in world.kinds and each.subject_path != "pk"]
    if not naming or not any(_rows(world, each).exists() for each in rest):
        return
    for key in naming:
        found[key] = [
            replace(share, fate=Fate.STAYS, reason=Reason.PARTLY, suggestion=Action.KEEP)
            if share.reason not in {Reason.SHARED, *STOPS}
            else share
            for share in found[key]
        ]


# --- kinds whose records each have their own date ----------------------------------------------------------


def _due(world: _World, dataset: Dataset, rule: facts.Retention) -> tuple[Q, Q]:
    """The conditions of the records whose time is over and of all others, on the annotation COUNTED."""
    cutoff = schedule.last_due(world.as_of, rule, accounting_year_end=_year_end())
    if cutoff is None or not dataset.trigger:
        return _NONE, _ALL
    after: dt.date = cutoff + dt.timedelta(days=1)
    if dataset.is_moment(dataset.trigger):
        after = dt.datetime.combine(after, dt.time(), LONDON)
    return Q(**{f"{COUNTED}__lt": after}), Q(**{f"{COUNTED}__gte": after}) | Q(**{f"{COUNTED}__isnull": True})


def _two(world: _World, base: Share, rule: facts.Retention, parts: Parts) -> list[Share]:
    """The records that go and those that stay, counted in one query."""
    rows = _dated(base.dataset, base.rows)
    wanted: dict[str, Any] = {
        "gone": Count("pk", filter=parts.goes),
        "left": Count("pk", filter=parts.stays),
    }
    if base.dataset.trigger:
        wanted |= {
            "dated": Count(COUNTED, filter=parts.stays),
            "first": Min(COUNTED, filter=parts.stays),
            "last": Max(COUNTED, filter=parts.stays),
        }
    found = rows.aggregate(**wanted)
    shares = []
    if found["gone"]:
        gone = _goes(parts.why, base.ending) if parts.unless is None else {"reason": parts.unless}
        shares.append(replace(base, records=found["gone"], rows=rows.filter(parts.goes), **gone))
    if found["left"]:
        left = replace(base, records=found["left"], rows=rows.filter(parts.stays))
        shares.append(_staying(world, left, rule, found))
    return shares


def _staying(world: _World, share: Share, rule: facts.Retention, found: Mapping[str, Any]) -> Share:
    if world.when_asked(share.dataset) is WhenAsked.GOES_AFTER_CONTRACT:
        return replace(share, reason=Reason.CONTRACT)
    first, last = _day(found.get("first")), _day(found.get("last"))
    undated = found.get("dated", 0) < share.records
    year_end = _year_end()
    until = [
        schedule.keep_until(day, rule, accounting_year_end=year_end) if day else None for day in (first, last)
    ]
    keeps_all = share.dataset.ending.kept is None or world.relation.running
    return replace(
        share,
        reason=Reason.OPEN if rule.after is Trigger.CASE_CLOSED and first is None else Reason.LAW,
        suggestion=Action.KEEP if keeps_all else Action.REDUCE,
        first_until=until[0],
        last_until=None if undated else until[1],
        duty_until=rule.floor.until(last, year_end) if rule.floor and last and not undated else None,
    )


def _consent(world: _World, base: Share, rule: facts.Retention) -> list[Share]:
    """The ledger: no marketing from now on, and the proof of choices without a name for its period."""
    ended = agreements.ended_on(world.subject) or world.as_of  # asking for erasure takes a consent back
    until = schedule.keep_until(ended, rule, accounting_year_end=_year_end())
    if until is not None and until < world.as_of:
        return _counted(replace(base, **_goes(Reason.OVER, base.ending)))
    return _counted(
        replace(
            base,
            reason=Reason.PROOF,
            suggestion=Action.DIGEST,
            first_until=until,
            last_until=until,
        )
    )


def _counted(share: Share) -> list[Share]:
    """The share with its number of records; nothing where there are none."""
    count = share.rows.count()
    return [replace(share, records=count)] if count else []


def _dated(dataset: Dataset, rows: QuerySet[Any]) -> QuerySet[Any]:
    """With the date the period counts from: the trigger, or the latest of several."""
    if not dataset.trigger:
        return rows
    if not dataset.ending.later:
        return rows.annotate(**{COUNTED: F(dataset.trigger)})
    return rows.annotate(**{COUNTED: Greatest(dataset.trigger, *dataset.ending.later)})


def _day(value: dt.date | None) -> dt.date | None:
    return value.astimezone(LONDON).date() if isinstance(value, dt.datetime) else value


def _year_end() -> Any:
    return store.current().controller.accounting_year_end
