"""Staff come in by one door: password, second factor, and an account that an administrator made."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.urls import reverse

from portal.accounts.models import Role, User
from portal.audit.models import Entry
from portal.mail.models import Message
from tests import factories

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
STAFF = "/admin/accounts/user/"


@pytest.fixture
def dee(db):
    return factories.user(Role.DPO, name="Dee", email="dee@example.org", password=factories.PASSWORD)


@pytest.fixture
def ada(client):
    user = factories.user(Role.ADMINISTRATOR, name="Ada", email="ada@example.org")
    client.force_login(user)
    return user


def sign_in(client, email: str = "dee@example.org", password: str = factories.PASSWORD, **more):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def code_for(secret: str) -> str:
    """What an authenticator app shows now."""
    return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))


def set_up_app(client) -> str:
    """Set up an authenticator app, giving the password once more as the page asks; returns the app's secret."""
    address = reverse("mfa_activate_totp")
    asked = client.get(address)["Location"]
    page = client.post(asked, {"password": factories.PASSWORD}, follow=True)
    assert "<svg" in page.content.decode()
    assert "data:image" not in page.content.decode()
    secret = page.context["form"].secret
    wrong = client.post(address, {"code": "000000"})
    assert "Incorrect code" in wrong.content.decode()
    client.post(address, {"code": code_for(secret)})
    return secret


def signed_in(client) -> bool:
    return client.get("/admin/").status_code == 200


# --- the door ---


def test_with_the_password_one_is_in_and_the_trail_says_so(client, dee) -> None:
    response = sign_in(client)
    assert response["Location"] == "/admin/"
    assert signed_in(client)
    entry = Entry.objects.get(verb="staff.signed-in")
    assert (entry.actor, entry.target) == (f"staff:{dee.pk}", f"staff:{dee.pk}")


@pytest.mark.parametrize(
    ("email", "password"),
    [("dee@example.org", "wrong"), ("nobody@example.org", factories.PASSWORD), ("", "")],
)
def test_anything_else_stays_outside_with_the_same_words(client, dee, email: str, password: str) -> None:
    response = sign_in(client, email, password)
    assert response.status_code == 200
    assert "There is a problem" in response.content.decode()
    assert not signed_in(client)
    assert not Entry.objects.filter(verb="staff.signed-in").exists()


def test_known_and_unknown_addresses_read_the_same_refusal(client, dee) -> None:
    pages = [
        sign_in(client, email, "wrong").content.decode() for email in ("dee@example.org", "who@example.org")
    ]
    errors = [
        re.findall(r"<li>.*?</li>", page.partition("error-summary")[2].partition("</ul>")[0], re.S)
        for page in pages
    ]
    assert errors[0] == errors[1] != []


def test_a_shut_account_cannot_come_in(client, dee) -> None:
    User.objects.update(is_active=False)
    sign_in(client)
    assert not signed_in(client)


def test_shutting_an_account_ends_its_sessions(client, dee) -> None:
    sign_in(client)
    User.objects.update(is_active=False)
    assert not signed_in(client)


def test_after_signing_in_one_is_where_one_wanted_to_be_but_never_elsewhere(client, dee) -> None:
    assert sign_in(client, next="/admin/requests/log/")["Location"] == "/admin/requests/log/"
    client.logout()
    assert sign_in(client, next="https://evil.example/")["Location"] == "/admin/"


def test_the_stock_admin_has_no_second_door(client, dee) -> None:
    response = client.get("/admin/login/", follow=True)
    assert response.redirect_chain[-1][0].startswith(LOGIN)
    client.post("/admin/login/", {"username": "dee@example.org", "password": factories.PASSWORD})
    assert not signed_in(client)


def test_nobody_signs_up(client) -> None:
    page = client.post("/accounts/signup/", {"email": "eve@example.org", "password1": factories.PASSWORD})
    assert page.status_code in {200, 404}
    assert not User.objects.exists()


def test_guessing_is_slowed_down(client, dee) -> None:
    for _ in range(12):
        response = sign_in(client, password="wrong")
    assert response.status_code == 429 or "Too many" in response.content.decode()
    sign_in(client)
    assert not signed_in(client)


def test_signing_out_wants_a_post(client, dee) -> None:
    sign_in(client)
    client.get("/accounts/logout/")
    assert signed_in(client)
    client.post("/accounts/logout/")
    assert not signed_in(client)


# --- the second factor ---


def test_where_it_is_required_nothing_opens_before_it_is_set_up(client, dee, settings) -> None:
    settings.STAFF_MFA_REQUIRED = True
    sign_in(client)
    for address in ("/admin/", "/admin/requests_sar/case/", "/admin/requests/log/", "/records/processing/"):
        assert client.get(address)["Location"] == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == 200


def test_an_authenticator_app_is_set_up_and_asked_for_next_time(client, dee, settings) -> None:
    settings.STAFF_MFA_REQUIRED = True
    sign_in(client)
    secret = set_up_app(client)
    assert signed_in(client)
    client.post("/accounts/logout/")
    response = sign_in(client)
    assert response["Location"] == reverse("mfa_authenticate")
    assert not signed_in(client)
    assert Entry.objects.filter(verb="staff.signed-in").count() == 1
    cache.clear()  # a code works once: as if half a minute had passed
    client.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    assert signed_in(client)
    assert Entry.objects.filter(verb="staff.signed-in").count() == 2


def test_recovery_codes_let_in_once_each(client, dee) -> None:
    sign_in(client)
    set_up_app(client)
    client.get(reverse("mfa_view_recovery_codes"))
    codes = Authenticator.objects.get(user=dee, type="recovery_codes").wrap().get_unused_codes()
    for expected in (True, False):
        client.post("/accounts/logout/")
        sign_in(client)
        client.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert signed_in(client) is expected


