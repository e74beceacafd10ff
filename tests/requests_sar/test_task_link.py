"""The page behind a colleague's link: one search, no account, nothing else; and a link that has stopped working."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal import limits
from portal.accounts.models import Role
from portal.mail.models import Message
from requests_sar import services, task_links
from requests_sar.models import Answer, Case, FoundFile, Task, TaskLink
from requests_sar.services import colleagues
from requests_sar.workflow import State
from tests import customer, factories

pytestmark = pytest.mark.django_db
STOPPED = "This link has stopped working"


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def dee():
    return factories.user(Role.DPO, email="dee@example.org")


@pytest.fixture
def case() -> Case:
    alice = factories.subject(account=factories.account(), phone="0117 496 0000")
    return factories.case(State.REVIEW, subject=alice, words="Everything my neighbour wrote about me")


@pytest.fixture
def task(case) -> Task:
    return factories.task(case)


@pytest.fixture
def link(task) -> str:
    return reverse("task_link", args=[task_links.make(task)])


def sent_link(to: str = "pat@example.net") -> str:
    message = Message.objects.filter(template="requests_sar/task", to=to).latest("created_at")
    found = re.search(r"https?://[^/\s]+(/task/\S+)", message.text)
    assert found
    return found.group(1)


def pdf(name: str = "letter.pdf", content: bytes = b"%PDF-1.7 a letter") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


# --- D6.2 ----------------------------------------------------------------------------------------------------


def test_d6_2_a_colleague_with_only_the_link_answers_one_task_and_sees_nothing_else(
    client, case, task, link
) -> None:
    other = factories.task(case, title="Till rolls", ask="Look behind the till.")
    page = client.get(link)
    words = customer.words(page)
    assert page.status_code == 200
    for shown in (
        "Alice Okafor",
        "alice@example.com",
        "0117 496 0000",
        "Look in the folders.",
        case.reference,
    ):
        assert shown in words
    assert "neighbour" not in words, "what they wrote to us is not for every colleague"
    assert "Till rolls" not in words
    body = page.content.decode()
    assert "/admin/" not in body
    assert "/requests/" not in body
    done = client.post(
        link, {"outcome": Answer.Outcome.FOUND, "words": "A letter", "files": [pdf(), pdf("b.pdf")]}
    )
    assert (done.status_code, done["Location"]) == (302, reverse("task_done"))
    task.refresh_from_db()
    other.refresh_from_db()
    assert (task.state, other.state) == (Task.State.ANSWERED, Task.State.WAITING)
    assert FoundFile.objects.filter(task=task).count() == 2
    for address in (
        reverse("admin:task", args=[task.pk]),
        reverse("admin:case", args=[case.reference]),
        reverse("request", args=[case.reference]),
        reverse("admin:requests_sar_task_changelist"),
    ):
        assert client.get(address).status_code == 302, "asked to sign in"
    thanks = customer.words(client.get(reverse("task_done")))
    assert "Thank you" in thanks
    assert "Alice" not in thanks


def test_reading_changes_nothing_however_often(client, task, link) -> None:
    for _ in range(3):
        assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200
    task.refresh_from_db()
    assert (task.state, task.version) == (Task.State.WAITING, 0)
    assert TaskLink.objects.get().ended_at is None
    assert client.put(link).status_code == 405
    assert client.delete(link).status_code == 405


def test_a_post_from_elsewhere_is_refused(task, link) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(link, {"outcome": Answer.Outcome.NOTHING}).status_code == 403
    assert not Answer.objects.exists()


def test_pressed_twice_it_is_one_answer(client, task, link) -> None:
    for _ in range(2):
        page = client.post(link, {"outcome": Answer.Outcome.NOTHING})
        assert (page.status_code, page["Location"]) == (302, reverse("task_done"))
    task.refresh_from_db()
    assert task.version == 1


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({}, "Choose whether you found something"),
        ({"outcome": "else"}, "Choose whether you found something"),
        ({"outcome": Answer.Outcome.CANNOT}, "Say why you cannot search there"),
        ({"outcome": Answer.Outcome.FOUND}, "Say what you found, or add the files"),
        ({"outcome": Answer.Outcome.NOTHING, "words": "x" * 5_001}, "5,000 characters or fewer"),
        ({"outcome": Answer.Outcome.NOTHING, "words": "a\0b"}, "Null characters"),
    ],
)
def test_what_is_missing_is_said_beside_the_field_and_the_rest_is_kept(
    client, task, link, answers, sentence
) -> None:
    page = client.post(link, answers)
    assert page.status_code == 422
    assert customer.title(page).startswith("Error:")
    assert sentence in customer.main(page)
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    "file",
    [
        pdf("letter.pdf", b"MZ a program"),
        pdf("macro.docm"),
        pdf("page.html", b"<html>"),
        pdf("empty.pdf", b""),
    ],
)
def test_a_file_that_lies_is_named_and_nothing_is_kept(client, task, link, file) -> None:
    page = client.post(
        link, {"outcome": Answer.Outcome.FOUND, "words": "A letter", "files": [pdf("good.pdf"), file]}
    )
    assert page.status_code == 422
    assert f"“{file.name}”" in customer.main(page)
    assert not FoundFile.objects.exists()
    assert "A letter" in customer.main(page)


# --- a link that has stopped working ------------------------------------------------------------------------


def ended(how: str, task: Task, link: str, dee) -> str:
    if how == "made up":
        return reverse("task_link", args=["never.made.byus"])
    if how == "signed by another key":
        return link[:-3] + ("aa/" if link[-3:-1] != "aa" else "bb/")
    if how == "answered":
        colleagues.answer(task=task, by=dee, outcome=Answer.Outcome.NOTHING)
    if how == "cancelled":
        colleagues.cancel(tasks=[task], by=dee, because="Burnt.")
    if how == "case ended":
        services.withdraw(case=Case.objects.get(pk=task.case_id), by=dee)
    if how == "given away":
        colleagues.give(task=task, to="quin@example.net", by=dee)
    if how == "expired":
        TaskLink.objects.update(expires_at=timezone.now())
    return link


WAYS = ("made up", "signed by another key", "answered", "cancelled", "case ended", "given away", "expired")


@pytest.mark.parametrize("how", WAYS)
def test_wrong_used_ended_and_expired_get_the_same_page(client, task, link, dee, how) -> None:
    path = ended(how, task, link, dee)
    page = client.get(path)
    assert page.status_code == 410
    assert STOPPED in customer.main(page)
    assert "Alice" not in page.content.decode()
    same = Client().get(ended("made up", task, link, dee))
    token = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
    assert token.sub("", page.content.decode()) == token.sub("", same.content.decode())
    assert page.headers.get("X-Robots-Tag") == same.headers.get("X-Robots-Tag")


@pytest.mark.parametrize("how", WAYS)
def test_a_fresh_link_goes_to_the_same_address_only_while_there_is_something_to_answer(
    client, task, link, dee, how
) -> None:
    path = ended(how, task, link, dee)
    Message.objects.all().delete()
    page = client.post(path, {"act": "again", "to": "thief@example.net", "email": "thief@example.net"})
    assert page.status_code == 200
    assert "we have sent a fresh link to the address" in customer.main(page)
    goes = how in {"answered", "expired"}
    assert [mail.to for mail in Message.objects.all()] == (["pat@example.net"] if goes else [])
    if goes:
        assert client.get(sent_link()).status_code == 200
        assert client.get(path).status_code == 410, "the old one stays dead"


def test_a_correction_through_a_fresh_link_until_the_review(client, case, task, link, dee) -> None:
    client.post(link, {"outcome": Answer.Outcome.FOUND, "words": "A letter", "files": [pdf("wrong.pdf")]})
    client.post(link, {"act": "again"})
    fresh = sent_link()
    page = client.get(fresh)
    assert "wrong.pdf" in customer.main(page)
    assert "A letter" in customer.main(page)
    taken = FoundFile.objects.get()
    answers = {
        "outcome": Answer.Outcome.FOUND,
        "words": "Another",
        "take_out": [str(taken.pk)],
        "files": [pdf("right.pdf")],
    }
    assert client.post(fresh, answers).status_code == 302
    assert [file.name for file in task.files.filter(removed_at=None)] == ["right.pdf"]
    Case.objects.filter(pk=case.pk).update(reviewed_at=timezone.now())
    client.post(fresh, {"act": "again"})
    assert Message.objects.filter(to="pat@example.net").count() == 1, "no more after the review"


def test_fresh_links_come_to_an_end(client, task, link) -> None:
    TaskLink.objects.update(expires_at=timezone.now())
    for _ in range(8):
        client.post(link, {"act": "again"})
    assert Message.objects.filter(to="pat@example.net").count() == task_links.FRESH_AN_HOUR - 1


def test_a_link_lasts_thirty_days_at_most(client, link) -> None:
    with time_machine.travel(timezone.now() + dt.timedelta(days=29), tick=False):
        assert client.get(link).status_code == 200
    with time_machine.travel(timezone.now() + dt.timedelta(days=30, seconds=1), tick=False):
        assert client.get(link).status_code == 410


def test_tries_from_one_connection_come_to_an_end(client, link) -> None:
    wrong = ended("made up", None, link, None)  # type: ignore[arg-type]
    assert [client.get(wrong).status_code for _ in range(61)][-1] == 429
    assert client.get(link).status_code == 200, "a right one still opens"
    posts = [client.post(link, {}).status_code for _ in range(61)]
    assert (posts[0], posts[-1]) == (422, 429)


def test_the_token_is_nowhere_at_rest(task, link) -> None:
    token = link.split("/")[2]
    row = TaskLink.objects.values().get()
    assert not any(token in str(value) for value in row.values())
    assert not any(part in str(row) for part in token.split(".") if len(part) > 8)


def test_the_mail_forgets_its_words_once_it_is_sent(case, dee, monkeypatch) -> None:
    from portal.mail import outbound

    search = colleagues.Search("Till rolls", "Look.", to="pat@example.net")
    colleagues.ask(case=case, by=dee, searches=[search], once=case.pk)
    message = Message.objects.get(to="pat@example.net")
    assert "/task/" in message.text
    monkeypatch.setattr(django_settings, "DEVELOPMENT", False)
    outbound.send(message)
    message.refresh_from_db()
    assert message.text == message.html == ""


# --- the token, whatever it is -------------------------------------------------------------------------------


@given(st.text(alphabet=st.characters(exclude_characters="/", codec="utf-8"), min_size=1, max_size=260))
def test_no_made_up_token_is_ours(token: str) -> None:
    assert not task_links.is_ours(token)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.data())
def test_no_change_to_a_token_leaves_it_working(task, data) -> None:
    token = task_links.make(task)
    assert task_links.is_ours(token)
    assert task_links.find(token).task == task
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("abcXYZ019-_."))
    changed = token[:place] + letter + token[place + 1 :]
    assert changed == token or task_links.find(changed) is None
    cut = data.draw(st.integers(1, len(token) - 1))
    assert task_links.find(token[:cut]) is None


def test_tokens_differ_and_each_opens_its_own_task(case) -> None:
    tasks = [factories.task(case, title=str(number)) for number in range(20)]
    tokens = [task_links.make(task) for task in tasks]
    assert len(set(tokens)) == 20
    assert [task_links.find(token).task for token in tokens] == tasks


# --- how much may be sent -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("known", "status"), [(True, 422), (False, 413)])
def test_only_the_holder_of_a_link_may_send_much(client, link, known, status) -> None:
    path = link if known else ended("made up", None, link, None)  # type: ignore[arg-type]
    page = client.post(path, {"files": [pdf("big.pdf", b"%PDF-1.7" + b"x" * (limits.MOST + 10))]})
    assert page.status_code == status


def test_more_than_anybody_may_send_is_refused_unread(client, link) -> None:
    page = client.generic("POST", link, b"", CONTENT_LENGTH=str(limits.FOUND + 1))
    assert page.status_code == 413
