"""Letters: one way to say something that counts. Their words, their versions, and that they never change afterwards."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.db import InternalError, transaction
from django.test import Client
from django.urls import reverse

from portal.mail.models import Message
from portal.register import store
from requests_sar import letters, services
from requests_sar.models import Case, Ground, Letter, Source
from requests_sar.rights import Right
from requests_sar.workflow import State
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def dee():
    return factories.user()


def routes() -> tuple[str, str, str]:
    said = store.current().complaints
    return said.to_us, said.to_regulator, said.to_court


# --- the words ---


@pytest.mark.parametrize("kind", letters.KINDS.values(), ids=letters.KINDS)
def test_every_letter_reads_as_a_letter(kind: letters.Kind) -> None:
    text = letters.example(kind, letters.shipped(kind))
    assert "{" not in text
    assert "None" not in text
    assert "\n\n\n" not in text
    assert all((route in text) == kind.says_no for route in routes()) or kind.key == "received"


@pytest.mark.parametrize("ground", Ground)
def test_s70_every_refusal_gives_the_reason_and_the_three_routes(dee, ground: Ground) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 9, 10, tzinfo=dt.UTC), tick=False):
        case = factories.case(requester_email="alice@example.com", received_on=dt.date(2026, 11, 9))
    Case.objects.filter(pk=case.pk).update(clock="waiting", stopped_on=dt.date(2026, 11, 9))
    case.refresh_from_db()
    with time_machine.travel(dt.datetime(2026, 12, 9, 10, tzinfo=dt.UTC), tick=False):
        case = services.refuse(case=case, by=dee, ground=ground, reason="You had it {last} week.")
    letter = case.letters.get()
    assert (letter.kind, letter.title, letter.wording) == ("refused", "Our answer to your request", 0)
    assert "You had it {last} week." in letter.text
    assert re.search(r"In the words of the law: [a-z].{10,}\.\n", letter.text)
    for route in routes():
        assert route in letter.text
    assert "They" not in letter.text  # the letter speaks to the person
    mail = Message.objects.get(about=case.reference)
    assert (mail.template, "You had it" in mail.text) == ("requests_sar/refused", False)


@pytest.mark.parametrize("right", [Right.RECTIFICATION, Right.RESTRICTION, Right.OBJECTION, Right.ERASURE])
def test_s58_a_refused_right_is_named_with_the_routes(dee, right: Right) -> None:
    case = factories.case(right=right)
    case = services.refuse(case=case, by=dee, ground=Ground.EXEMPTION, reason="The invoice was right.")
    text = case.letters.get().text
    assert case.get_right_display().lower() in text
    assert "The invoice was right." in text
    assert all(route in text for route in routes())


def test_a_refusal_in_part_says_what_is_withheld_and_how_to_complain(dee) -> None:
    case = factories.case(State.REVIEW, subject=factories.subject(), reviewed_at=dt.datetime.now(dt.UTC))
    package = factories.package(case)
    waived = package.sources.get(dataset="call-recordings")
    Source.objects.filter(pk=waived.pk).update(
        state=Source.State.WAIVED, waived_because="The recordings of 2019 are damaged."
    )
    case = services.release(case=case, by=dee)
    text = case.letters.get().text
    assert "Not everything is in it." in text
    assert ": The recordings of 2019 are damaged." in text
    assert all(route in text for route in routes())


def test_a_release_of_everything_says_so(dee) -> None:
    case = factories.case(State.REVIEW, subject=factories.subject(), reviewed_at=dt.datetime.now(dt.UTC))
    factories.package(case)
    text = services.release(case=case, by=dee).letters.get().text
    assert "We left nothing out." in text
    assert all(route in text for route in routes())


def test_a_letter_that_nobody_declared_is_no_letter(dee) -> None:
    with pytest.raises(LookupError, match="letters/__init__"):
        letters.tell(factories.case(), "made-up", by=dee)


# --- for ever ---


def test_what_was_sent_never_changes(dee) -> None:
    letter = factories.letter(factories.case())
    for change in ({"text": "Other words"}, {"wording": 3}, {"title": "x"}, {"side": Letter.Side.REQUESTER}):
        with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
            Letter.objects.filter(pk=letter.pk).update(**change)
    assert Letter.objects.filter(pk=letter.pk).update(posted_on=dt.date(2026, 11, 24)) == 1


# --- on paper ---


def test_any_letter_of_ours_can_be_printed_and_theirs_cannot(client: Client, dee) -> None:
    client.force_login(dee)
    case = factories.case(requester_name="Alice <b>", requester_address="1 High Street\nBristol")
    ours, theirs = factories.letter(case), Letter.objects.create(case=case, side="requester", text="Mine")
    page = client.get(reverse("admin:case_letter", args=[case.reference, ours.pk])).content.decode()
    sheet = page.partition('<article class="letter">')[2].partition("</article>")[0]
    for words in (
        "We have your request",
        case.reference,
        "1 High Street<br>Bristol",
        "Alice &lt;b&gt;",
        "0330 223",
    ):
        assert words in sheet
    other = factories.case()
    for reference, which in (
        (case.reference, theirs.pk),
        (other.reference, ours.pk),
        (case.reference, "9" * 40),
        (case.reference, "refused"),
    ):
        assert client.get(reverse("admin:case_letter", args=[reference, which])).status_code == 404
