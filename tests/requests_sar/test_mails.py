"""Every mail to customers: what it says first, what it must not say, and where its links lead."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import resolve, reverse

from portal.accounts import visits
from portal.accounts.models import Purpose
from portal.mail.models import Message
from requests_sar import emails
from requests_sar.models import Case
from requests_sar.workflow import State
from tests import factories

pytestmark = pytest.mark.django_db
PRIVATE = ("Alice", "Okafor", "broken line", "copy of your data", "access", "A-000")


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def case() -> Case:
    return factories.case(
        State.REFUSED,
        requester_email="alice@example.com",
        words="the broken line",
        refusal="Because of the broken line.",
        referred_to="Acme & Sons Ltd",
        subject=factories.subject(),
    )


def all_of(case: Case) -> list[Message]:
    sent = visits.start(address="alice@example.com", purpose=Purpose.SIGN_IN)
    made = [
        emails.code(sent),
        emails.code(sent, case=case),
        emails.about(case, "ready", package=factories.package(case)),
    ]
    told = ("received", "refused", "referred", "cancelled", "message", "closed")
    return [*made, *(emails.about(case, template) for template in told)]


def test_no_mail_names_the_person_or_the_kind_of_request(case: Case) -> None:
    for mail in all_of(case):
        for private in PRIVATE:
            assert private not in mail.subject, mail.template
            assert private not in mail.text, mail.template
            assert private not in mail.html, mail.template


def test_subjects_hold_the_reference_and_codes_do_not_need_one(case: Case) -> None:
    for mail in all_of(case):
        assert mail.subject.startswith((f"Your request {case.reference}: ", "Your code for Data Productions"))
        assert "\n" not in mail.subject


def test_the_first_line_says_what_to_do(case: Case) -> None:
    for mail in all_of(case):
        first = mail.text.splitlines()[0]
        assert re.match(
            r"(Enter|Open|Read|Please|We have your request|You do not have to do anything)", first
        ), first


def test_plain_words_are_plain(case: Case) -> None:
    for mail in all_of(case):
        assert "&amp;" not in mail.text
        assert "{" not in mail.text + mail.html
        assert "None" not in mail.text + mail.html
    referred = emails.about(case, "referred")
    assert "Acme & Sons Ltd" in referred.text
    assert "Acme &amp; Sons Ltd" in referred.html


def test_links_lead_to_pages_of_ours(case: Case, settings) -> None:
    for mail in all_of(case):
        ours = [
            link for link in re.findall(r'https?://[^\s"<>]+', mail.text + mail.html) if "ico.org" not in link
        ]
        assert ours
        for link in ours:
            assert link.startswith(settings.SITE_URL)
            resolve(urlsplit(link).path)


def test_a_refusal_names_all_three_ways_to_complain(case: Case) -> None:
    mail = emails.about(case, "refused")
    for words in ("dataprotection@dataproductions.co.uk", "Information Commissioner's Office", "court"):
        assert words in mail.text


def test_the_mailbox_of_developers_shows_the_code_and_links(client: Client, case: Case) -> None:
    assert "No email yet" in client.get(reverse("mailbox")).content.decode()
    sent = visits.start(address="alice@example.com", purpose=Purpose.SIGN_IN)
    mail = emails.code(sent)
    assert mail.subject in client.get(reverse("mailbox")).content.decode()
    page = client.get(reverse("mailbox_message", args=[mail.pk])).content.decode()
    assert f'code-big">{sent.code}<' in page
    assert f'href="{emails._link("link", sent.token)}"' in page


def test_the_mailbox_does_not_exist_in_production(client: Client, settings) -> None:
    settings.PRODUCTION = True
    assert client.get(reverse("mailbox")).status_code == 404
