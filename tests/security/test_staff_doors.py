"""Somebody on the staff who wants more than their role gives, and what a hostile address does to a staff page."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.mail.models import Message
from requests_sar.models import Package
from requests_sar.workflow import State
from subjects import datamap
from tests import customer, factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


def entered(client, role: str, **fields):
    user = factories.user(role, **fields)
    client.force_login(user)
    return user


def test_nobody_reads_a_password_hash_out_of_a_list(client) -> None:
    entered(client, Role.ADMINISTRATOR)
    factories.user(Role.DPO, password=factories.PASSWORD)
    page = client.get(reverse("admin:accounts_user_changelist"), {"password__startswith": "md5"})
    assert page.status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"requester_name__regex": "("},
        {"requester_email__startswith": "a"},
        {"received_on__year": "99999999999"},
        {"owner__password__startswith": "a"},
        {"state__exact": "\0"},
        {"channel__exact": "\0"},
    ],
)
def test_the_queue_takes_only_its_own_filters(client, query) -> None:
    entered(client, Role.DPO)
    page = client.get(reverse("admin:requests_sar_case_changelist"), query)
    assert page.status_code == 400
    assert "<h1>" in page.content.decode()
    assert "Go back" in customer.main(page)


@pytest.mark.parametrize(
    "path", ["/admin/people/P-\0/", "/admin/people/P-AAAA-AAAA/orders\0/", "/sign-in/?next=\0"]
)
def test_a_nul_in_an_address_is_a_bad_address_not_a_fault(client, path) -> None:
    entered(client, Role.DPO)
    path, _, query = path.partition("?")
    page = client.get(path, query_params={"next": "\0"} if query else None)
    assert page.status_code == 400
    assert "Go back" in customer.main(page)


@pytest.mark.parametrize("ticked", ["\0", "x", "9" * 40])
def test_a_tick_that_is_no_row_is_told_so(client, ticked) -> None:
    entered(client, Role.DPO)
    queue = reverse("admin:requests_sar_case_changelist")
    factories.case(State.TRIAGE)
    page = client.post(queue, {"action": "assign_to_me", "_selected_action": ticked}, follow=True)
    assert page.status_code == 200
    assert "Tick the rows again" in customer.words(page)


@pytest.mark.parametrize(
    "data", [{"subject": "\0"}, {"subject": "REF", "seen": "9" * 5000}, {"subject": "REF", "seen": "\0"}]
)
def test_choosing_a_person_survives_any_bytes(client, data) -> None:
    entered(client, Role.DPO)
    case, alice = factories.case(State.TRIAGE), factories.subject()
    data = {key: alice.reference if value == "REF" else value for key, value in data.items()}
    page = client.post(reverse("admin:case_person", args=[case.reference]), data, follow=True)
    assert page.status_code == 200


def test_staff_cannot_give_themselves_another_address(client) -> None:
    """A password link to an address outside the company would outlive the job."""
    sam = entered(client, Role.STAFF, name="Sam")
    client.post(reverse("account_email"), {"action_add": "", "email": "sam@elsewhere.example"})
    assert not EmailAddress.objects.filter(email="sam@elsewhere.example").exists()
    client.logout()
    client.post(reverse("account_reset_password"), {"email": "sam@elsewhere.example"})
    assert not Message.objects.filter(to="sam@elsewhere.example").exists()
    assert sam.email != "sam@elsewhere.example"


def test_an_address_that_was_taken_away_opens_nothing_any_more(client) -> None:
    ada = entered(client, Role.ADMINISTRATOR, name="Ada")
    sam = factories.user(Role.STAFF, email="old@example.org", password=factories.PASSWORD)
    EmailAddress.objects.create(user=sam, email="old@example.org", primary=True)
    answers = {"name": "Sam", "email": "new@example.org", "role": Role.STAFF, "is_active": "on"}
    page = client.post(reverse("admin:accounts_user_change", args=[sam.pk]), answers)
    assert page.status_code == 302, ada
    client.logout()
    client.post(reverse("account_reset_password"), {"email": "old@example.org"})
    assert not Message.objects.filter(to="old@example.org").exists()
    client.post(reverse("account_login"), {"login": "old@example.org", "password": factories.PASSWORD})
    assert client.get("/admin/").status_code == 302


def test_a_changed_password_and_a_removed_factor_stand_in_the_trail(client) -> None:
    sam = factories.user(Role.STAFF, name="Sam", password=factories.PASSWORD)
    client.post(reverse("account_login"), {"login": sam.email, "password": factories.PASSWORD})
    fresh = "another long enough passphrase"
    page = client.post(
        reverse("account_change_password"),
        {"oldpassword": factories.PASSWORD, "password1": fresh, "password2": fresh},
    )
    assert page.status_code == 302
    reasons = Entry.objects.filter(target=f"staff:{sam.pk}", verb="staff.changed").values_list(
        "reason", flat=True
    )
    assert "password changed" in reasons


def test_there_is_one_page_to_change_a_password(client) -> None:
    entered(client, Role.STAFF)
    page = client.get("/admin/password_change/")
    assert (page.status_code, page["Location"]) == (302, reverse("account_change_password"))


def test_attackers_behind_the_proxy_do_not_lock_the_staff_out(client, settings) -> None:
    settings.TRUSTED_PROXIES = 1
    for number in range(12):
        client.post(
            reverse("account_login"),
            {"login": f"nobody{number}@example.org", "password": "wrong"},
            headers={"x-forwarded-for": "198.51.100.7"},
        )
    sam = factories.user(Role.STAFF, password=factories.PASSWORD)
    page = client.post(
        reverse("account_login"),
        {"login": sam.email, "password": factories.PASSWORD},
        headers={"x-forwarded-for": "192.0.2.44"},
    )
    assert page.status_code == 302


def test_what_a_role_may_not_read_is_not_in_its_workbook_either(client) -> None:
    """Sam may build workbooks but not read requests: the notes about Alice's request stay out of his."""
    entered(client, Role.STAFF, name="Sam")
    alice = factories.subject(account=factories.account())
    closed = {each.key for each in datamap.datasets() if each.category == "rights-requests"}
    ask = reverse("admin:person_workbook", args=[alice.reference])
    assert closed
    assert client.post(ask, {"purpose": "checking", "kinds": sorted(closed)}).status_code == 422
    assert client.post(ask, {"purpose": "checking"}).status_code == 302
    assert not closed & set(Package.objects.get().kinds)


def test_the_dpo_has_all_of_it(client) -> None:
    entered(client, Role.DPO, name="Dee")
    alice = factories.subject(account=factories.account())
    client.post(reverse("admin:person_workbook", args=[alice.reference]), {"purpose": "checking"})
    assert set(Package.objects.get().kinds) == {each.key for each in datamap.datasets()}
