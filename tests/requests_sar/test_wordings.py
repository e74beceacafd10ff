"""The DPO changes the wording of a letter: a look first, versions with what changed, and what cannot be taken out."""

from __future__ import annotations

import pytest
from django.db import InternalError, transaction
from django.test import Client

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.register import store
from requests_sar import letters, services
from requests_sar.casework import NotPossible
from requests_sar.letters import difference
from requests_sar.models import Ground, LetterWording
from tests import customer, factories

pytestmark = pytest.mark.django_db
REFUSED = letters.KINDS["refused"]
PAGE = "/admin/letters/refused/"


@pytest.fixture
def dee():
    return factories.user(Role.DPO, name="Dee Marsh")


@pytest.fixture
def desk(client: Client, dee) -> Client:
    client.force_login(dee)
    return client


def reworded(text: str = "", by=None, seen: int = 0) -> LetterWording:
    text = text or f"We are sorry.\n\n{letters.shipped(REFUSED)}"
    return services.reword(kind=REFUSED, text=text, reason="Kinder", by=by or factories.user(), seen=seen)


def refuse(dee) -> str:
    case = services.refuse(case=factories.case(), by=dee, ground=Ground.EXCESSIVE, reason="Again {so} soon.")
    letter = case.letters.get()
    return f"{letter.wording}: {letter.text}"


def test_the_new_wording_is_used_from_now_on_and_old_letters_keep_theirs(dee) -> None:
    first = factories.case()
    before = services.refuse(case=first, by=dee, ground=Ground.EXCESSIVE, reason="No.").letters.get().text
    reworded(by=dee)
    after = refuse(dee)
    assert after.startswith("1: We are sorry.\n\nYou asked us on")
    assert "Again {so} soon." in after
    assert first.letters.get().text == before
    assert (first.letters.get().wording, "sorry" in before) == (0, False)
    entry = Entry.objects.get(verb="letter.worded")
    assert (entry.actor, entry.target, entry.reason) == (f"staff:{dee.pk}", "letter:refused", "version 1")


@pytest.mark.parametrize("route", letters.ROUTES)
@pytest.mark.parametrize(
    "kind", [kind for kind in letters.KINDS.values() if kind.says_no], ids=lambda k: k.key
)
def test_no_wording_of_a_no_can_lose_a_way_to_complain(kind: letters.Kind, route: str) -> None:
    text = letters.shipped(kind).replace(f"{{{route}}}", "")
    with pytest.raises(NotPossible, match=rf"{{{route}}} must stay"):
        services.reword(kind=kind, text=text, reason="x", by=factories.user(), seen=0)
    assert not LetterWording.objects.exists()


@pytest.mark.parametrize(
    "code",
    [
        "{{ case.requester_email }}",
        "{% load static %}",
        "{secret}",
        "{reference.__class__}",
        "{0}",
        "{reference!r}",
        "{",
    ],
)
def test_nothing_that_is_typed_can_run(dee, code: str) -> None:
    with pytest.raises(NotPossible):
        reworded(f"{letters.shipped(REFUSED)} {code}", by=dee)


def test_two_at_once_and_the_second_is_told(dee) -> None:
    reworded()
    with pytest.raises(NotPossible, match="Somebody else has changed this letter"):
        reworded(f"Late.\n\n{letters.shipped(REFUSED)}", seen=0)
    assert LetterWording.objects.get().number == 1


def test_a_version_never_changes_and_never_goes() -> None:
    made = LetterWording.objects.filter(pk=reworded().pk)
    for act in (lambda: made.update(text="x"), made.delete):
        with pytest.raises(InternalError), transaction.atomic():
            act()


def test_the_shipped_words_come_back_with_a_version_of_their_own(dee) -> None:
    reworded(by=dee)
    made = services.restore(kind=REFUSED, reason="Legal asked", by=dee, seen=1)
    assert (made.number, made.text) == (2, "")
    assert refuse(dee).startswith("2: You asked us on")
    with pytest.raises(NotPossible, match="used already"):
        services.restore(kind=REFUSED, reason="Again", by=dee, seen=2)
    for text, says in ((letters.shipped(REFUSED), "Nothing was changed"), ("{reason}", "must stay")):
        with pytest.raises(NotPossible, match=says):
            services.reword(kind=REFUSED, text=text, reason="x", by=dee, seen=2)


def test_a_version_that_does_not_fit_any_more_is_passed_over(dee, desk: Client) -> None:
    """After a release that took a place away, a letter still goes out whole."""
    LetterWording.objects.create(kind="refused", number=1, text="We say no. {old_place}", reason="x", by=dee)
    assert refuse(dee).startswith("0: You asked us on")
    assert "Does not fit any more" in desk.get("/admin/letters/").content.decode()
    assert "There is no place {old_place}" in desk.get(PAGE).content.decode()


