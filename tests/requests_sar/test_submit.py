"""C1: asking for a copy, from the first page to the receipt."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.mail.models import Message
from requests_sar import proofs, services
from requests_sar.models import Case, Draft, Letter
from requests_sar.workflow import State
from subjects import datamap
from tests import customer, factories

pytestmark = pytest.mark.django_db
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
    + b"\0" * 64
)


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }


@pytest.fixture
def alice():
    return factories.subject()


# --- works ---


def test_home_lists_the_eight_rights_and_the_way_to_each(client: Client) -> None:
    page = client.get("/")
    ids = re.findall(r'<li class="has-link" id="([a-z-]+)">', page.content.decode())
    assert ids == [
        "informed",
        "access",
        "rectification",
        "erasure",
        "restriction",
        "portability",
        "objection",
        "automated-decisions",
        "details",
        "marketing",
        "complain",
    ]
    for key in ids[:8]:
        assert client.get(reverse("start", args=[key]), follow=True).status_code == 200
    assert "free" in customer.words(page)
    assert "phone" in customer.words(page).lower()


@time_machine.travel("2026-11-23T10:00:00+00:00", tick=False)
def test_everything_from_start_to_receipt(client: Client, alice) -> None:
    case = customer.send(client)
    assert (case.state, case.kinds, case.due_on) == (State.VERIFYING, [], dt.date(2026, 12, 23))
    confirm = reverse("check_email", args=[case.reference])
    assert "alice@example.com" in customer.main(client.get(confirm))
    page = client.post(confirm, {"code": customer.code()}, follow=True)
    assert page.redirect_chain[-1][0] == reverse("sent", args=[case.reference])
    assert "We have your request" in re.search(r"<h1>(.*?)</h1>", page.content.decode()).group(1)
    assert case.reference in customer.main(page)
    assert "Wednesday 23 December 2026" in customer.main(page)
    case.refresh_from_db()
    assert (case.state, case.subject) == (State.TRIAGE, alice)
    mail = Message.objects.get(template="requests_sar/received")
    assert "Wednesday 23 December 2026" in mail.text
    assert mail.subject == f"Your request {case.reference}: we have it"


def test_only_some_of_it_with_dates(client: Client, alice) -> None:
    which = {
        "kinds": ["orders", "support-calls"],
        "since_day": "1",
        "since_month": "5",
        "since_year": "2025",
        "until_day": "30",
        "until_month": "sep",
        "until_year": "2025",
    }
    draft = customer.start(client)
    client.post(customer.question(draft, "what"), {"scope": "some"})
    customer.answer(client, draft, what={"scope": "some"}, which=which)
    page = customer.main(client.get(reverse("check", args=[draft.pk])))
    assert "Orders" in page
    assert "From 1 May 2025 to 30 September 2025" in page
    client.post(reverse("check", args=[draft.pk]))
    case = Case.objects.get(submission=draft.pk)
    assert case.kinds == ["orders", "support-calls"]
    assert (case.since, case.until) == (dt.date(2025, 5, 1), dt.date(2025, 9, 30))


def test_for_somebody_else_with_a_document(client: Client, alice) -> None:
    behalf = {
        "on_behalf_of": "Carol Ng",
        "relationship": "I am her solicitor",
        "authority": SimpleUploadedFile("carol's letter.png", PNG, "text/html"),
    }
    draft = customer.start(client)
    client.post(customer.question(draft, "who"), {"for_self": "no"})
    client.post(customer.question(draft, "for-whom"), behalf)
    customer.answer(client, draft, who={"for_self": "no"})
    assert "Attached" in customer.main(client.get(reverse("check", args=[draft.pk])))
    client.post(reverse("check", args=[draft.pk]))
    case = Case.objects.get(submission=draft.pk)
    assert (case.on_behalf_of, case.relationship) == ("Carol Ng", "I am her solicitor")
    kept = case.evidence.get()
    assert (kept.kind, kept.ending, kept.by_customer) == ("authority", ".png", True)
    assert b"".join(proofs.open_for(kept, by=None)) == PNG  # sealed, under a name of ours
    assert "carol" not in kept.file.name
    assert not Draft.objects.get().authority
    client.post(reverse("check_email", args=[case.reference]), {"code": customer.code()})
    case.refresh_from_db()
    assert (case.state, case.subject) == (State.TRIAGE, None)  # authority is for the DPO to judge


def test_by_post_and_in_another_way(client: Client) -> None:
    draft = customer.start(client)
    customer.answer(
        client, draft, reply={"reply_by": "post"}, address={"address": "1 High Street\nBristol BS1 1AA"}
    )
    client.post(customer.question(draft, "reply") + "?change", {"reply_by": "other"})
    page = client.post(
        customer.question(draft, "needs") + "?change", {"reply_needs": "Large print"}, follow=True
    )
    assert customer.title(page).startswith("Check your answers")
    client.post(reverse("check", args=[draft.pk]))
    case = Case.objects.get(submission=draft.pk)
    assert (case.reply_by, case.reply_needs, case.requester_address) == ("other", "Large print", "")


def test_signed_in_nobody_is_asked_again(client: Client, alice) -> None:
    customer.sign_in(client)
    draft = customer.start(client)
    assert 'name="email"' not in client.get(customer.question(draft, "details")).content.decode()
    customer.answer(client, draft, details={"name": "Alice Okafor"})
    page = client.post(reverse("check", args=[draft.pk]), follow=True)
    assert "We have your request" in customer.main(page)
    case = Case.objects.get(submission=draft.pk)
    assert (case.state, case.requester_email, case.subject) == (State.TRIAGE, "alice@example.com", alice)
    assert not Message.objects.filter(template="requests_sar/code").exists()


def test_the_visit_that_ends_midway_loses_nothing(client: Client, alice) -> None:
    customer.sign_in(client)
    draft = customer.start(client)
    customer.answer(client, draft, details={"name": "Alice Okafor"})
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2), tick=False):
        page = client.post(reverse("check", args=[draft.pk]), follow=True)
        assert "Check your email" in customer.main(page)
    assert Case.objects.get(submission=draft.pk).requester_email == "alice@example.com"


# --- acceptance check 2: an empty page ---


@pytest.mark.parametrize(
    ("slug", "first", "words"),
    [
        ("what", "id_scope_0", "Choose whether you want everything or only some of it"),
        ("which", "id_kinds_0", "Tick at least one kind of data"),
        ("who", "id_for_self_0", "Choose whether you ask for yourself or for someone else"),
        ("for-whom", "id_on_behalf_of", "Enter the name of the person you ask for"),
        ("details", "id_name", "Enter your full name"),
        ("reply", "id_reply_by_0", "Choose how we should send it"),
        ("address", "id_address", "Enter your postal address with the postcode"),
        ("needs", "id_reply_needs", "Tell us what you need, like “large print, 18 point”"),
    ],
)
def test_an_empty_page_says_what_to_do(client: Client, slug: str, first: str, words: str) -> None:
    draft = customer.start(client)
    Draft.objects.filter(pk=draft.pk).update(
        answers={"scope": "some", "for_self": "no", "reply_by": "other" if slug == "needs" else "post"}
    )
    page = client.post(customer.question(draft, slug), {})
    assert page.status_code == 422
    assert customer.title(page).startswith("Error: ")
    body = page.content.decode()
    assert f'<a href="#{first}">{words}</a>' in body
    assert f'id="{first}"' in body
    assert "autofocus" in body


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"email": "alice@"}, "Enter your email address, like name@example.com"),
        ({"email": "alice"}, "Enter your email address, like name@example.com"),
        ({"phone": "call me"}, "Enter a telephone number, like 0117 496 0123 or +44 117 496 0123"),
        ({"words": "x" * 1001}, "Use 1,000 characters or fewer for what helps us find it"),
        ({"name": "x" * 201}, "Your full name must be 200 characters or fewer"),
        ({"name": "Al\0ice"}, "Your full name has a character in it that we cannot read. Type it again"),
    ],
)
def test_a_wrong_detail_keeps_the_answers(client: Client, answers: dict, words: str) -> None:
    draft = customer.start(client)
    page = client.post(
        customer.question(draft, "details"),
        {"name": "Alice", "email": "alice@example.com", "customer_number": "C-1", **answers},
    )
    assert page.status_code == 422
    assert words in customer.main(page)
    assert 'value="C-1"' in page.content.decode()


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (("2", "2", "2025", "1", "2", "2025"), "The last day must be the same as the first day or after it"),
        (("1", "1", "2999", "", "", ""), "The first day must be today or in the past"),
        (("", "", "", "1", "1", "2999"), "The last day must be today or in the past"),
        (("31", "2", "2025", "", "", ""), "The first day is not a day in the calendar. Check it"),
    ],
)
def test_wrong_dates(client: Client, days: tuple[str, ...], words: str) -> None:
    draft = customer.start(client)
    client.post(customer.question(draft, "what"), {"scope": "some"})
    names = [f"{end}_{part}" for end in ("since", "until") for part in ("day", "month", "year")]
    page = client.post(
        customer.question(draft, "which"), {"kinds": ["orders"], **dict(zip(names, days, strict=True))}
    )
    assert page.status_code == 422
    assert words in customer.main(page)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("letter.pdf", b"MZ this is a program", "The file must be a PDF, JPG or PNG"),
        ("letter.exe", b"%PDF-1.7\n%aaaa", "The file must be a PDF, JPG or PNG"),
        ("letter.png", b"%PDF-1.7\n%aaaa", "The file must be a PDF, JPG or PNG"),
        ("letter.pdf", b"", "The file is empty. Choose another one"),
        ("letter.pdf", b"%PDF-1.7\n" + b"0" * (5 * 1024 * 1024), "The file must be 5 MB or smaller"),
    ],
)
def test_a_document_we_cannot_take(client: Client, name: str, content: bytes, words: str) -> None:
    draft = customer.start(client)
    client.post(customer.question(draft, "who"), {"for_self": "no"})
    page = client.post(
        customer.question(draft, "for-whom"),
        {"on_behalf_of": "Carol", "relationship": "friend", "authority": SimpleUploadedFile(name, content)},
    )
    assert page.status_code == 422
    assert words in customer.main(page)


# --- acceptance check 3: change ---


def test_change_comes_straight_back_with_all_else_intact(client: Client) -> None:
    draft = customer.start(client)
    customer.answer(client, draft)
    check = reverse("check", args=[draft.pk])
    before = customer.main(client.get(check))
    page = client.get(check).content.decode()
    assert f'href="{customer.question(draft, "details")}?change"' in page
    response = client.post(
        customer.question(draft, "details") + "?change",
        {"name": "Alice O.", "email": "alice@example.com"},
    )
    assert response["Location"] == check
    assert customer.main(client.get(check)) == before.replace("Alice Okafor", "Alice O.")


def test_a_slip_about_whom_it_is_for_can_be_put_right(client: Client) -> None:
    """Who said "for someone else" by mistake finds the way back to "for myself" on the last page."""
    draft = customer.start(client)
    behalf = {"on_behalf_of": "Carol Ng", "relationship": "Her solicitor"}
    customer.answer(client, draft, who={"for_self": "no"}, **{"for-whom": behalf})
    check = reverse("check", args=[draft.pk])
    assert f'href="{customer.question(draft, "who")}?change"' in client.get(check).content.decode()
    response = client.post(customer.question(draft, "who") + "?change", {"for_self": "yes"})
    assert response["Location"] == check
    words = client.get(check).content.decode()
    assert "For myself" in words
    assert "Carol Ng" not in words


def test_change_how_much_asks_only_what_is_new(client: Client) -> None:
    draft = customer.start(client)
    customer.answer(client, draft)
    response = client.post(customer.question(draft, "what") + "?change", {"scope": "some"})
    assert response["Location"] == customer.question(draft, "which")
    client.post(response["Location"], {"kinds": ["orders"]})
    client.post(customer.question(draft, "what") + "?change", {"scope": "all"})
    client.post(reverse("check", args=[draft.pk]))
    assert Case.objects.get(submission=draft.pk).kinds == []  # the changed mind leaves nothing behind


def test_check_before_the_questions_leads_to_the_first_that_is_missing(client: Client) -> None:
    draft = customer.start(client)
    client.post(customer.question(draft, "what"), {"scope": "all"})
    assert client.get(reverse("check", args=[draft.pk]))["Location"] == customer.question(draft, "who")
    assert client.post(reverse("check", args=[draft.pk]))["Location"] == customer.question(draft, "who")


# --- acceptance check 4: enumeration ---


def test_known_and_unknown_addresses_look_alike(alice) -> None:
    pages = []
    for address in ("alice@example.com", "nobody@example.net"):
        client = Client()
        case = customer.send(client, details={"name": "A", "email": address})
        page = client.get(reverse("check_email", args=[case.reference])).content.decode()
        page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
        pages.append(page.replace(address, "ADDRESS").replace(case.reference, "REFERENCE"))
        arrived = client.post(
            reverse("check_email", args=[case.reference]), {"code": customer.code(address)}, follow=True
        )
        assert "We have your request" in customer.main(arrived)
    assert pages[0] == pages[1]
    mails = Message.objects.filter(template="requests_sar/code")
    texts = {re.sub(r"\d{6}|/link/\S+|DP-\S+", "", mail.text) for mail in mails}
    assert len(texts) == 1


# --- twice, two tabs, back ---


def test_sending_twice_makes_one_request(client: Client) -> None:
    draft = customer.start(client)
    customer.answer(client, draft)
    check = reverse("check", args=[draft.pk])
    first, second = client.post(check), client.post(check)
    assert first["Location"] == second["Location"]
    assert client.get(customer.question(draft, "what"))["Location"] == first["Location"]
    assert Case.objects.count() == 1
    assert Message.objects.count() == 1


def test_two_tabs_are_two_drafts(client: Client) -> None:
    one, two = customer.start(client), customer.start(client)
    client.post(customer.question(one, "what"), {"scope": "all"})
    client.post(customer.question(two, "what"), {"scope": "some"})
    one.refresh_from_db()
    assert one.answers == {"scope": "all"}


def test_the_same_thing_again_can_be_added_to_the_open_one(client: Client, alice) -> None:
    customer.sign_in(client)
    first = services.open_request(draft=factories.draft(), visit=factories.visit())
    draft = customer.start(client)
    customer.answer(client, draft, details={"name": "Alice", "words": "And the calls in May"})
    check = reverse("check", args=[draft.pk])
    assert "You asked for the same thing on" in customer.main(client.get(check))
    for _ in range(2):
        page = client.post(check, {"add": "yes"}, follow=True)
    assert "We added this to the request" in customer.main(page)
    assert Case.objects.count() == 1
    assert "And the calls in May" in Letter.objects.get(case=first, kind="").text


def test_the_same_thing_can_be_sent_anyway(client: Client, alice) -> None:
    customer.sign_in(client)
    services.open_request(draft=factories.draft(), visit=factories.visit())
    draft = customer.start(client)
    customer.answer(client, draft, details={"name": "Alice"})
    page = client.post(reverse("check", args=[draft.pk]), follow=True)
    assert "You have another open request for the same thing" in customer.main(page)
    assert Case.objects.count() == 2


def test_a_stranger_is_never_told_of_an_open_request(client: Client, alice) -> None:
    services.open_request(draft=factories.draft(), visit=factories.visit())
    draft = customer.start(client)
    customer.answer(client, draft)
    assert "same thing" not in customer.words(client.get(reverse("check", args=[draft.pk])))


# --- strangers, malformed, wrong method ---


def test_a_draft_belongs_to_its_browser(client: Client) -> None:
    draft = customer.start(client)
    customer.answer(client, draft)
    stranger = Client()
    for address in (customer.question(draft, "details"), reverse("check", args=[draft.pk])):
        page = stranger.get(address, follow=True)
        assert "alice@example.com" not in page.content.decode()
        assert page.redirect_chain[-1][0] == "/"
        assert stranger.post(address, {"name": "Mallory"}).status_code == 302
    assert Case.objects.count() == 0


def test_starting_needs_a_press(client: Client) -> None:
    assert client.get("/ask/access/").status_code == 200
    assert client.put("/ask/access/").status_code == 405
    assert Draft.objects.count() == 0


@pytest.mark.parametrize(
    "address", ["/ask/nonsense/", "/ask/draft/not-a-uuid/what/", "/requests/DP-!!!!-0000/"]
)
def test_malformed_addresses_are_not_found(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_a_page_that_does_not_apply_leads_to_one_that_does(client: Client) -> None:
    draft = customer.start(client)
    client.post(customer.question(draft, "what"), {"scope": "all"})
    for slug in ("which", "nonsense"):
        assert client.get(customer.question(draft, slug))["Location"] == customer.question(draft, "who")


@pytest.mark.parametrize(
    ("slug", "answers"),
    [
        ("what", {"scope": "nothing"}),
        ("which", {"kinds": ["no-such-kind"]}),
        ("who", {"for_self": "perhaps"}),
        ("reply", {"reply_by": "pigeon"}),
    ],
)
def test_made_up_choices_are_refused(client: Client, slug: str, answers: dict) -> None:
    draft = customer.start(client)
    client.post(customer.question(draft, "what"), {"scope": "some"})
    assert client.post(customer.question(draft, slug), answers).status_code == 422


def test_every_kind_of_data_can_be_chosen(client: Client) -> None:
    draft = customer.start(client)
    client.post(customer.question(draft, "what"), {"scope": "some"})
    page = client.get(customer.question(draft, "which")).content.decode()
    assert all(f'value="{dataset.key}"' in page for dataset in datamap.datasets())


def test_too_many_codes_from_one_connection(client: Client) -> None:
    for _ in range(20):
        assert client.post("/sign-in/", {"email": "a@example.com"}).status_code == 302
    page = client.post("/sign-in/", {"email": "a@example.com"})
    assert page.status_code == 429
    assert page["Retry-After"] == "3600"
    other = client.post("/sign-in/", {"email": "a@example.com"}, REMOTE_ADDR="192.0.2.7")
    assert other.status_code == 302
