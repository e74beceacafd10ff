"""What staff see of marketing choices: the box on the person's page, the ledger, and the words with their versions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from consent import choices, ledger, rebuilding, wordings
from consent.choices import Whom
from consent.models import ConsentEvent, Suppression
from examples import choices as example
from examples import people
from portal.accounts.models import Role
from requests_sar.staff_views import consent_words
from subjects.models import Subject
from tests import customer, factories

LEDGER = "/admin/consent/consentevent/"
WORDS = "/admin/marketing-words/"
EMAIL = f"{WORDS}marketing/email/"


@pytest.fixture
def alice(db: None) -> Subject:
    return factories.subject(mobile="07700 900123")


def staff(role: str) -> Client:
    client = Client()
    client.force_login(factories.user(role))
    return client


def test_c5_3_staff_see_the_address_on_the_do_not_contact_list(alice: Subject) -> None:
    words = wordings.current("marketing", "email")
    me = Whom(alice, "alice@example.com")
    choices.turn(whom=me, purpose="marketing", channel="email", on=True, offered=words.pk, by="customer")
    dee = staff(Role.DPO)
    url = reverse("admin:person", args=[alice.reference])
    page = customer.main(dee.get(url))
    assert "Marketing by e-mail: may be sent" in page
    assert words.text in page
    assert "on the do-not-contact list" not in page
    choices.stop_all(whom=me, by="customer")
    page = customer.main(dee.get(url))
    assert "alice@example.com: on the do-not-contact list" in page
    assert "07700 900123: on the do-not-contact list" in page
    assert "Marketing by post: off" in page
    assert choices.STOP_ALL in page


def test_the_ledger_is_read_and_nothing_else(alice: Subject) -> None:
    choices.stop_all(whom=Whom(alice, "alice@example.com"), by="customer")
    ledger.record(
        address="x@example.org", purpose="marketing", channel="email", act="objected", how="link", by=None
    )
    event = ConsentEvent.objects.first()
    assert event is not None
    dee = staff(Role.DPO)
    page = customer.words(dee.get(LEDGER))
    assert alice.reference in page
    assert "Okafor" not in page
    assert "@example" not in page.replace(dee.get("/admin/").wsgi_request.user.email, "")
    assert dee.get(LEDGER, {"q": alice.reference}).status_code == 200
    for address in (f"{LEDGER}add/", f"{LEDGER}{event.pk}/change/", f"{LEDGER}{event.pk}/delete/"):
        assert dee.post(address, {}).status_code in {302, 403}
    assert dee.post(LEDGER, {"action": "delete_selected", "_selected_action": event.pk}).status_code in {
        200,
        302,
        403,
    }
    assert ConsentEvent.objects.count() == 5
    for role in (Role.SUPPORT, Role.AUDITOR, Role.ADMINISTRATOR):
        assert staff(role).get(LEDGER).status_code == 403, role
    assert Client().get(LEDGER).status_code == 302


def test_other_words_after_a_look_at_them(alice: Subject) -> None:
    dee = staff(Role.DPO)
    old = wordings.current("marketing", "email")
    assert old.text in customer.main(dee.get(WORDS))
    text = old.text.replace("You can say no", "You may say no")
    looked = dee.post(EMAIL, {"text": text, "seen": old.version, "look": "1"})
    assert "Nothing is published yet." in customer.main(looked)
    assert b"<ins>" in looked.content
    assert wordings.current("marketing", "email") == old
    page = dee.post(EMAIL, {"text": text, "seen": old.version}, follow=True)
    assert "Version 2 is shown from now on." in customer.words(page)
    assert wordings.current("marketing", "email").text == text
    assert customer.main(page).count(old.text) == 1  # readable for ever
    late = dee.post(EMAIL, {"text": "Late.", "seen": old.version})
    assert (late.status_code, consent_words.MOVED_ON in customer.main(late)) == (422, True)
    again = dee.post(EMAIL, {"text": text, "seen": 2}, follow=True)
    assert len(wordings.versions("marketing", "email")) == 2
    assert again.status_code == 200


@pytest.mark.parametrize(
    "posted", [{}, {"text": " ", "seen": "1"}, {"text": "x" * 3000, "seen": "1"}, {"text": "Yes"}]
)
def test_words_that_cannot_be_published(db: None, posted: dict[str, Any]) -> None:
    response = staff(Role.DPO).post(EMAIL, posted)
    assert response.status_code == 422
    assert "There is a problem" in customer.main(response)
    assert len(wordings.versions("marketing", "email")) == 1


def test_doors_of_the_words(db: None) -> None:
    auditor = staff(Role.AUDITOR)
    assert auditor.get(WORDS).status_code == 200
    assert "Publish other words" not in customer.main(auditor.get(EMAIL))
    assert auditor.post(EMAIL, {"text": "Mine.", "seen": "1"}).status_code == 403
    assert staff(Role.SUPPORT).get(EMAIL).status_code == 403
    assert Client().get(EMAIL).status_code == 302
    dee = staff(Role.DPO)
    for address in (f"{WORDS}it-support/email/", f"{WORDS}marketing/web/", f"{WORDS}marketing/smoke/"):
        assert dee.get(address).status_code == 404
    assert dee.post(WORDS).status_code == 405
    assert dee.put(EMAIL).status_code == 405


def test_the_example_company_has_histories(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    today = dt.date(2026, 11, 23)
    monkeypatch.setattr(people, "OTHERS", 40)
    everybody = people.everybody(today)
    lines = example.said_by(everybody, today)
    assert lines == example.said_by(people.everybody(today), today)
    assert {line.act for line in lines} == {"given", "withdrawn", "objected"}
    for person in everybody:
        factories.subject(person.name, email=person.email, source_key=person.key)
    call_command("load_example_choices", today=today)
    assert ConsentEvent.objects.count() == len(lines)
    assert rebuilding.compare().agrees
    assert Suppression.objects.filter(lifted_at=None).exists()
    alice = Subject.objects.get(email="alice@example.com")
    assert ledger.may_contact(alice, "marketing", "email").allowed
    assert not ledger.may_contact(alice, "marketing", "phone").allowed
    call_command("load_example_choices", today=today)
    assert ConsentEvent.objects.count() == len(lines)
