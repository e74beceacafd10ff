"""Restriction of processing: what it reaches, that it ends only after the person was told, who is stopped by it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.mail.models import Message
from requests_sar import packages, services
from subjects import restriction
from subjects.models import RestrictedUse, Restriction, Subject
from subjects.restriction import ALWAYS, Refused, Use
from tests import factories

Ground, How, Scope, Why = Restriction.Ground, Restriction.How, Restriction.Scope, Restriction.Why
REFERENCE = "DP-7K4M-29QX"


@pytest.fixture
def alice(db: None) -> Subject:
    return factories.subject()


def tell(pause: Restriction, **how: Any) -> Restriction:
    return restriction.announce_lifting(
        restriction=pause, by=None, why=Why.CHECKED, **{"how": How.POST, **how}
    )


def message(state: str = Message.State.WAITING) -> Message:
    sent = timezone.now() if state == Message.State.SENT else None
    return Message.objects.create(
        template="x", to="alice@example.com", subject="s", text="t", state=state, sent_at=sent
    )


# --- what a restriction reaches -----------------------------------------------------------------------------

KINDS = ["contact-details", "orders", "emails"]
PURPOSES = ["marketing", "website-analytics"]
MOMENT = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)


@st.composite
def restrictions(draw: st.DrawFn) -> Restriction:
    scope = draw(st.sampled_from(Scope.values))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, unique=True))
    return Restriction(
        scope=scope,
        kinds=kinds[:1] if scope == Scope.RECORD else kinds if scope == Scope.KINDS else [],
        record=draw(st.sampled_from(["1", "2"])) if scope == Scope.RECORD else "",
        purpose=draw(st.sampled_from(PURPOSES)) if scope == Scope.PURPOSE else "",
        reference=REFERENCE,
        placed_at=MOMENT,
    )


uses = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["", *KINDS]),
        "record": st.sampled_from(["", "1", "2"]),
        "purpose": st.sampled_from(["", *PURPOSES]),
    }
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(restrictions(), max_size=4), restrictions(), st.sampled_from(Use), uses)
def test_rules_of_what_is_blocked(
    standing: list[Restriction], more: Restriction, use: Use, what: dict[str, str]
) -> None:
    no = restriction.first_no(standing, use, **what)
    if use in ALWAYS:
        assert no == ""  # Article 18(2): storage, their own rights, consent and claims are never blocked
    if not standing:
        assert no == ""
    if any(each.scope == Scope.EVERYTHING for each in standing):
        assert bool(no) == (use not in ALWAYS)
    # One restriction more never frees a use.
    assert bool(restriction.first_no([*standing, more], use, **what)) >= bool(no)
    # Using everything is stopped wherever using a part is.
    if no:
        assert restriction.first_no(standing, use, purpose=what["purpose"]) or use is Use.SERVICE
        assert REFERENCE in no
        assert no.endswith(".")
    # What is listed as allowed for everything is blocked for nothing, but by an objection to one use.
    if use in restriction.allowed(standing):
        assert not restriction.first_no(standing, use, kind=what["kind"], record=what["record"])


@pytest.mark.parametrize("use", sorted(set(Use) - ALWAYS))
def test_every_blocked_use_has_its_own_sentence(use: Use) -> None:
    pause = Restriction(scope=Scope.EVERYTHING, reference=REFERENCE, placed_at=MOMENT)
    sentence = restriction.first_no([pause], use)
    assert sentence.startswith("Paused since 23 November 2026 (DP-7K4M-29QX). ")
    others = {restriction.first_no([pause], other) for other in set(Use) - ALWAYS - {use}}
    assert sentence not in others


def test_one_kind_leaves_the_others_and_the_services_free() -> None:
    pause = Restriction(scope=Scope.KINDS, kinds=["orders"], reference=REFERENCE, placed_at=MOMENT)
    assert restriction.first_no([pause], Use.EDIT, kind="orders")
    assert restriction.first_no([pause], Use.EDIT, kind="emails") == ""
    assert restriction.first_no([pause], Use.THIRD_PARTIES)  # of everything
    assert restriction.first_no([pause], Use.SERVICE) == ""


# --- placing and ending it ----------------------------------------------------------------------------------


def test_pressed_twice_it_is_one_and_the_persons_row_is_in_step(alice: Subject) -> None:
    first, again = factories.pause(alice), factories.pause(alice)
    assert first == again
    alice.refresh_from_db()
    assert alice.restricted_at == first.placed_at
    assert Entry.objects.filter(verb="restriction.placed").count() == 1
    entry = Entry.objects.get(verb="restriction.placed")
    assert (entry.target, entry.reason) == (
        f"subject:{alice.reference}",
        f"{REFERENCE} accuracy everything",
    )


def test_a_part_does_not_mark_the_whole_person(alice: Subject) -> None:
    factories.pause(alice, kinds=["orders"])
    factories.pause(alice, purpose="website-analytics")
    alice.refresh_from_db()
    assert alice.restricted_at is None
    assert restriction.mark(restriction.of(alice)) == "Partly paused: see the person's page"


@pytest.mark.parametrize(
    "scope",
    [
        {"record": "1"},
        {"record": "1", "kinds": ["orders", "emails"]},
        {"purpose": "marketing", "kinds": ["orders"]},
    ],
)
def test_a_scope_that_makes_no_sense_is_a_mistake(alice: Subject, scope: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        factories.pause(alice, **scope)


def test_it_cannot_be_lifted_before_the_person_was_told(alice: Subject) -> None:
    """Article 18(3): in the verb."""
    standing = factories.pause(alice)
    with pytest.raises(Refused, match="Tell the person first"):
        restriction.lift(restriction=standing, by=None)
    tell(standing)
    lifted = restriction.lift(restriction=standing, by=None)
    assert lifted.lifted_at
    assert lifted.told_lifting_at
    assert lifted.told_lifting_at <= lifted.lifted_at
    alice.refresh_from_db()
    assert (alice.restricted_at, restriction.of(alice)) == (None, [])
    with pytest.raises(Refused, match="ended already"):
        restriction.lift(restriction=standing, by=None)


def test_the_database_refuses_it_too(alice: Subject) -> None:
    """Article 18(3): no statement of anybody's can lift without the notice, or before it."""
    standing = Restriction.objects.filter(pk=factories.pause(alice).pk)
    now = timezone.now()
    for change in (
        {"lifted_at": now},
        {"lifted_at": now, "announced_at": now, "told_lifting_at": now + dt.timedelta(seconds=1)},
        {"told_lifting_at": now},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            standing.update(**change)


def test_an_email_counts_when_it_has_left(alice: Subject) -> None:
    standing = factories.pause(alice)
    notice = message()
    tell(standing, how=How.EMAIL, notice=notice)
    with pytest.raises(Refused, match="has not left yet"):
        restriction.lift(restriction=standing, by=None)
    left = timezone.now()
    Message.objects.filter(pk=notice.pk).update(state=Message.State.SENT, sent_at=left)
    assert restriction.lift(restriction=standing, by=None).told_lifting_at == left


def test_an_email_that_failed_tells_nobody_and_the_post_can(alice: Subject) -> None:
    standing = tell(factories.pause(alice), how=How.EMAIL, notice=message(Message.State.FAILED))
    with pytest.raises(Refused, match="by post or phone"):
        restriction.lift(restriction=standing, by=None)
    restriction.lift(restriction=tell(standing), by=None)


def test_told_once_is_enough(alice: Subject) -> None:
    standing = tell(factories.pause(alice))
    with pytest.raises(Refused, match="told already"):
        tell(standing)


def test_two_restrictions_end_one_by_one(alice: Subject) -> None:
    with time_machine.travel("2026-11-20T10:00:00+00:00", tick=False):
        first = factories.pause(alice)
    second = factories.pause(alice, reference="DP-AAAA-BBBB")
    restriction.lift(restriction=tell(first), by=None)
    alice.refresh_from_db()
    assert alice.restricted_at == second.placed_at
    assert restriction.blocks(alice, Use.MARKETING)


def test_s50_what_is_paused_is_not_deleted(alice: Subject) -> None:
    assert restriction.blocks(alice, Use.DISPOSAL, kind="orders") == ""
    restriction.restrict(subject=alice, ground=Ground.CLAIMS, reference=REFERENCE, by=None, kinds=["orders"])
    why = restriction.blocks(alice, Use.DISPOSAL, kind="orders", record="17")
    assert "the data protection officer looks at it instead" in why
    assert restriction.blocks(alice, Use.DISPOSAL, kind="emails") == ""


# --- the doors it closes ------------------------------------------------------------------------------------


@pytest.fixture
def sam(client: Client, db: None) -> Client:
    client.force_login(factories.user(Role.STAFF))
    return client


def test_s59_staff_see_it_wherever_they_meet_the_person(sam: Client, alice: Subject) -> None:
    factories.pause(alice)
    for address in ("", "orders/", "workbook/"):
        page = sam.get(f"/admin/people/{alice.reference}/{address}").content.decode()
        assert "Paused: do not use" in page, address
    found = sam.post("/admin/people/", {"q": "okafor"}, follow=True).content.decode()
    assert "Paused: do not use" in found
    sam.force_login(factories.user(Role.DPO))
    case = factories.case(subject=alice)
    assert "Paused: do not use" in sam.get(f"/admin/requests/{case.reference}/").content.decode()


def test_a_part_is_named_where_the_person_is_shown(sam: Client, alice: Subject) -> None:
    factories.pause(alice, kinds=["support-calls", "emails"])
    page = sam.get(f"/admin/people/{alice.reference}/").content.decode()
    assert "we only store “Emails” and “Support calls”." in page
    assert "Partly paused" in sam.post("/admin/people/", {"q": "okafor"}, follow=True).content.decode()


def workbook(client: Client, alice: Subject, **answers: Any) -> Any:
    return client.post(
        f"/admin/people/{alice.reference}/workbook/", {"purpose": "Claim 17 in the county court", **answers}
    )


def test_s59_no_workbook_for_others_while_it_is_paused(sam: Client, alice: Subject) -> None:
    factories.pause(alice)
    answer = workbook(sam, alice)
    assert answer.status_code == 422
    assert "Choose who gets the workbook" in answer.content.decode()
    refused = workbook(sam, alice, use="third-parties")
    assert refused.status_code == 422
    assert "Nothing of it is given to anybody else." in refused.content.decode()
    assert workbook(sam, alice, use="anything").status_code == 422
    assert workbook(sam, alice, use="rights").status_code == 302
    assert not RestrictedUse.objects.exists()


def test_s59_a_use_for_a_claim_has_its_reason_and_stands_in_the_trail(sam: Client, alice: Subject) -> None:
    factories.pause(alice)
    assert workbook(sam, alice, use="claims", purpose=" ").status_code == 422
    assert workbook(sam, alice, use="claims").status_code == 302
    used = RestrictedUse.objects.get()
    assert (used.subject, used.reason_kind, used.reason) == (alice, "claims", "Claim 17 in the county court")
    entry = Entry.objects.get(verb="restriction.data-used")
    assert (entry.target, entry.reason) == (f"subject:{alice.reference}", "claims")


def test_without_a_pause_nobody_is_asked(sam: Client, alice: Subject) -> None:
    assert (
        "Who gets the workbook" not in sam.get(f"/admin/people/{alice.reference}/workbook/").content.decode()
    )
    assert workbook(sam, alice).status_code == 302


def test_the_verb_itself_refuses_a_paused_part(alice: Subject) -> None:
    factories.pause(alice, kinds=["orders"])
    by = factories.user(Role.STAFF)
    with pytest.raises(packages.Refused, match="paused"):
        services.make_workbook(subject=alice, by=by, purpose="x", kinds=["orders"])
    with pytest.raises(packages.Refused, match="Nothing of it"):
        services.make_workbook(
            subject=alice, by=by, purpose="x", kinds=["orders", "emails"], use=Use.THIRD_PARTIES
        )
    services.make_workbook(subject=alice, by=by, purpose="x", kinds=["emails"], use=Use.THIRD_PARTIES)
