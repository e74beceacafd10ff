"""What correcting leaves behind, as kinds of personal data: the history, and what stands beside records.

Both belong to the contact details in the register: they are kept as long as the relationship, like what they explain.
"""

from __future__ import annotations

from portal.register.facts import WhenAsked
from subjects.datamap import Column, Dataset, Ending, Kind, excuse, register

_PLACE = {
    "dataset": "shown in words as which detail",
    "record": "the key of a row; shown in words as which detail",
    "column": "the name of a field; shown in words as which detail",
}

register(
    Dataset(
        key="detail-changes",
        category="contact-details",
        title="Changes to your details",
        what="Changes that you made to your details, and that we made because you asked: old and new.",
        system="Customer records",
        model="subjects.DetailChange",
        subject_path="subject",
        order="at",
        columns=(
            Column("at", "When", "When it was changed.", Kind.MOMENT),
            Column("label", "Which detail", "What was changed."),
            Column("before", "Before", "What stood there before."),
            Column("after", "After", "What stands there since."),
            Column("side", "Changed by", "Who changed it."),
            Column("reference", "Request", "Which request of yours it came from.", provided=False),
        ),
        corrected_by_note=True,
        excused={
            **_PLACE,
            "act": "a random number that joins details changed together",
            "by": "which member of staff; the copy says whether it was you or we",
            "undoes": "that it took the change before it back; both are shown",
        },
        provided_rows={"side": "requester"},
        ending=Ending(when_asked=WhenAsked.GOES),
        words={"requester": "You.", "company": "Us."},
    ),
    Dataset(
        key="record-notes",
        category="contact-details",
        title="Statements and correction notes",
        what="What you told us to put beside a record that stayed as it was, and our notes that correct a record.",
        system="Customer records",
        model="subjects.RecordNote",
        subject_path="subject",
        order="at",
        columns=(
            Column("at", "When", "When it was added.", Kind.MOMENT),
            Column("kind", "Kind", "Your statement, or our note."),
            Column("label", "Beside", "Which record and which detail it is about."),
            Column("text", "Words", "What it says."),
            Column("reference", "Request", "Which request of yours it came from.", provided=False),
        ),
        corrected_by_note=True,
        provided_rows={"kind": "statement"},
        ending=Ending(when_asked=WhenAsked.GOES),
        excused={**_PLACE, "by": "which member of staff added it"},
        words={
            "statement": "Your own words, kept beside the record.",
            "note": "Our words that correct the record.",
        },
    ),
)

excuse(
    "subjects.Dispute", "that a record is not used while it is checked; told in the messages of the request"
)
excuse(
    "subjects.AddressChange",
    "a new address on its way in; removed when its code has expired, or when it cannot be taken back any more",
)
