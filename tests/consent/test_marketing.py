"""Marketing messages: the bytes that leave, to whom they leave, and that a "no" overtakes one that waits (S62)."""

from __future__ import annotations

import email
from email.policy import default
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from consent import ledger, links, marketing
from consent.models import Campaign
from portal.accounts.models import Role
from portal.mail import outbound
from portal.mail.models import Message
from subjects.models import Subject
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Subject:
    made = factories.subject(email="alice@example.com")
    say(made, "given")
    return made


def say(whom: Subject, act: str) -> None:
    ledger.record(subject=whom, purpose="marketing", channel="email", act=act, how="page", by=None)


@pytest.fixture
def news() -> Campaign:
    return links.campaign(key="autumn", purpose="marketing", channel="email", name="Autumn news")


def leave(message: Message) -> bool:
    claimed = outbound.claim(message.pk)
    assert claimed is not None
    return outbound.send(claimed)


def test_the_bytes_that_leave_hold_both_addresses_whole(
    alice: Subject, news: Campaign, settings: Any
) -> None:
    settings.SITE_URL = "https://rights.dataproductions.uk"
    message = marketing.send(whom=alice, campaign=news)
    assert leave(message)
    raw = mail.outbox[0].message().as_bytes()
    head = raw.partition(b"\n\n")[0]
    token = links.tokens([links.addressee(subject=alice)], news)[0].encode()
    assert b"<https://rights.dataproductions.uk/u/" + token + b">" in head  # neither folded nor encoded
    assert b"<mailto:optout@dataproductions.co.uk?subject=u-" + token + b">" in head
    assert b"=?" not in head
    read: Any = email.message_from_bytes(raw, policy=default)
    assert read.get_all("List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]
    assert len(read.get_all("List-Unsubscribe")) == len(read.get_all("List-Id")) == 1
    both = [each.strip() for each in read["List-Unsubscribe"].split(",")]
    assert [each[:8] for each in both] == ["<mailto:", "<https:/"]
    assert (
        b"https://rights.dataproductions.uk/u/" + token in raw.partition(b"\n\n")[2]
    )  # and a link for people


def test_headers_ask_nothing(alice: Subject, news: Campaign, django_assert_num_queries: Any) -> None:
    addressee = links.addressee(subject=alice)
    with django_assert_num_queries(0):
        found = marketing.headers(addressee, news)
    assert set(found) == {"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id"}
    assert links.read(marketing.link_in(found).rpartition("/")[2]).subject_id == alice.pk  # type: ignore[union-attr]


def test_nobody_who_may_not_be_written_to_gets_one(news: Campaign) -> None:
    bob = factories.subject(email="bob@example.com")
    for whom in (bob, "bob@example.com"):
        with pytest.raises(marketing.NotAllowed, match="have not agreed"):
            marketing.send(whom=whom, campaign=news)
    nobody = factories.subject(email="")
    say(nobody, "given")
    with pytest.raises(marketing.NotAllowed, match="no email address"):
        marketing.send(whom=nobody, campaign=news)
    assert Message.objects.count() == 0


def test_s62_a_message_that_waits_does_not_leave_after_a_no(alice: Subject, news: Campaign) -> None:
    first, second = marketing.send(whom=alice, campaign=news), marketing.send(whom=alice, campaign=news)
    assert leave(first)
    url = marketing.link_in(first.headers)
    Client().post(url[url.index("/u/") :], {"List-Unsubscribe": "One-Click"})
    assert not leave(second)
    second.refresh_from_db()
    assert (second.state, second.text, len(mail.outbox)) == ("stopped", "", 1)
    assert second.pk not in outbound.waiting()


def test_a_message_to_somebody_who_was_erased_meanwhile_does_not_leave(
    alice: Subject, news: Campaign
) -> None:
    message = marketing.send(whom=alice, campaign=news)
    links.addressee(subject=alice).delete()
    assert not leave(message)


def test_another_kind_of_campaign_sends_no_mail(alice: Subject) -> None:
    texts = links.campaign(key="texts", purpose="marketing", channel="text", name="Texts")
    with pytest.raises(ValueError, match="not sent by e-mail"):
        marketing.send(whom=alice, campaign=texts)


def run(*words: str) -> tuple[str, str, int]:
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("send_test_campaign", *words, stdout=out, stderr=err)
    except SystemExit as ended:
        code = int(str(ended.code))
    return out.getvalue().strip(), err.getvalue().strip(), code


def test_the_command_sends_to_one_or_to_a_few(alice: Subject) -> None:
    bob = factories.subject(email="bob@example.com")
    assert run(alice.reference) == ("1 sent", "", 0)
    assert run("ALICE@example.com") == ("1 sent", "", 0)
    assert run("--all-who-may") == ("1 sent", "", 0)
    assert {message.to for message in Message.objects.all()} == {"alice@example.com"}
    out, err, code = run(bob.reference)
    assert (out, code) == ("0 sent", 1)
    assert err == "Not sent: They have not agreed to it."


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Say whom"),
        (["a@example.com", "--all-who-may"], "Say whom"),
        (["--all-who-may", "--limit", "21"], "between 1 and 20"),
        (["DS-0000-0000"], "nobody with this reference"),
        (["a@example.com", "--purpose", "nothing"], "nothing"),
    ],
)
def test_the_command_says_what_is_wrong(words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(*words)


def test_the_mailbox_shows_the_headers(alice: Subject, news: Campaign, client: Client) -> None:
    message = marketing.send(whom=alice, campaign=news)
    page = client.get(f"/dev/mailbox/{message.pk}/").content.decode()
    assert "List-Unsubscribe-Post" in page
    assert "List-Unsubscribe=One-Click" in page


def test_the_officer_sends_one_and_hears_why_not(alice: Subject, client: Client) -> None:
    url = "/admin/test-message/"
    assert client.get(url).status_code == 302
    client.force_login(factories.user(Role.STAFF))
    assert client.post(url, {"who": alice.reference, "purpose": "marketing"}).status_code == 403
    client.force_login(factories.user(Role.DPO))
    assert url in client.get(f"/admin/people/{alice.reference}/").content.decode()
    assert alice.reference in client.get(f"{url}?person={alice.reference}").content.decode()
    done = client.post(url, {"who": alice.reference.lower(), "purpose": "marketing"}, follow=True)
    assert "on its way" in done.content.decode()
    assert Message.objects.get().to == "alice@example.com"
    say(alice, "withdrawn")
    refused = client.post(url, {"who": alice.reference, "purpose": "marketing"})
    assert (refused.status_code, "Not sent." in refused.content.decode()) == (422, True)
    for wrong in (
        {},
        {"who": "DS-0000-0000", "purpose": "marketing"},
        {"who": alice.reference, "purpose": "x"},
    ):
        assert client.post(url, wrong).status_code == 422
    assert Message.objects.count() == 1
