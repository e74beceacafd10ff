"""What this floor holds about a person."""

from __future__ import annotations

from subjects.datamap import Column, Dataset, Kind, excuse, register

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
            Column("wording", "Words you were shown", "The exact words at that time."),
            Column("recorded_at", "Written down", "When we wrote it down.", Kind.MOMENT, provided=False),
        ),
        words={
            "given": "You agreed.",
            "withdrawn": "You took your agreement back.",
            "objected": "You told us to stop.",
            "marketing": "News about products, services and offers.",
        },
    )
)

excuse(
    "consent.Suppression", "codes that show nothing; they keep us from writing to somebody again by mistake"
)
