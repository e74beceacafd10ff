"""What this floor holds about a person."""

from __future__ import annotations

from django.db.models import Q

from consent.models import Addressee, Channel, ConsentEvent, How, StandingChange, Suppression
from subjects.datamap import Column, Dataset, Kind, excuse, register
from subjects.traces import Erased, Scrap, Trace, nothing_in
from subjects.traces import register as register_trace

register(
    Dataset(
        key="marketing-choices",
        category="marketing-choices",
        title="Marketing choices",
        what="What you agreed to and what you said no to, with the words you were shown.",
        system="Consent ledger",
        model="consent.ConsentEvent",
        subject_path="subject",
        order="happened_at",
        trigger="happened_at",
        corrected_by_note=True,
        columns=(
            Column("happened_at", "When", "When you told us.", Kind.MOMENT),
            Column("act", "What you said", "Whether you agreed or said no."),
            Column("purpose", "About", "The purpose it was about."),
            Column("channel", "By which way", "Email, phone, text message or post."),
            Column("how", "How you told us", "On a page, by a link, by email or by phone."),
            Column("wording__text", "Words you were shown", "The exact words at that time."),
            Column(
                "wording__version",
                "Version of the words",
                "We count the versions of these words.",
                Kind.INTEGER,
            ),
            Column("evidence", "Where it is written down", "A reference: a request, a list, a campaign."),
            Column("recorded_at", "Written down", "When we wrote it down.", Kind.MOMENT, provided=False),
        ),
        words={
            "given": "You agreed.",
            "withdrawn": "You took your agreement back.",
            "objected": "You told us to stop.",
            "marketing": "News about products, services and offers.",
            **{channel.value: f"{channel.label}." for channel in Channel},
            **{how.value: f"{how.label}." for how in How},
        },
        excused={
            "address": "only where we know an address and no person; then nobody's records hold it",
            "transaction": "the order in which other systems hear of it",
            "key": "keeps another system's repeat from being written down twice",
        },
    )
)

excuse(
    "consent.Suppression", "codes that show nothing; they keep us from writing to somebody again by mistake"
)
excuse("consent.ConsentFlag", "follows from the marketing choices, row by row")
excuse("consent.Campaign", "names of our own mailings, the same for everybody")
excuse("consent.Addressee", "the number that a link of a message names somebody by, and no more about them")
excuse(
    "consent.StandingChange",
    "that a pause began or ended, or somebody is erased, told to the systems that follow; the number of somebody "
    "erased stays for as long as the register says",
)
excuse("consent.Wording", "our own words, the same for everybody")


def _alone(erased: Erased, scrap: Scrap) -> int:
    """What was written down about their addresses before we knew whose they were."""
    mine = Q(address__in=erased.addresses) & ~Q(address="")
    return ConsentEvent.objects.filter(mine).delete()[0]


register_trace(
    Trace(
        "addresses-alone",
        "marketing choices of their addresses, from before we knew whose they were",
        ("consent.ConsentFlag",),
        _alone,
    )
)


def _links(erased: Erased, scrap: Scrap) -> int:
    """The numbers by which links name them: the links of old messages then stand for nobody."""
    mine = Q(subject=erased.subject) | Q(subject=None, address__in=erased.addresses)
    return Addressee.objects.filter(mine).delete()[0]


def _changes(erased: Erased, scrap: Scrap) -> int:
    """Their pauses, as told to other systems. That they are erased is noted after this, when it is so."""
    return StandingChange.objects.filter(person=erased.subject.pk).delete()[0]


register_trace(
    Trace("changes", "their pauses, as told to other systems", ("consent.StandingChange",), _changes)
)
register_trace(
    Trace("links", "the numbers that unsubscribe links name them by", ("consent.Addressee",), _links)
)
nothing_in("consent.Campaign", "names of our own mailings")
nothing_in("consent.Wording", "our own words, the same for everybody")
nothing_in(
    Suppression._meta.label, "codes that show nothing; they keep us from writing to somebody by mistake"
)