def test_what_changed_is_told_word_by_word() -> None:
    found = difference.pieces("We say no.", "We say no to this.")
    assert [(piece.change, piece.text) for piece in found] == [
        ("same", "We say "),
        ("removed", "no."),
        ("added", "no to this."),
    ]


# --- the pages ---


def fields(**changes: str) -> dict[str, str]:
    text = f"We are sorry, {{name}}.\n\n{letters.shipped(REFUSED)}"
    return {"text": text.replace("\n", "\r\n"), "reason": "Kinder", "seen": "0", **changes}


def test_the_list_has_every_letter(desk: Client) -> None:
    page = customer.words(desk.get("/admin/letters/"))
    for kind in letters.KINDS.values():
        assert kind.title in page
        assert desk.get(f"/admin/letters/{kind.key}/").status_code == 200
        assert desk.get(f"/admin/letters/{kind.key}/0/").status_code == 200


def test_a_look_saves_nothing_and_shows_the_letter_and_the_change(desk: Client) -> None:
    page = desk.post(PAGE, fields(look="1", reason=""))
    assert page.status_code == 200
    body = page.content.decode()
    assert "How your change reads" in body
    assert (
        "We are sorry, Alex Example."
        in body.partition('<article class="letter">')[2].partition("</article>")[0]
    )
    assert "<ins>We are sorry, {name}." in body
    assert store.current().complaints.to_court in body
    assert not LetterWording.objects.exists()


def test_save_then_version_then_again_then_shipped(desk: Client) -> None:
    assert desk.post(PAGE, fields()).status_code == 302
    assert "Version 1" in customer.words(desk.get(PAGE))
    version = desk.get(f"{PAGE}1/").content.decode()
    assert "Kinder" in version
    assert "<ins>We are sorry, {name}." in version
    assert desk.get(f"{PAGE}restore/").status_code == 200
    assert desk.post(f"{PAGE}restore/", {"seen": "1", "reason": ""}).status_code == 422
    assert desk.post(f"{PAGE}restore/", {"seen": "1", "reason": "Legal"}).status_code == 302
    again = desk.get(f"{PAGE}?from=1").content.decode()
    assert "We are sorry, {name}." in again
    assert 'name="seen" value="2"' in again
    assert letters.newest(REFUSED)[1] == letters.shipped(REFUSED)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"text": "We say no. {reason} {ground}"}, "{complain_to_us} must stay in this letter"),
        ({"text": "{{ x }}"}, "A brace near"),
        ({"text": "x" * 5_001}, "at most 5,000 characters. Shorten it"),
        ({"text": "a\0b"}, "cannot be printed. Type it again"),
        ({"text": ""}, "Write the wording"),
        ({"reason": ""}, "Say why the wording is changed"),
        ({"seen": "7"}, "Somebody else has changed this letter"),
    ],
)
def test_what_cannot_be_saved_is_said_and_what_was_typed_stays(desk: Client, changes, says: str) -> None:
    page = desk.post(PAGE, fields(**changes))
    assert page.status_code == 422
    assert says in customer.words(page)
    assert "Error:" in customer.title(page)
    assert not LetterWording.objects.exists()


def test_no_change_is_no_version(desk: Client) -> None:
    page = desk.post(PAGE, fields(text=letters.shipped(REFUSED)))
    assert page.status_code == 422
    assert "Nothing was changed" in customer.words(page)


def test_what_is_not_there_is_not_found(desk: Client) -> None:
    for path in ("/admin/letters/x/", f"{PAGE}9/", "/admin/letters/x/0/", "/admin/letters/x/restore/"):
        assert desk.get(path).status_code == 404
    assert desk.get(f"{PAGE}?from=99").status_code == 200
    assert desk.post("/admin/letters/").status_code == 405


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.STAFF, Role.SUPPORT, Role.ADMINISTRATOR])
def test_only_the_dpo_changes_words(client: Client, role: Role) -> None:
    client.force_login(factories.user(role))
    reads = 200 if role == Role.AUDITOR else 403
    assert client.get(PAGE).status_code == reads
    assert client.get("/admin/letters/").status_code == reads
    assert client.post(PAGE, fields()).status_code == 403
    assert client.post(f"{PAGE}restore/", {"seen": "0", "reason": "x"}).status_code == 403
    assert "Change the wording" not in client.get(PAGE).content.decode()
    assert Client().get(PAGE).status_code == 302
    assert not LetterWording.objects.exists()
