"""What this floor holds about pauses that were asked for and about objections."""

from __future__ import annotations

from subjects.datamap import Column, Dataset, Ending, Kind, register

_STAFF = "which member of staff decided"

register(
    Dataset(
        key="objections",
        category="rights-requests",
        title="Objections",
        what="Uses of your data that you objected to, and what we decided.",
        system="This portal",
        model="requests_sar.Objection",
        subject_path="case__subject",
        order="case__received_on",
        columns=(
            Column("case__received_on", "Asked on", "The day we got it.", Kind.DATE),
            Column("case__reference", "Request", "Which request it belongs to."),
            Column("purpose", "Use", "What you objected to."),
            Column("given", "Your reasons", "Why you object."),
            Column("decision", "Decision", "What we decided.", provided=False),
            Column("because", "Our reasons", "Why we decided so.", provided=False),
            Column("decided_at", "Decided", "When we decided.", Kind.MOMENT, provided=False),
        ),
        trigger="case__closed_at",
        ending=Ending(kept=("case", "purpose", "decision", "because", "decided_at")),
        corrected_by_note=True,
        excused={"decided_by": _STAFF, "absolute": "follows from the use: whether it is marketing"},
        words={
            "upheld": "We stopped.",
            "refused": "We went on, with our reasons.",
            "marketing": "News about products, services and offers.",
            "service-notifications": "Messages about changes to your service.",
            "website-analytics": "Figures about the use of our website.",
        },
    ),
    Dataset(
        key="pause-requests",
        category="rights-requests",
        title="Requests to pause",
        what="What you asked us to pause, and what we decided.",
        system="This portal",
        model="requests_sar.PauseRequest",
        subject_path="case__subject",
        order="case__received_on",
        columns=(
            Column("case__received_on", "Asked on", "The day we got it.", Kind.DATE),
            Column("case__reference", "Request", "Which request it belongs to."),
            Column("asked_ground", "Your ground", "Why you asked."),
            Column("given", "Your reasons", "Why, in your words."),
            Column("decision", "Decision", "What we decided.", provided=False),
            Column("ground", "Our ground", "On which ground we paused.", provided=False),
            Column("because", "Our reasons", "Why we decided so.", provided=False),
            Column("decided_at", "Decided", "When we decided.", Kind.MOMENT, provided=False),
        ),
        trigger="case__closed_at",
        ending=Ending(kept=("case", "asked_ground", "decision", "ground", "kinds", "because", "decided_at")),
        corrected_by_note=True,
        excused={"kinds": "which kinds of data; told in the answer to the request", "decided_by": _STAFF},
        words={
            "accuracy": "You told us that the data are not right.",
            "unlawful": "We should not have used the data, and you wanted them kept.",
            "claims": "You need the data for a legal claim.",
            "objection": "You objected, and we were weighing it.",
            "granted": "We paused.",
            "refused": "We did not pause, with our reasons.",
        },
    ),
)
