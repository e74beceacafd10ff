"""The panel “Who is asking”: what is proved, what this right needs, and the ladder of ways. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from portal.templatetags.house import day, moment
from requests_sar import identity_forms, ladder, records_asked, services
from requests_sar.admin import identity_acts
from requests_sar.admin.act import Act
from requests_sar.ladder import Way
from requests_sar.models import Case, Evidence, IdentityCheck, Proof, Representative
from requests_sar.services import behalf
from requests_sar.workflow import State


@dataclass(frozen=True, slots=True)
class Rung:
    """One way: whether it is open, what came of it, and its button."""

    name: str
    what: str
    tag: str  # the result in a word
    tone: str
    lines: tuple[str, ...]
    href: str = ""
    button: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A proof that waits for a decision."""

    kind: str
    words: str
    href: str


def context(case: Case, names: Any, acts: dict[str, list[Act]], *, works: bool) -> dict[str, Any]:
    """What the panel shows. `acts` are those that are offered now, by group; they are shown to `works` alone."""
    offered = {act.slug: act for act in (*acts.get(identity_acts.LADDER, ()), *acts.get("next", ()))}
    checks = list(case.identity_checks.all())
    return {
        "needed": ladder.NEEDED[ladder.level(case.right)],
        "rungs": [_rung(case, way, checks, names, offered) for way in Way] if _matters(case) else [],
        "documents": _documents(case) if works else [],
        "may_add": works and identity_acts.open_to_checks(case),
        "on_behalf": _on_behalf(case, names),
        "behalf_acts": acts.get(identity_acts.BEHALF, []),
        "prompts": identity_forms.child_prompts(case),
        "to_do": behalf.obstacles(case) if case.state not in services.OVER else [],
    }


def next_action(case: Case, who: dict[str, Any], acts: dict[str, list[Act]]) -> str:
    """What has to happen next about who is asking, before everything else; "" when the ordinary line goes on."""
    if any(act.slug == "client-details" for act in acts.get("next", ())):
        return "Give the client the details"
    if who["documents"]:
        return "Look at the document, then decide"
    if case.state == State.TRIAGE and case.subject_id is not None and who["to_do"]:
        return "Settle who asks for whom"
    return ""


def _matters(case: Case) -> bool:
    return case.state not in services.OVER


def _rung(case: Case, way: Way, checks: Iterable[IdentityCheck], names: Any, offered: dict[str, Act]) -> Rung:
    words = ladder.RUNGS[way]
    own = [check for check in checks if check.way == way]
    lines = [_said(check, names) for check in own]
    if way is Way.EMAIL and not own:
        return Rung(words.name, words.what, *_mail(case), ())
    tag, tone = _result(own)
    slug = {
        Way.LINK_ON_FILE: "link-on-file",
        Way.CALL_BACK: "call-back",
        Way.OTHER: "verify",
        Way.DOCUMENT: "decide-document" if "decide-document" in offered else "ask-document",
    }.get(way, "")
    href, button = "", ""
    if slug in offered:
        href, button = reverse("admin:case_act", args=[case.reference, slug]), offered[slug].button
    elif way is Way.QUESTIONS and "verify" in offered and case.verified_at is None:
        if len(records_asked.pick(case)) == records_asked.ASKED:
            href, button = reverse("admin:case_questions", args=[case.reference]), "Show the two questions"
        else:
            lines.append("Our records do not give two (more) questions about this person.")
    if not href and not own and case.verified_at is None:
        lines += _why_not(case, way)
    return Rung(words.name, words.what, tag, tone, tuple(lines), href, button)


def _mail(case: Case) -> tuple[str, str]:
    if case.proof in {Proof.CODE, Proof.SIGNED_IN} and case.verified_at:
        return "Proved", "ok"
    return "Does not prove a person here", "done"


def _result(own: list[IdentityCheck]) -> tuple[str, str]:
    if not own:
        return "", ""
    outcome = IdentityCheck.Outcome(own[-1].outcome)
    tone = {"matched": "ok", "not-matched": "late", "asked": "act"}[outcome.value]
    return outcome.label, tone


def _said(check: IdentityCheck, names: Any) -> str:
    who = names.of_user(check.by_id) if check.by_id else "the customer"
    line = f"{check.get_outcome_display()}, {moment(check.at)}, {who}."
    if check.facts:
        asked = [
            f"{records_asked.QUESTIONS.get(key, key)} {'right' if matched else 'wrong'}"
            for key, matched in check.facts.items()
        ]
        line += f" Asked: {'; '.join(asked)}."
    if check.reason:
        line += f" Why: {check.reason}"
    return line


def _why_not(case: Case, way: Way) -> list[str]:
    if case.subject is None and way is not Way.DOCUMENT:
        return ["Choose the person on file first."]
    if way is Way.LINK_ON_FILE:
        return [services.why_no_link(case)]
    if way is Way.CALL_BACK:
        return ["We have no telephone number of this person on file."]
    return []


def _documents(case: Case) -> list[Document]:
    return [
        Document(
            row.get_kind_display(),
            f"{row.ending[1:].upper()}, reached us on {day(row.came_on)}, "
            + ("from the customer" if row.by_customer else "put here by staff"),
            reverse("admin:case_proof", args=[case.reference, row.pk]),
        )
        for row in Evidence.objects.filter(case=case)
    ]


def _on_behalf(case: Case, names: Any) -> list[tuple[str, str]]:
    """The facts about a request for somebody else, as label and value."""
    known = behalf.of(case)
    if not case.on_behalf_of:
        return []
    rows = [("Who asks", case.requester_name), ("For whom", case.on_behalf_of)]
    if known is None:
        return [*rows, ("What they are to them", f"{case.relationship or 'Not said'} (not recorded yet)")]
    kind = known.get_kind_display()
    own = "" if case.relationship in {"", kind} else f": {case.relationship}"
    rows.append(("What they are to them", f"{kind}{own}"))
    rows.append(("Authority", _authority(known, names)))
    if known.kind == Representative.Kind.PARENT:
        rows.append(("The child can decide", _judged(known, names)))
    if known.answer_to:
        to = known.get_answer_to_display()
        where = known.answer_email or "by post"
        to += f", {where}" if known.answer_to == Representative.To.SUBJECT else ""
        rows.append(("The answer goes to", f"{to}. {known.answer_why}".strip()))
    return rows


def _authority(known: Representative, names: Any) -> str:
    words = known.get_authority_display()
    if known.authority_at:
        words += (
            f", {moment(known.authority_at)}, {names.of_user(known.authority_by_id)}. {known.authority_note}"
        )
    return words


def _judged(known: Representative, names: Any) -> str:
    if known.understands is None:
        return "Not judged yet"
    when = f"{moment(known.judged_at)}, {names.of_user(known.judged_by_id)}"
    return f"{'Yes' if known.understands else 'Not yet'}, {when}. {known.judgement}"
