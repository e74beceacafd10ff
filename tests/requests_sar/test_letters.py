"""Letters: one way to say something that counts. Their words, their versions, and that they never change afterwards."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.db import InternalError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.mail.models import Message
from portal.register import store
from requests_sar import emails, letters, services
from requests_sar.models import Case, Ground, Letter, Redaction, Source
from requests_sar.rights import Right
from requests_sar.services import copies
from requests_sar.workflow import State
from tests import customer, factories

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
    text = letters.sheet(kind, letters.shipped(kind)).text
    assert "{" not in text
    assert "None" not in text
    assert "\n\n\n" not in text
    assert all(route in text for route in routes()) or not kind.says_no


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


def test_s30_a_release_with_redactions_says_what_was_taken_out_and_under_which_law(dee) -> None:
    case = factories.case(State.REVIEW, subject=factories.subject(), reviewed_at=timezone.now())
    reasons = [
        ("legal-advice", "record", "Advice from our solicitor", "Schedule 2, paragraph 19"),
        ("other", "hidden", "Secret", "Schedule 2, paragraph 5"),
    ]
    made = [
        Redaction.objects.create(
            case=case,
            number=n,
            category=category,
            reach=reach,
            why=why,
            law=law,
            dataset="emails",
            record="1",
        )
        for n, (category, reach, why, law) in enumerate(reasons, 1)
    ]
    package = factories.package(case, redactions={"applied": [each.pk for each in made], "missed": []})
    text = letters.compose(case, "released", package=package, withheld=copies.withheld(package)).text
    assert "R1: Legal advice. Advice from our solicitor (Schedule 2, paragraph 19)" in text
    assert "Some records are left out altogether" in text
    assert "Secret" not in text  # what is not even listed is not explained one by one
    assert all(route in text for route in routes())


def test_many_reasons_leave_the_letter_a_letter(dee) -> None:
    case = factories.case(State.REVIEW, subject=factories.subject())
    package = factories.package(case)
    package.sources.update(state=Source.State.WAIVED, waived_because="The archive burnt down.")
    lines = copies.withheld(package)
    assert len(lines) == copies.MOST_REASONS + 1
    assert lines[-1].startswith(f"And {package.sources.count() - copies.MOST_REASONS} more")


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


def test_the_customer_prints_their_letters_and_nobody_else_s(client: Client) -> None:
    case = factories.case(requester_email="alice@example.com")
    ours, bob_s = factories.letter(case), factories.letter(factories.case(requester_email="bob@example.com"))
    customer.sign_in(client)
    path = reverse("request_letter", args=[case.reference, ours.pk])
    assert path in client.get(reverse("request", args=[case.reference])).content.decode()
    sheet = customer.main(client.get(path))
    assert "We have your request" in sheet
    assert case.reference in sheet
    for number in (bob_s.pk, ours.pk + 10_000, 10**30):
        assert client.get(reverse("request_letter", args=[case.reference, number])).status_code == 404
    assert client.get(reverse("request_letter", args=[bob_s.case.reference, bob_s.pk])).status_code == 404
    assert client.post(path).status_code == 405
    assert Client().get(path).status_code == 302


def test_without_an_email_address_the_letter_is_printed_and_marked_as_posted(client: Client, dee) -> None:
    client.force_login(dee)
    case = factories.case(requester_email="")
    letter = factories.letter(case)
    page = client.get(reverse("admin:case", args=[case.reference])).content.decode()
    assert "To print and post" in page
    path = reverse("admin:case_letter", args=[case.reference, letter.pk])
    assert "When was it posted?" in client.get(path).content.decode()
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    for day, says in ((tomorrow, "cannot be in the future"), (dt.date(2020, 1, 1), "before it was written")):
        wrong = client.post(path, {"on_day": day.day, "on_month": day.month, "on_year": day.year})
        assert wrong.status_code == 422
        assert says in wrong.content.decode()
    for _ in range(2):
        client.post(path, {"on_day": "", "on_month": "", "on_year": ""})
    letter.refresh_from_db()
    assert (letter.posted_on, letter.posted_by) == (timezone.localdate(), dee)
    assert case.history.filter(event="posted").count() == 1
    entry = Entry.objects.get(verb="letter.posted")
    assert (entry.target, entry.reason) == (f"case:{case.reference}", f"received {timezone.localdate()}")
    page = client.get(reverse("admin:case", args=[case.reference])).content.decode()
    assert "To print and post" not in page
    assert "Posted on" in page


def test_today_names_what_has_to_be_posted(client: Client, dee) -> None:
    client.force_login(dee)
    by_email = factories.letter(factories.case(requester_email="alice@example.com"))
    by_post = factories.letter(factories.case(requester_email="alice@example.com", reply_by="post"))
    page = client.get("/admin/").content.decode()
    assert reverse("admin:case_letter", args=[by_post.case.reference, by_post.pk]) in page
    assert reverse("admin:case_letter", args=[by_email.case.reference, by_email.pk]) not in page
    services.posted(letter=by_post, on=timezone.localdate(), by=dee)
    assert "Letters to print and post" not in client.get("/admin/").content.decode()


def test_the_letter_of_a_release_is_read_before_it_goes(client: Client, dee) -> None:
    client.force_login(dee)
    case = factories.case(State.REVIEW, subject=factories.subject(), reviewed_at=timezone.now())
    factories.package(case)
    page = customer.words(client.get(reverse("admin:case_act", args=[case.reference, "release"])))
    sent = services.release(case=case, by=dee).letters.get()
    for line in sent.text.splitlines():
        assert " ".join(line.split())[:40] in page


def test_who_only_reads_marks_nothing_as_posted(client: Client) -> None:
    client.force_login(factories.user(Role.AUDITOR))
    letter = factories.letter(factories.case(requester_email=""))
    path = reverse("admin:case_letter", args=[letter.case.reference, letter.pk])
    assert "When was it posted?" not in client.get(path).content.decode()
    assert client.post(path).status_code == 403
    letter.refresh_from_db()
    assert letter.posted_on is None


# --- the e-mails ---


def test_staff_read_every_email_about_a_case_in_its_words(client: Client, dee) -> None:
    client.force_login(dee)
    case, other = factories.case(requester_email="alice@example.com"), factories.case()
    factories.letter(case)
    mail = Message.objects.get()
    Message.objects.filter(pk=mail.pk).update(state="failed", error="SMTPException", attempts=8)
    path = reverse("admin:case_mail", args=[case.reference, mail.pk])
    assert path in client.get(reverse("admin:case", args=[case.reference])).content.decode()
    page = customer.words(client.get(path))
    for words in (
        "alice@example.com",
        mail.subject,
        "Could not be sent",
        "SMTPException",
        "What happens next",
    ):
        assert words in page
    for wrong in (
        reverse("admin:case_mail", args=[other.reference, mail.pk]),
        reverse("admin:case_mail", args=[case.reference, uuid.uuid4()]),
    ):
        assert client.get(wrong).status_code == 404
    assert client.post(path).status_code == 405
    client.force_login(factories.user(Role.STAFF))
    assert client.get(path).status_code == 403


def test_the_customer_sees_what_we_emailed_but_not_what_went_to_staff(client: Client) -> None:
    case = factories.case(requester_email="alice@example.com", due_in=7)
    factories.letter(case)
    emails.for_officer(case, "soon", "dee@example.org")
    customer.sign_in(client)
    page = customer.main(client.get(reverse("request", args=[case.reference])))
    assert f"Your request {case.reference}: we have it" in page
    assert "due in 7 days" not in page
