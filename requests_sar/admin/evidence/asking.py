"""The tables about who asked: each check of identity, who asks for whom, why it was not ours, what it is linked to."""

from __future__ import annotations

from typing import Any

from portal.templatetags.house import day, moment
from requests_sar import records_asked, services
from requests_sar.evidence import Table
from requests_sar.models import Case, Referral
from requests_sar.services import behalf


def checks(case: Case, names: Any) -> Table:
    """In which ways it was made sure who was asking, and with what result; never what was shown or answered."""
    rows = []
    for check in case.identity_checks.all():
        asked = "; ".join(
            f"{records_asked.QUESTIONS.get(key, key)} {'right' if matched else 'wrong'}"
            for key, matched in check.facts.items()
        )
        by = names.of_user(check.by_id) if check.by_id else "The customer"
        words = " ".join(part for part in (asked, check.reason) if part)
        rows.append((moment(check.at), check.get_way_display(), check.get_outcome_display(), by, words))
    what = (
        "Each check of who was asking. Documents were destroyed with the decision; answers were never kept."
    )
    return Table("identity-checks", "Identity checks", what, ("When", "Way", "Result", "Who", "More"), rows)


def representative(case: Case, names: Any) -> Table:
    """By what right somebody asked for another person, and who was to get the answer."""
    known = behalf.of(case)
    rows: list[tuple[str, str]] = []
    if known is not None:
        checked = f", {moment(known.authority_at)}, {names.of_user(known.authority_by_id)}"
        judged = f", {moment(known.judged_at)}, {names.of_user(known.judged_by_id)}: {known.judgement}"
        rows = [
            ("Who asked", case.requester_name),
            ("For whom", case.on_behalf_of),
            ("What they are to them", f"{known.get_kind_display()}: {case.relationship}"),
            ("Authority", known.get_authority_display() + (checked if known.authority_at else "")),
            ("What was seen", known.authority_note),
            ("The child can decide", ("Yes" if known.understands else "Not yet") + judged)
            if known.judged_at
            else ("The child can decide", "Not judged"),
            ("The answer goes to", f"{known.get_answer_to_display() if known.answer_to else 'Not chosen'}"),
            ("Why to them", known.answer_why),
        ]
    return Table(
        "representative",
        "On behalf of somebody",
        "Who asked for whom, and who was to get the answer.",
        ("What", "On record"),
        rows,
        empty="They asked for themselves.",
    )


def passed_on(case: Case, names: Any) -> Table:
    """Why it was not ours to answer, and which client was told."""
    referral = Referral.objects.filter(case=case).first()
    rows: list[tuple[str, str]] = []
    if referral is not None:
        rows = [
            ("Why", referral.get_kind_display()),
            ("Who decides", case.referred_to),
            ("When", f"{moment(referral.at)}, {names.of_user(referral.by_id)}"),
            ("Client told", moment(referral.client_told_at) if referral.client_told_at else "Not by e-mail"),
            ("Details given", moment(referral.details_given_at) if referral.details_given_at else "Not yet"),
        ]
    return Table(
        "passed-on",
        "Passed on",
        "Why we did not answer ourselves, and who was told.",
        ("What", "On record"),
        rows,
        empty="The request is ours to answer.",
    )


def links(case: Case, names: Any) -> Table:
    """Other requests of the same person that belong to this one; each keeps its own date."""
    rows = [
        (
            other.reference,
            other.get_right_display(),
            day(other.received_on),
            day(other.due_on) if other.due_on else "none",
            other.get_state_display(),
        )
        for other in services.linked(case)
    ]
    what = "Requests of the same person that belong to this one."
    return Table("links", "Linked requests", what, ("Reference", "Right", "Received", "Due", "State"), rows)


TABLES = (checks, representative, passed_on, links)
