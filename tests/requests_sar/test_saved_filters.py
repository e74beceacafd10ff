"""Filters of the queue under a name: own and shared ones, and that no search text can be kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from portal.accounts.models import Role
from requests_sar import figures, ranges, services
from requests_sar.admin import tabs
from requests_sar.admin.queue import CaseAdmin
from requests_sar.casework import NotPossible
from requests_sar.models import SavedFilter
from requests_sar.services import filters
from tests import factories

pytestmark = pytest.mark.django_db
QUEUE = "/admin/requests_sar/case/"


@pytest.fixture
def dee(client):
    user = factories.user(Role.DPO, name="Dee")
    client.force_login(user)
    return user


def save(client, name: str = "Late and mine", address: str = "owner=me&tab=late", **more: Any) -> Any:
    data = {"name": name, "address": address, **more}
    return client.post(reverse("admin:filter_save"), data, follow=True)


def test_the_queue_as_it_is_narrowed_is_kept_under_a_name_and_stands_above_it(client, dee) -> None:
    mine = factories.case(due_in=-1, owner=dee)
    factories.case(due_in=-1)
    page = client.get(QUEUE, {"tab": "late", "owner": "me", "p": "1"})
    address = page.context["cl"].address
    assert f'name="address" value="{address.replace("&", "&amp;")}"' in page.content.decode()
    response = save(client, address=address)
    assert response.redirect_chain[-1][0] == f"{QUEUE}?owner=me&tab=late"
    assert [case.pk for case in response.context["cl"].result_list] == [mine.pk]
    page = response.content.decode()
    assert "Saved as “Late and mine”." in page
    assert '<a href="?owner=me&amp;tab=late" aria-current="true">Late and mine</a>' in page


def test_a_search_cannot_be_kept_and_the_page_says_so(client, dee) -> None:
    factories.case()
    found = client.post(reverse("admin:case_search"), {"text": "okafor"}, follow=True)
    page = found.content.decode()
    assert "A search cannot be saved" in page
    assert 'action="/admin/requests/filters/save/"' not in page
    response = save(client, address=found.context["cl"].address)
    assert "A search cannot be saved" in response.content.decode()
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(
    ("name", "address", "words"),
    [
        ("", "tab=late", "Give the filter a name"),
        ("x" * 61, "tab=late", "at most 60 characters"),
        ("Mine", "", "Nothing is narrowed yet."),
        ("Mine", "p=3", "Nothing is narrowed yet."),
        ("Mine", "tab=alice%20okafor", "cannot be saved"),
        ("Mine", "requester_name=Alice", "cannot be saved"),
        ("Mine", "right__exact=alice", "cannot be saved"),
        ("Mine", "received_from=alice", "cannot be saved"),
        ("Mine", "owner=alice@example.com", "cannot be saved"),
        ("Mine", "&".join(f"a{number}=1" for number in range(50)), "too many parts"),
    ],
)
def test_what_cannot_be_kept_is_said(client, dee, name: str, address: str, words: str) -> None:
    assert words in save(client, name, address).content.decode()
    assert not SavedFilter.objects.exists()


def test_every_word_of_the_queue_but_the_search_can_be_kept() -> None:
    named = {f"{each}__exact" for each in CaseAdmin.list_filter if isinstance(each, str)}
    own = {each.parameter_name for each in CaseAdmin.list_filter if not isinstance(each, str)}
    assert named | own | {"tab", "o"} | ranges.NAMES == set(filters.KEPT)
    for tab in tabs.TABS:
        assert filters.keepable(f"tab={tab.key}") == f"tab={tab.key}"
    for figure in figures.FIGURES:
        assert filters.keepable(f"figure={figure.key}&p=2") == f"figure={figure.key}"


def test_a_name_is_used_once_by_each_and_there_is_a_limit(client, dee, monkeypatch) -> None:
    save(client)
    assert "You have a filter named “Late and mine” already." in save(client).content.decode()
    services.save_filter(by=factories.user(Role.DPO), name="Late and mine", address="tab=late")
    monkeypatch.setattr(filters, "MOST", 1)
    assert "Remove one that you do not need" in save(client, "Another").content.decode()
    assert dee.saved_filters.count() == 1


def test_shared_ones_are_seen_by_all_and_own_ones_by_nobody_else(client, dee) -> None:
    services.save_filter(by=dee, name="For all", address="tab=late", shared=True)
    services.save_filter(by=dee, name="For me", address="tab=soon")
    client.force_login(factories.user(Role.AUDITOR))
    page = client.get(QUEUE).content.decode()
    assert ">For all</a>" in page
    assert "For me" not in page
    assert "Shared by Dee" in client.get(reverse("admin:filters")).content.decode()


def test_they_are_renamed_shared_and_removed(client, dee) -> None:
    saved = services.save_filter(by=dee, name="Mine", address="tab=late")
    address = reverse("admin:filter", args=[saved.pk])
    assert "Only you see it" in client.get(reverse("admin:filters")).content.decode()
    client.post(address, {"name": " Late   ones ", "shared": "1"})
    saved.refresh_from_db()
    assert (saved.name, saved.shared) == ("Late ones", True)
    page = client.post(address, {"name": ""}, follow=True).content.decode()
    assert "Give the filter a name" in page
    page = client.post(address, {"remove": "1"}, follow=True).content.decode()
    assert "Removed: “Late ones”." in page
    assert "No filter is saved yet." in page
    assert client.post(address, {"remove": "1"}).status_code == 404


def test_somebody_elses_is_left_alone(client, dee) -> None:
    mine = services.save_filter(by=dee, name="Mine", address="tab=late")
    shared = services.save_filter(by=dee, name="For all", address="tab=late", shared=True)
    ann = factories.user(Role.AUDITOR)
    client.force_login(ann)
    assert client.post(reverse("admin:filter", args=[mine.pk]), {"remove": "1"}).status_code == 404
    page = client.post(reverse("admin:filter", args=[shared.pk]), {"remove": "1"}, follow=True)
    assert "This filter belongs to a colleague." in page.content.decode()
    with pytest.raises(NotPossible, match="Only those who decide requests share"):
        services.save_filter(by=ann, name="Ours", address="tab=late", shared=True)
    dan = factories.user(Role.DPO)
    services.change_filter(saved=shared, by=dan, name="For everybody", shared=True)
    assert set(SavedFilter.objects.values_list("name", flat=True)) == {"Mine", "For everybody"}


def test_doors(client, dee) -> None:
    saved = services.save_filter(by=dee, name="Mine", address="tab=late")
    addresses = {
        "post": (reverse("admin:filter_save"), reverse("admin:filter", args=[saved.pk])),
        "get": (reverse("admin:filters"),),
    }
    for method, each in addresses.items():
        for address in each:
            other = "get" if method == "post" else "post"
            assert getattr(client, other)(address).status_code == 405
    client.logout()
    for method, each in addresses.items():
        for address in each:
            assert getattr(client, method)(address)["Location"].startswith("/")
    for role in (Role.SUPPORT, Role.STAFF, Role.ADMINISTRATOR):
        client.force_login(factories.user(role))
        for method, each in addresses.items():
            for address in each:
                assert getattr(client, method)(address).status_code == 403
