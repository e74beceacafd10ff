"""Who is told by itself (Article 19, `[[notify]]`) in the register's editor: draft, difference, activation."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.register import completing, store
from portal.register.facts import Way
from portal.register.model import document_of
from portal.register.models import Draft, Version
from retention import drafting
from tests import customer, factories

pytestmark = pytest.mark.django_db
SWIFT = {"recipient": "Swift Parcels", "way": "email", "address": "privacy@swift.example", "secret": ""}
HANDLE = completing.handle(SWIFT)
NEW = "/admin/register/draft/notify/new/"


@pytest.fixture(autouse=True)
def _at_once(settings) -> None:
    settings.REGISTER_CHECK_SECONDS = 0


@pytest.fixture
def dee() -> Client:
    client = Client()
    client.force_login(factories.user(Role.DPO))
    drafting.begin(by=None)
    return client


def seen() -> int:
    return Draft.objects.get().changes


def activate() -> Version:
    return drafting.activate(by=None, reason="They asked for it", seen=seen())


def test_a_recipient_is_added_looked_at_activated_changed_and_taken_out(dee: Client) -> None:
    assert "Nobody. Each recipient of data is told by a person" in customer.words(
        dee.get("/admin/register/draft/")
    )
    looked = dee.post(NEW, {**SWIFT, "seen": seen(), "look": "1"})
    told = "Swift Parcels is told by email to privacy@swift.example, no longer by a person."
    assert told in customer.words(looked)
    assert not seen()  # nothing is saved by looking
    assert dee.post(NEW, {**SWIFT, "seen": seen()}).status_code == 302
    draft = customer.words(dee.get("/admin/register/draft/"))
    assert told in draft
    assert "Swift Parcels Changed" in draft
    activate()
    found = store.current().way_to_tell("swift parcels")
    assert found is not None
    assert (found.way, found.address) == (Way.EMAIL, "privacy@swift.example")

    drafting.begin(by=None)
    entry = f"/admin/register/draft/notify/{HANDLE}/"
    changed = {**SWIFT, "address": "data@swift.example", "seen": seen()}
    assert dee.post(entry, changed).status_code == 302
    assert "to data@swift.example, no longer by email to privacy@swift.example" in customer.words(
        dee.get("/admin/register/draft/activate/")
    )
    taken = dee.post(f"{entry}remove/", {"seen": seen()}, follow=True)
    assert "Taken out of the draft" in customer.words(taken)
    assert "Swift Parcels is told by a person, no longer by email" in customer.words(taken)
    activate()
    assert store.current().notify == ()


def test_what_cannot_stand_there_is_said_beside_it(dee: Client) -> None:
    page = dee.post(NEW, {"recipient": "", "way": "pigeon", "address": "", "seen": 0})
    assert page.status_code == 422
    assert not seen()
    for given, words in (
        ({**SWIFT, "address": "no address"}, "It is no e-mail address"),
        ({**SWIFT, "way": "webhook"}, "It is no web address"),
        ({**SWIFT, "way": "webhook", "address": "https://swift.example/x"}, "needs the name of a secret"),
    ):
        assert words in customer.words(dee.post(NEW, {**given, "seen": seen(), "look": "1"}))
    drafting.add(
        table="notify",
        values={**SWIFT, "way": "webhook", "address": "https://swift.example/x", "secret": "SWIFT"},
        by=None,
        seen=seen(),
    )
    assert "set NOTIFY_SECRET_SWIFT" in customer.words(dee.get("/admin/register/draft/activate/"))
    again = dee.post(NEW, {**SWIFT, "recipient": " swift parcels ", "seen": seen()})
    assert "There is such an entry already" in customer.words(again)
    other = {**SWIFT, "recipient": "Other"}
    drafting.add(table="notify", values=other, by=None, seen=seen())
    twice = dee.post(
        f"/admin/register/draft/notify/{completing.handle(other)}/", {**SWIFT, "seen": seen(), "look": "1"}
    )
    assert "stands there 2 times" in customer.words(twice)


def test_only_recipients_may_come_and_go_and_no_name_is_in_the_trail(dee: Client) -> None:
    with pytest.raises(drafting.Refused):
        drafting.add(table="category", values={"key": "x"}, by=None, seen=seen())
    with pytest.raises(drafting.Refused):
        drafting.remove(table="category", handle="emails", by=None, seen=seen())
    assert dee.get("/admin/register/draft/category/new/").status_code == 404
    remove = reverse("admin:register_remove", args=["notify", "nobody"])
    assert dee.get(remove).status_code == 405
    assert "nothing to take out" in customer.words(dee.post(remove, {"seen": seen()}, follow=True))
    assert "Open the entry again" in customer.words(dee.post(remove, {}, follow=True))
    drafting.add(table="notify", values=SWIFT, by=None, seen=seen())
    stale = dee.post(f"/admin/register/draft/notify/{HANDLE}/remove/", {"seen": 0}, follow=True)
    assert "meanwhile" in customer.words(stale)
    auditor = Client()
    auditor.force_login(factories.user(Role.AUDITOR))
    assert auditor.get(NEW).status_code == 403
    assert auditor.post(remove, {"seen": seen()}).status_code == 403
    assert not [each for each in Entry.objects.all() if "swift" in f"{each.reason}{each.target}".casefold()]


def test_whoever_was_taken_out_does_not_come_back_with_an_upgrade() -> None:
    shipped: dict[str, Any] = {**document_of(store.file()), "notify": [SWIFT]}
    version = {**document_of(store.file()), "notify": []}
    whole, added = completing.completed(version, shipped, {})
    assert whole["notify"] == []
    assert added == []