def test_guessed_codes_are_slowed_down(client, dee) -> None:
    sign_in(client)
    set_up_app(client)
    client.post("/accounts/logout/")
    sign_in(client)
    for guess in range(20):
        response = client.post(reverse("mfa_authenticate"), {"code": f"{guess:06}"})
    assert not signed_in(client)
    assert response.status_code == 429 or "Too many" in response.content.decode()


# --- accounts ---


def add(client, **data):
    filled = {"name": "Sam Hill", "email": "Sam@Example.org", "role": "staff", "is_active": "on"}
    return client.post(f"{STAFF}add/", filled | data, follow=True)


def test_an_administrator_adds_somebody_who_chooses_the_password(
    client, ada, django_capture_on_commit_callbacks
) -> None:
    response = add(client)
    assert "A link to choose a password goes to sam@example.org." in response.content.decode()
    sam = User.objects.get(email="sam@example.org")
    assert (sam.role, sam.has_usable_password()) == (Role.STAFF, False)
    reasons = list(Entry.objects.filter(target=f"staff:{sam.pk}").values_list("reason", flat=True))
    assert sorted(reasons) == ["added as staff", "password link sent"]
    message = Message.objects.get(to="sam@example.org")
    assert message.secret
    link = re.search(r"http://\S+", message.text)[0]
    client.logout()
    path = client.get("/" + link.split("/", 3)[3], follow=True).redirect_chain[-1][0]
    short = client.post(path, {"password1": "short", "password2": "short"})
    assert short.status_code == 200
    client.post(path, {"password1": factories.PASSWORD, "password2": factories.PASSWORD})
    sign_in(client, "sam@example.org")
    assert signed_in(client)
    assert client.get(link.replace("http://localhost:8000", ""), follow=True).status_code in {200, 400}


def test_an_address_is_used_once(client, ada) -> None:
    add(client)
    response = add(client, name="Other")
    assert "has this e-mail address already" in response.content.decode()
    assert User.objects.filter(email="sam@example.org").count() == 1


def test_role_and_state_changes_are_in_the_trail(client, ada) -> None:
    sam = factories.user(Role.STAFF, name="Sam", email="sam@example.org")
    client.post(f"{STAFF}{sam.pk}/change/", {"name": "Sam", "email": "sam@example.org", "role": "dpo"})
    sam.refresh_from_db()
    assert (sam.role, sam.is_active) == (Role.DPO, False)
    reasons = set(
        Entry.objects.filter(target=f"staff:{sam.pk}", actor=f"staff:{ada.pk}").values_list(
            "reason", flat=True
        )
    )
    assert reasons == {"role staff to dpo", "can no longer sign in"}


@pytest.mark.parametrize("change", [{"role": "dpo", "is_active": "on"}, {"role": "administrator"}])
def test_nobody_locks_themselves_out(client, ada, change) -> None:
    response = client.post(f"{STAFF}{ada.pk}/change/", {"name": "Ada", "email": "ada@example.org", **change})
    assert "You cannot take away your own access" in response.content.decode()
    ada.refresh_from_db()
    assert (ada.role, ada.is_active) == (Role.ADMINISTRATOR, True)


def test_a_lost_factor_is_removed_and_a_new_link_sent(client, ada) -> None:
    sam = factories.user(Role.STAFF, name="Sam", email="sam@example.org")
    Authenticator.objects.create(user=sam, type="totp", data={"secret": "x"})
    page = client.post(STAFF, {"action": "remove_factors", "_selected_action": [str(sam.pk)]}, follow=True)
    assert "Sam now has to set up two-step sign-in again." in page.content.decode()
    assert not Authenticator.objects.exists()
    client.post(STAFF, {"action": "send_link", "_selected_action": [str(sam.pk)]})
    assert Message.objects.filter(to="sam@example.org").count() == 1
    reasons = set(Entry.objects.filter(target=f"staff:{sam.pk}").values_list("reason", flat=True))
    assert reasons == {"second factor removed", "password link sent"}


def test_somebody_shut_out_gets_no_link(client, ada) -> None:
    sam = factories.user(Role.STAFF, name="Sam", is_active=False)
    page = client.post(STAFF, {"action": "send_link", "_selected_action": [str(sam.pk)]}, follow=True)
    assert "Sam cannot sign in, so no link was sent." in page.content.decode()
    assert not Message.objects.exists()


def test_accounts_are_never_deleted(client, ada) -> None:
    sam = factories.user(Role.STAFF)
    assert client.post(f"{STAFF}{sam.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(STAFF, {"action": "delete_selected", "_selected_action": [str(sam.pk)], "post": "yes"})
    assert User.objects.filter(pk=sam.pk).exists()


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.STAFF, Role.DPO, Role.AUDITOR])
def test_others_do_not_manage_staff(client, role: Role) -> None:
    client.force_login(factories.user(role))
    assert client.get(STAFF).status_code == 403
    assert add(client).status_code == 403
    assert not User.objects.filter(email="sam@example.org").exists()


def test_a_forgotten_password_is_the_same_page_for_everybody(client, dee) -> None:
    pages = []
    for email in ("dee@example.org", "who@example.org"):
        response = client.post("/accounts/password/reset/", {"email": email}, follow=True)
        pages.append(re.sub(r'value="[^"]*"', "", response.content.decode()).replace(email, ""))
    assert pages[0] == pages[1]
    assert [message.to for message in Message.objects.all()] == ["dee@example.org"]


def test_the_link_names_our_own_address_whatever_the_request_said(client, dee, settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client.post("/accounts/password/reset/", {"email": "dee@example.org"}, HTTP_HOST="evil.example")
    assert "evil.example" not in Message.objects.get().text
    assert settings.SITE_URL in Message.objects.get().text
