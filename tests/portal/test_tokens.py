"""Access of other systems: made by the officer, shown once, revoked; and the doors it opens."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from portal.accounts import tokens
from portal.accounts.models import ApiToken, Role
from portal.audit.models import Entry
from tests import customer, factories

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/apitoken/"
SCOPE = ApiToken.Scope.RESTRICTIONS


@pytest.fixture
def dee(client):
    user = factories.user(Role.DPO)
    client.force_login(user)
    return user


def test_the_officer_makes_a_token_and_sees_it_once(client, dee) -> None:
    page = client.post(f"{LIST}add/", {"name": "Newsletter", "scope": SCOPE})
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    (text,) = re.findall(r"drp_[A-Za-z0-9_-]+", page.content.decode())
    token = ApiToken.objects.get()
    assert tokens.find(text) == token
    assert (token.name, token.created_by) == ("Newsletter", dee)
    assert text not in str(ApiToken.objects.values().get())
    again = client.get(LIST).content.decode()
    assert "Newsletter" in again
    assert "drp_" not in again
    assert Entry.objects.get(verb="access.given").reason == "restrictions"


def test_a_system_without_a_name_is_asked_for_it(client, dee) -> None:
    page = client.post(f"{LIST}add/", {"name": "", "scope": SCOPE})
    assert "Say which system it is for" in page.content.decode()
    assert not ApiToken.objects.exists()


def test_revoked_it_opens_nothing(client, dee) -> None:
    token, text = tokens.make(name="Shop", scope=SCOPE, by=dee)
    data = {"action": "revoke", "_selected_action": token.pk}
    assert "Revoked: Shop." in customer.words(client.post(LIST, data, follow=True))
    assert tokens.find(text) is None
    assert "had been revoked before" in customer.words(client.post(LIST, data, follow=True))
    assert Entry.objects.filter(verb="access.taken").count() == 1


def test_it_ends_by_itself_after_a_year(dee) -> None:
    token, text = tokens.make(name="Shop", scope=SCOPE, by=dee)
    with time_machine.travel(timezone.now() + dt.timedelta(days=366)):
        assert tokens.find(text) is None
        assert not token.is_live


@pytest.mark.parametrize("text", ["", "drp_", "drp_wrong", "x" * 5000, "drp_" + "x" * 5000, "drp_\ud7ff\0"])
def test_no_other_text_opens_anything(dee, text: str) -> None:
    tokens.make(name="Shop", scope=SCOPE, by=dee)
    assert tokens.find(text) is None


def test_its_use_is_noted_once_a_minute(dee) -> None:
    token, text = tokens.make(name="Shop", scope=SCOPE, by=dee)
    tokens.find(text)
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    tokens.find(text)
    assert first is not None
    assert ApiToken.objects.get(pk=token.pk).last_used_at == first


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.STAFF, Role.AUDITOR, Role.ADMINISTRATOR])
def test_nobody_else_gives_access(client, role: str) -> None:
    token, text = tokens.make(name="Shop", scope=SCOPE, by=factories.user(Role.DPO))
    client.force_login(factories.user(role))
    assert client.get(LIST).status_code == 403
    assert client.post(f"{LIST}add/", {"name": "Mine", "scope": SCOPE}).status_code == 403
    client.post(LIST, {"action": "revoke", "_selected_action": token.pk})
    assert tokens.find(text) == token
    assert "Other systems" not in client.get("/admin/").content.decode()


def test_strangers_are_asked_to_sign_in(client) -> None:
    assert client.get(LIST).status_code == 302
    assert client.post(f"{LIST}add/", {"name": "Mine", "scope": SCOPE}).status_code == 302
    assert not ApiToken.objects.exists()


def test_a_token_is_neither_changed_nor_deleted(client, dee) -> None:
    token, text = tokens.make(name="Shop", scope=SCOPE, by=dee)
    for address in (f"{LIST}{token.pk}/change/", f"{LIST}{token.pk}/delete/"):
        client.post(address, {"name": "Other", "scope": SCOPE, "post": "yes"})
    assert tokens.find(text) == ApiToken.objects.get(name="Shop")
    assert reverse("api_schema") == "/api/schema/"
