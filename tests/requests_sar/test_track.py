"""C2: the list, one request, the clock, messages, cancelling."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.mail.models import Message
from portal.templatetags.house import short_day
from requests_sar import services, showing
from requests_sar.models import Case, Letter, Package
from requests_sar.workflow import CUSTOMER_WORDS, State
from tests import customer, factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def alice():
    return factories.subject()


def case(state: State = State.TRIAGE, **fields) -> Case:
    return factories.case(state, requester_email="alice@example.com", **fields)


def request_page(of: Case) -> str:
    return reverse("request", args=[of.reference])


@pytest.fixture
def signed_in(client: Client) -> Client:
    customer.sign_in(client)
    return client


# --- the list ---


def test_the_empty_list_says_what_would_be_here(signed_in: Client) -> None:
    page = customer.main(signed_in.get("/requests/"))
    assert "You have not asked us for anything yet" in page
    assert "See what you can ask for" in page


def test_the_list_shows_own_requests_only(signed_in: Client) -> None:
    mine = case()
    other = factories.case(State.TRIAGE, requester_email="bob@example.com")
    page = customer.main(signed_in.get("/requests/"))
    assert mine.reference in page
    assert other.reference not in page
    assert short_day(mine.due_on) in page


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_list_line_and_a_page(signed_in: Client, alice, state: State) -> None:
    mine = case(state, subject=alice, refusal="Because.", referred_to="Acme Ltd")
    if state == State.RELEASED:
        factories.package(mine, released_at=timezone.now())
    assert CUSTOMER_WORDS[state] in customer.main(signed_in.get("/requests/"))
    page = signed_in.get(request_page(mine))
    assert page.status_code == 200
    assert CUSTOMER_WORDS[state] in customer.main(page)


def test_the_reason_of_a_no_is_read_once(signed_in: Client, alice) -> None:
    """At the beginning of the page, in the letter that went out; and again in the thread once it is reopened."""
    mine, dee = case(subject=alice), factories.user(Role.DPO)
    services.refuse(case=mine, by=dee, ground="excessive", reason="You asked for the very same yesterday.")
    page = customer.main(signed_in.get(request_page(mine)))
    assert page.count("You asked for the very same yesterday.") == 1
    assert page.index("Why we said no") < page.index("the very same yesterday") < page.index("What happens")
    assert "There are no messages yet" in page
    services.reopen(case=Case.objects.get(pk=mine.pk), by=dee, reason="We were wrong.")
    page = customer.main(signed_in.get(request_page(mine)))
    assert "Why we said no" not in page
    assert page.index("Messages") < page.index("You asked for the very same yesterday.")


# --- the same date everywhere (acceptance check 1) ---


@time_machine.travel("2026-11-23T10:00:00+00:00", tick=False)
def test_the_reply_date_is_the_same_everywhere(client: Client, alice) -> None:
    mine = customer.send(client)
    sent = client.post(reverse("check_email", args=[mine.reference]), {"code": customer.code()}, follow=True)
    mail = Message.objects.get(template="requests_sar/received")
    date = "Wednesday 23 December 2026"
    assert date in customer.main(sent)
    assert date in mail.text
    assert date in mail.html
    assert date in customer.main(client.get(request_page(mine)))


# --- the clock in words and marks ---


@time_machine.travel("2026-12-01T10:00:00+00:00", tick=False)
def test_the_strip_says_in_words_what_it_shows() -> None:
    mine = case(received_on=dt.date(2026, 11, 23))
    strip = showing.strip(mine)
    assert len(strip.days) == 31
    assert sum("is-used" in day.kinds for day in strip.days) == 9
    assert "is-due" in strip.days[-1].kinds
    assert "is-today" in strip.days[8].kinds
    assert strip.sentence == (
        "8 days used. We will reply by Wednesday 23 December 2026. That is 22 days from now."
    )


@time_machine.travel("2026-12-01T10:00:00+00:00", tick=False)
def test_a_moved_date_says_why() -> None:
    said = showing.worked(case(received_on=dt.date(2026, 11, 25)))  # a month later is Christmas Day
    assert said[-1].startswith("That day is a bank holiday (Christmas Day")
    assert said[-1].endswith("Tuesday 29 December 2026.")


def test_late_says_so_and_how_to_complain(signed_in: Client) -> None:
    mine = case(due_in=-3)
    page = customer.main(signed_in.get(request_page(mine)))
    assert "We are late. We should have replied by" in page
    assert "You can complain." in page
    assert "is-late" in signed_in.get(request_page(mine)).content.decode()


def test_a_reply_stops_the_strip() -> None:
    mine = case(State.RELEASED, received_on=timezone.localdate() - dt.timedelta(days=4))
    strip = showing.strip(mine)
    assert "We replied on" in strip.sentence
    assert "4 days after you asked" in strip.sentence
    assert not any("is-today" in day.kinds for day in strip.days)


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.REFERRED])
def test_no_clock_no_strip(state: State) -> None:
    mine = case(state)
    if state == State.REFERRED:
        mine.due_on = None
    assert showing.strip(mine) is None


# --- strangers ---


def test_somebody_elses_request_is_like_a_made_up_one(signed_in: Client) -> None:
    bobs = factories.case(State.TRIAGE, requester_email="bob@example.com")
    for name in ("request", "sent", "request_cancel", "request_files", "request_progress"):
        pages = [signed_in.get(reverse(name, args=[ref])) for ref in (bobs.reference, "DP-2222-2222")]
        assert [page.status_code for page in pages] == [404, 404]
        assert customer.main(pages[0]) == customer.main(pages[1])
        assert "We cannot find that request" in customer.main(pages[0])


def test_nobody_sees_anything_without_a_code(client: Client) -> None:
    mine = case()
    for reference in (mine.reference, "DP-2222-2222"):
        for name in ("request", "sent", "request_cancel", "request_files", "request_progress"):
            path = reverse(name, args=[reference])
            answer = client.get(path)
            assert answer.status_code == 302
            assert answer["Location"].startswith("/sign-in/?next=%2Frequests%2F")


def test_the_request_page_is_never_stored(signed_in: Client) -> None:
    assert "no-store" in signed_in.get(request_page(case()))["Cache-Control"]


# --- messages ---


def write(client: Client, mine: Case, text: str, once: uuid.UUID | None = None):
    path = reverse("request_message", args=[mine.reference])
    return client.post(path, {"text": text, "once": str(once or uuid.uuid4())}, follow=True)


def test_a_message_stands_in_the_thread_and_staff_see_that_it_came(signed_in: Client) -> None:
    mine = case()
    page = customer.main(write(signed_in, mine, "One more thing <b>& another"))
    assert "We have your message" in page
    assert "One more thing <b>& another" in page
    mine.refresh_from_db()
    assert mine.customer_wrote_at is not None


def test_a_message_sent_twice_is_one(signed_in: Client) -> None:
    mine, once = case(), uuid.uuid4()
    write(signed_in, mine, "Hello", once)
    write(signed_in, mine, "Hello", once)
    assert Letter.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "Write your message"), ("  ", "Write your message"), ("x" * 5001, "5,000 characters or fewer")],
)
def test_a_message_we_cannot_take(signed_in: Client, text: str, words: str) -> None:
    page = write(signed_in, case(), text)
    assert page.status_code == 422
    assert words in customer.main(page)
    assert Letter.objects.count() == 0


def test_a_long_message_is_given_back_for_shortening(signed_in: Client) -> None:
    page = write(signed_in, case(), "begin" + "x" * 5001)
    assert "beginxxx" in page.content.decode()


def test_a_message_outlives_the_visit(signed_in: Client) -> None:
    mine = case()
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1), tick=False):
        page = write(signed_in, mine, "Typed for an hour")
        assert page.redirect_chain[-1][0].startswith("/sign-in/")
        where = signed_in.post(page.redirect_chain[-1][0], {"email": "alice@example.com"})["Location"]
        page = signed_in.post(where, {"code": customer.code()}, follow=True)
        assert "Typed for an hour" in page.content.decode()
        write(signed_in, mine, "Typed for an hour")
        assert "Typed for an hour</textarea>" not in signed_in.get(request_page(mine)).content.decode()


def test_our_messages_are_ours(signed_in: Client) -> None:
    mine, dee = case(), factories.user()
    services.write(case=mine, by=dee, text="Which line do you mean?", once=uuid.uuid4())
    assert "Data Productions" in customer.main(signed_in.get(request_page(mine)))
    mail = Message.objects.get(template="requests_sar/message")
    assert "Which line" not in mail.text + mail.subject + mail.html


def test_nobody_else_writes_on_a_request(signed_in: Client) -> None:
    bobs = factories.case(State.TRIAGE, requester_email="bob@example.com")
    assert write(signed_in, bobs, "Hello").status_code == 404
    assert Letter.objects.count() == 0
    assert signed_in.get(reverse("request_message", args=[bobs.reference])).status_code == 405


# --- cancelling ---


def test_cancelling_takes_a_tick(signed_in: Client) -> None:
    mine = case()
    path = reverse("request_cancel", args=[mine.reference])
    assert "We stop working on" in customer.main(signed_in.get(path))
    assert "Tick the box to cancel" in customer.main(signed_in.post(path, {}))
    page = signed_in.post(path, {"sure": "on"}, follow=True)
    assert "We cancelled your request" in customer.main(page)
    mine.refresh_from_db()
    assert mine.state == State.WITHDRAWN
    assert "nothing to cancel" in customer.main(signed_in.post(path, {"sure": "on"}, follow=True))
    assert Message.objects.filter(template="requests_sar/cancelled").count() == 1


# --- progress ---


def test_progress_in_numbers_and_words(signed_in: Client, alice) -> None:
    mine = case(State.COLLECTING, subject=alice)
    now = timezone.now()
    package = factories.package(
        mine,
        state=Package.State.RUNNING,
        rows_total=1000,
        rows_done=250,
        started_at=now - dt.timedelta(seconds=10),
        step="Collecting Orders (5 of 18)",
    )
    package.sources.filter(dataset="contact-details").update(state="done", rows=1)
    path = reverse("request_progress", args=[mine.reference])
    job = signed_in.get(path).json()
    assert (job["working"], job["done"], job["total"]) == (True, 250, 1000)
    assert job["remaining"].startswith("about 3")
    assert job["steps"][0] == {
        "state": "done",
        "said": ", done",
        "name": "Contact details",
        "count": "1 record",
    }
    assert [step["name"] for step in job["steps"] if step["state"] == "now"] == ["Orders"]
    body = signed_in.get(request_page(mine)).content.decode()
    assert f'data-poll="{path}"' in body
    assert 'http-equiv="refresh"' not in body  # it would wipe a message being typed
    own_page = signed_in.get(reverse("request_files", args=[mine.reference])).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in own_page
    Package.objects.filter(pk=package.pk).update(state=Package.State.FAILED)
    assert signed_in.get(path).json() == {"working": False}


def test_no_guess_before_five_seconds(alice) -> None:
    now = timezone.now()
    package = factories.package(
        case(State.COLLECTING, subject=alice),
        state=Package.State.RUNNING,
        rows_total=100,
        rows_done=50,
        started_at=now - dt.timedelta(seconds=3),
    )
    assert showing.job(package, "/x", now).remaining == ""


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (1, "1 byte"), (248_000, "248 KB"), (3_100_000, "3.1 MB"), (2 * 10**9, "2.0 GB")],
)
def test_sizes_in_words(count: int, words: str) -> None:
    assert showing.size(count) == words


def test_the_status_knows_locked_and_removed_files(client: Client) -> None:
    case = factories.case(State.RELEASED, requester_email="alice@example.com", subject=factories.subject())
    package = factories.package(case, released_at=timezone.now())
    customer.sign_in(client)
    url = reverse("request", args=[case.reference])
    assert "Ready to download" in customer.words(client.get(url))
    Package.objects.filter(pk=package.pk).update(locked_at=timezone.now())
    page = customer.words(client.get(url))
    assert "Files locked" in page
    assert "Ready to download" not in page
    Package.objects.filter(pk=package.pk).update(
        locked_at=None, expires_at=timezone.now() - dt.timedelta(days=1)
    )
    page = customer.words(client.get(url))
    assert "You can ask for them again" in page
    assert "Ready to download" not in page
