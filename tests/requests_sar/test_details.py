"""C6: a person changes their own details; nobody else's can be seen or changed."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Challenge, Visit
from portal.audit.models import Act, Entry
from portal.mail.models import Message
from requests_sar import identity, services
from requests_sar.models import Case, RecipientNotice
from requests_sar.services import details as verbs
from requests_sar.workflow import State
from subjects import adding, restriction
from subjects.models import Address, AddressChange, DetailChange, Disclosure, Restriction, Subject
from subjects.services import Refused
from tests import customer, factories

pytestmark = pytest.mark.django_db
HOME = reverse("details")
NEW = "alice@new.example.com"


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def alice() -> Subject:
    return factories.subject(phone="0117 496 0123", signed_up_on=dt.date(2020, 1, 6))


@pytest.fixture
def signed_in(client: Client, alice: Subject) -> Client:
    customer.sign_in(client)
    return client


def page_of(subject: Subject, column: str) -> str:
    return reverse("details_change", args=["contact-details", subject.pk, column])


def address_page(address: Address) -> str:
    return reverse("details_change", args=["addresses", address.pk, "all"])


def address(of: Subject, use: str = "home", **fields: str) -> Address:
    held = {
        "lines": "1 Old Lane",
        "town": "Bristol",
        "postcode": "BS1 1AA",
        "country": "United Kingdom",
        **fields,
    }
    return Address.objects.create(subject=of, source_key=f"{of.pk}/{use}", use=use, **held)


def ask(client: Client, subject: Subject, new: str = NEW) -> str:
    """Type a new address; returns where the code is entered."""
    response = client.post(page_of(subject, "email"), {"email": new})
    assert response.status_code == 302, customer.main(response)
    return str(response.url)


def code(to: str = NEW) -> str:
    message = Message.objects.filter(to=to, template="requests_sar/new_address").latest("created_at")
    found = re.search(r"\b(\d{6})\b", message.text)
    assert found
    return found[1]


def notice(to: str = "alice@example.com") -> str:
    """The path of the link in the notice to the old address."""
    message = Message.objects.filter(to=to, template="requests_sar/address_changed").latest("created_at")
    found = re.search(r"https?://[^/\s]+(/not-me/\S+)", message.text)
    assert found
    return found[1]


# --- who may see it ---


def test_without_a_code_there_is_no_page(client: Client, alice: Subject) -> None:
    for response in (client.get(HOME), client.post(page_of(alice, "phone"), {"phone": "07700 900123"})):
        assert response.status_code == 302
        assert response.url.startswith("/sign-in/")
    alice.refresh_from_db()
    assert alice.phone == "0117 496 0123"


@pytest.mark.parametrize("who", ["unknown", "shared", "fresh"])
def test_an_address_that_does_not_tell_who_it_is_gets_one_polite_page(client: Client, who: str) -> None:
    if who == "shared":
        factories.subject()
        factories.subject("Adam Okafor")
    elif who == "fresh":
        factories.subject(email_changed_at=timezone.now() - dt.timedelta(days=7))
    customer.sign_in(client)
    response = client.get(HOME)
    page = customer.main(response)
    assert response.status_code == 200
    assert "We cannot show details for this address here" in page
    assert "Ask us to correct it" in page
    assert "Okafor" not in page


def test_bob_neither_sees_nor_changes_alices_details(client: Client, alice: Subject) -> None:
    factories.subject("Bob Marsh", email="bob@example.com")
    home = address(alice)
    customer.sign_in(client, "bob@example.com")
    assert "Okafor" not in customer.words(client.get(HOME))
    for path in (page_of(alice, "phone"), address_page(home)):
        made_up = client.post(reverse("details_change", args=["contact-details", "nobody", "phone"]), {})
        for response in (client.get(path), client.post(path, {"phone": "07700 900123", "lines": "9 Mill"})):
            assert response.status_code == made_up.status_code == 404
            assert customer.main(response) == customer.main(made_up)
    assert not DetailChange.objects.exists()


NEW_HOME = {"lines": "4 Mill Lane", "town": "Bristol", "postcode": "bs1 4dj", "country": ""}


def test_whoever_has_no_postal_address_adds_one(signed_in: Client, alice: Subject) -> None:
    page = reverse("details_change", args=["addresses", "new", "all"])
    assert page in signed_in.get(HOME).content.decode()
    assert signed_in.get(page).status_code == 200
    wrong = signed_in.post(page, NEW_HOME | {"postcode": "nowhere"})
    assert wrong.status_code == 422
    assert not Address.objects.exists()  # nothing half made is left
    assert "nowhere" in wrong.content.decode()
    assert signed_in.post(page, NEW_HOME, follow=True).redirect_chain[-1][0] == HOME
    held = Address.objects.get()
    assert (held.subject, held.lines, held.postcode) == (alice, "4 Mill Lane", "BS1 4DJ")
    shown = customer.main(signed_in.get(HOME))
    assert "4 Mill Lane" in shown
    assert "You changed it here" in shown
    assert signed_in.get(page).status_code == 404  # from now on it is changed
    assert signed_in.post(page, NEW_HOME).status_code == 404
    assert Address.objects.count() == 1
    assert {change.before for change in DetailChange.objects.all()} == {""}


def test_a_second_first_address_is_refused(alice: Subject) -> None:
    address(alice)
    with pytest.raises(Refused, match="We have one already"):
        adding.add_first(subject=alice, dataset="addresses", values=NEW_HOME, by="customer")
    with pytest.raises(Refused):
        adding.add_first(subject=alice, dataset="contact-details", values={"phone": "1"}, by="customer")
    assert Address.objects.count() == 1


def test_nothing_is_added_while_the_use_is_paused(signed_in: Client, alice: Subject) -> None:
    restriction.restrict(subject=alice, ground=Restriction.Ground.ACCURACY, reference="DP-7K4M-29QX", by=None)
    page = reverse("details_change", args=["addresses", "new", "all"])
    assert page not in signed_in.get(HOME).content.decode()
    assert signed_in.post(page, NEW_HOME).status_code == 422
    assert not Address.objects.exists()


def test_what_the_map_does_not_call_correctable_has_no_page(signed_in: Client, alice: Subject) -> None:
    for column in ("full_name", "staff_note", "restricted_at", "all", "account"):
        assert signed_in.get(page_of(alice, column)).status_code == 404


# --- check 1: change the phone ---


def test_c6_1_a_new_phone_shows_and_the_history_keeps_both_with_time_and_you(
    client: Client, alice: Subject
) -> None:
    with time_machine.travel("2026-12-01T10:42:00+00:00", tick=False):
        customer.sign_in(client)
        response = client.post(page_of(alice, "phone"), {"phone": "+44 (0)117 496-0999"}, follow=True)
    page = customer.main(response)
    assert "Changed." in page
    assert "Telephone 0117 496 0999 You changed it here at 10:42am on 1 December 2026." in page
    assert "10:42am on 1 December 2026, you Before: 0117 496 0123 Now: 0117 496 0999" in page


def test_every_detail_says_where_it_came_from_and_since_when(signed_in: Client) -> None:
    page = customer.main(signed_in.get(HOME))
    assert (
        "You gave us these when you signed up, or when you told us about a change. Since 6 January 2020"
        in page
    )
    assert "Customer number" in page  # shown, and changed on request only
    assert "our note" not in page.lower()


@pytest.mark.parametrize("typed", ["07700900123", "+44 7700 900123", "(07700) 900-123", "0044 7700 900123"])
def test_c6_4_a_phone_is_taken_in_every_spelling(signed_in: Client, alice: Subject, typed: str) -> None:
    assert signed_in.post(page_of(alice, "mobile"), {"mobile": typed}).status_code == 302
    alice.refresh_from_db()
    assert alice.mobile == "07700 900123"


def test_c6_4_letters_are_refused_with_a_right_example_and_the_answer_is_kept(
    signed_in: Client, alice: Subject
) -> None:
    response = signed_in.post(page_of(alice, "phone"), {"phone": "ring the shop"})
    assert response.status_code == 422
    page = customer.main(response)
    assert "Enter a telephone number, like 0117 496 0123 or +44 117 496 0123" in page
    assert b"ring the shop" in response.content
    assert customer.title(response).startswith("Error:")


def test_c6_4_a_postcode_is_taken_in_every_spelling_and_letters_alone_are_not(
    signed_in: Client, alice: Subject
) -> None:
    home = address(alice)
    answers = {"lines": "2 New Road", "town": "Bristol", "postcode": "bs1  4dj", "country": "UK"}
    assert signed_in.post(address_page(home), answers).status_code == 302
    home.refresh_from_db()
    assert (home.lines, home.postcode) == ("2 New Road", "BS1 4DJ")
    bad = signed_in.post(address_page(home), {**answers, "postcode": "BRISTOL"})
    assert bad.status_code == 422
    assert "Enter a postcode, like BS1 4DJ" in customer.main(bad)


def test_an_address_used_twice_is_changed_in_both_places_unless_unticked(
    signed_in: Client, alice: Subject
) -> None:
    home, billing = address(alice), address(alice, "billing")
    assert "Change it there too: Address (billing)" in customer.main(signed_in.get(address_page(home)))
    answers = {"lines": "2 New Road", "town": "Bristol", "postcode": "BS1 4DJ", "country": "UK"}
    signed_in.post(address_page(home), {**answers, "everywhere": "on"})
    billing.refresh_from_db()
    assert billing.lines == "2 New Road"
    signed_in.post(address_page(home), {**answers, "lines": "3 Next Street"})
    billing.refresh_from_db()
    assert billing.lines == "2 New Road"


def test_the_same_twice_is_once_and_the_page_says_so(signed_in: Client, alice: Subject) -> None:
    for _ in range(2):
        response = signed_in.post(page_of(alice, "phone"), {"phone": "0117 496 0999"}, follow=True)
    assert "nothing was changed" in customer.main(response)
    assert DetailChange.objects.count() == 1


def test_the_last_change_can_be_undone(signed_in: Client, alice: Subject) -> None:
    signed_in.post(page_of(alice, "phone"), {"phone": "0117 496 0999"})
    assert "Undo it" in customer.main(signed_in.get(HOME))
    assert signed_in.get(reverse("details_undo")).status_code == 405
    assert "Undone" in customer.main(signed_in.post(reverse("details_undo"), follow=True))
    alice.refresh_from_db()
    assert alice.phone == "0117 496 0123"
    again = customer.main(signed_in.post(reverse("details_undo"), follow=True))
    assert "nothing to undo" in again


def test_while_paused_nothing_changes_and_the_page_says_why(signed_in: Client, alice: Subject) -> None:
    restriction.restrict(subject=alice, ground="accuracy", reference="DP-2222-2222", by=None)
    page = customer.main(signed_in.get(HOME))
    assert "What is paused cannot be changed here until the pause ends" in page
    assert "Change telephone" not in page
    for column, value in (("phone", "0117 496 0999"), ("email", NEW)):
        response = signed_in.post(page_of(alice, column), {column: value})
        assert response.status_code == 422
        assert "paused" in customer.main(response)
    assert not Challenge.objects.exists()


def test_s54_recipients_on_record_are_told_of_a_change_made_here(signed_in: Client, alice: Subject) -> None:
    now = timezone.now()
    for number, (who, kind) in enumerate(
        (("Acme Deliveries Ltd", "hardware-suppliers"), ("Web Figures Inc", "website-analytics"))
    ):
        Disclosure.objects.create(
            subject=alice,
            source_key=f"D{number}",
            at=now,
            recipient=who,
            recipient_kind=kind,
            what="delivery",
        )
    response = signed_in.post(page_of(alice, "phone"), {"phone": "0117 496 0999"}, follow=True)
    assert "We will also tell: Acme Deliveries Ltd." in customer.main(response)
    signed_in.post(page_of(alice, "phone"), {"phone": "0117 496 0998"})
    assert RecipientNotice.objects.get().recipient == "Acme Deliveries Ltd"  # one open notice covers both


# --- check 2: change the e-mail address ---


def test_c6_2_nothing_changes_before_the_code_and_the_old_address_hears_of_it(
    signed_in: Client, alice: Subject
) -> None:
    where = ask(signed_in, alice)
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    assert not Message.objects.filter(to="alice@example.com").exists()
    wrong = signed_in.post(where, {"code": customer.wrong(code())})
    assert wrong.status_code == 422
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    page = customer.main(signed_in.post(where, {"code": code()}, follow=True))
    assert "Changed." in page
    assert NEW in page
    alice.refresh_from_db()
    assert alice.email == NEW
    assert alice.email_changed_at is not None
    told = Message.objects.get(to="alice@example.com")
    assert "If you did not change your email address" in told.text
    assert NEW not in told.text + told.subject + told.html
    assert "Alice" not in told.text + told.html


def test_after_it_the_person_goes_on_and_finds_their_requests(signed_in: Client, alice: Subject) -> None:
    mine = factories.case(State.TRIAGE, subject=alice, requester_email="alice@example.com")
    signed_in.post(ask(signed_in, alice), {"code": code()})
    assert signed_in.post(page_of(alice, "phone"), {"phone": "0117 496 0999"}).status_code == 302
    assert mine.reference in customer.main(signed_in.get(reverse("requests")))
    visit = Visit.objects.get(address="alice@example.com")
    assert visit.ended_at is not None
    fresh = Client()
    customer.sign_in(fresh, NEW)
    assert "We cannot show details" in customer.main(
        fresh.get(HOME)
    )  # a new address does not prove a person yet
    assert mine.reference in customer.main(fresh.get(reverse("requests")))
    with time_machine.travel(timezone.now() + dt.timedelta(days=31)):
        late = Client()
        customer.sign_in(late, NEW)
        assert "What you can change" in customer.main(late.get(HOME))


def test_the_page_is_the_same_for_an_address_of_somebody_else(signed_in: Client, alice: Subject) -> None:
    factories.subject("Bob Marsh", email="bob@example.com")
    free = customer.main(signed_in.get(ask(signed_in, alice, "zoe@example.com")))
    taken = customer.main(signed_in.get(ask(signed_in, alice, "bob@example.com")))
    assert free.replace("zoe@", "") == taken.replace("bob@", "")
    texts = [
        re.sub(r"\d{6}", "", m.text) for m in Message.objects.filter(template="requests_sar/new_address")
    ]
    assert len(set(texts)) == 1
    change = AddressChange.objects.get()
    page = customer.main(
        signed_in.post(
            reverse("details_code", args=[change.pk]), {"code": code("bob@example.com")}, follow=True
        )
    )
    assert "We have to look at this change ourselves" in page
    assert "Bob" not in page
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    assert identity.subject_at("bob@example.com").full_name == "Bob Marsh"


def test_somebody_elses_code_page_is_not_there(signed_in: Client, alice: Subject) -> None:
    where = ask(signed_in, alice)
    factories.subject("Bob Marsh", email="bob@example.com")
    other = Client()
    customer.sign_in(other, "bob@example.com")
    response = other.post(where, {"code": code()})
    assert (response.status_code, response.url) == (302, HOME)
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"


@pytest.mark.parametrize("typed", ["", "not an address", "alice@example.com", "x" * 250 + "@example.com"])
def test_a_bad_new_address_sends_nothing(signed_in: Client, alice: Subject, typed: str) -> None:
    assert signed_in.post(page_of(alice, "email"), {"email": typed}).status_code == 422
    assert not Message.objects.exists()


def test_a_code_works_once(signed_in: Client, alice: Subject) -> None:
    where, secret = ask(signed_in, alice), code()
    for _ in range(2):
        assert signed_in.post(where, {"code": secret}).status_code == 302
    assert DetailChange.objects.count() == 1
    assert Message.objects.filter(template="requests_sar/address_changed").count() == 1


def test_a_new_code_replaces_the_old_one(signed_in: Client, alice: Subject) -> None:
    where, first = ask(signed_in, alice), code()
    signed_in.post(where, {"act": "again"})
    assert code() != first
    assert signed_in.post(where, {"code": first}).status_code == 422
    assert signed_in.post(where, {"code": code()}).status_code == 302


def test_changed_meanwhile_by_us_it_has_to_be_asked_again(signed_in: Client, alice: Subject) -> None:
    where = ask(signed_in, alice)
    Subject.objects.update(email="alice@other.example.com")
    # Her address left our records meanwhile, so nothing of her is shown; the code changes nothing.
    assert signed_in.post(where, {"code": code()}).status_code == 302
    alice.refresh_from_db()
    assert alice.email == "alice@other.example.com"


def test_the_owner_of_the_old_address_takes_it_back(signed_in: Client, alice: Subject) -> None:
    mine = factories.case(State.RELEASED, subject=alice, requester_email="alice@example.com")
    package = factories.package(mine, released_at=timezone.now())
    signed_in.post(ask(signed_in, alice), {"code": code()})
    path, owner = notice(), Client()
    for _ in range(2):
        assert "This was not me" in customer.main(owner.get(path))  # a scanner opens it: nothing happens
    alice.refresh_from_db()
    assert alice.email == NEW
    assert "Your address is back" in customer.main(owner.post(path))
    alice.refresh_from_db()
    mine.refresh_from_db()
    package.refresh_from_db()
    assert (alice.email, mine.requester_email) == ("alice@example.com", "alice@example.com")
    assert package.locked_at is not None
    assert signed_in.get(HOME).status_code == 302  # the other's visit has ended
    assert Message.objects.filter(template="requests_sar/address_contested").count() == 1
    again = owner.post(path)
    assert again.status_code == 410
    assert DetailChange.objects.count() == 2


@pytest.mark.parametrize("path", ["/not-me/made-up/", "late"])
def test_a_link_that_is_made_up_or_too_old_says_the_same(
    signed_in: Client, alice: Subject, path: str
) -> None:
    signed_in.post(ask(signed_in, alice), {"code": code()})
    with time_machine.travel(timezone.now() + dt.timedelta(days=31 if path == "late" else 0)):
        response = Client().post(notice() if path == "late" else path)
    assert response.status_code == 410
    assert "That link has stopped working" in customer.main(response)
    alice.refresh_from_db()
    assert alice.email == NEW


def test_a_second_address_is_told_to_the_first_and_can_be_taken_away(
    signed_in: Client, alice: Subject
) -> None:
    where = signed_in.post(page_of(alice, "second_email"), {"second_email": NEW}).url
    signed_in.post(where, {"code": code()})
    alice.refresh_from_db()
    assert (alice.email, alice.second_email) == ("alice@example.com", NEW)
    assert notice("alice@example.com")
    assert "What you can change" in customer.main(signed_in.get(HOME))
    again = Client()
    customer.sign_in(again)
    assert "What you can change" in customer.main(
        again.get(HOME)
    )  # the address signed in with is as old as ever
    fresh = Client()
    customer.sign_in(fresh, NEW)
    assert "We cannot show details" in customer.main(fresh.get(HOME))
    assert signed_in.post(page_of(alice, "second_email"), {"second_email": ""}).status_code == 302
    alice.refresh_from_db()
    assert alice.second_email == ""
    assert signed_in.get(HOME).status_code == 200
    assert notice(NEW)


def test_the_address_one_is_signed_in_with_cannot_be_taken_away(signed_in: Client, alice: Subject) -> None:
    response = signed_in.post(page_of(alice, "email"), {"email": ""})
    assert response.status_code == 422
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"


def test_the_trail_holds_no_address(signed_in: Client, alice: Subject) -> None:
    signed_in.post(ask(signed_in, alice), {"code": code()})
    Client().post(notice())
    for row in (
        *Act.objects.values_list("target", "reason", "actor"),
        *Entry.objects.values_list("target", "reason"),
    ):
        assert "@" not in " ".join(row)


def test_changes_of_address_are_forgotten_when_they_are_over(signed_in: Client, alice: Subject) -> None:
    ask(signed_in, alice)
    assert identity.forget_address_changes() == 0
    with time_machine.travel(timezone.now() + dt.timedelta(days=3)):
        assert identity.forget_address_changes() == 1


def test_requests_of_a_fresh_address_wait_for_the_officer(signed_in: Client, alice: Subject) -> None:
    signed_in.post(ask(signed_in, alice), {"code": code()})
    case = services.open_request(draft=factories.draft(NEW), visit=factories.visit(NEW))
    assert Case.objects.get(pk=case.pk).verified_at is None
    assert verbs.person_of(None) is None
