"""A workbook of a person now, for a purpose (S2): one job, its progress, its result, and who may have it."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.urls import reverse

from portal.accounts.models import Role
from portal.audit.models import Entry
from requests_sar import tasks
from requests_sar.models import Download, Package, Source
from subjects import datamap
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def sam(client):
    user = factories.user(Role.STAFF, name="Sam")
    client.force_login(user)
    return user


@pytest.fixture
def alice():
    return factories.subject(account=factories.account())


def ask(client, subject, **data):
    return client.post(
        reverse("admin:person_workbook", args=[subject.reference]), {"purpose": "checking", **data}
    )


def page(client, package: Package) -> str:
    response = client.get(reverse("admin:package", args=[package.pk]))
    assert response.status_code == 200
    return response.content.decode()


def test_from_the_purpose_to_a_workbook_that_opens(client, sam, alice) -> None:
    response = ask(client, alice)
    package = Package.objects.get()
    assert response["Location"] == reverse("admin:package", args=[package.pk])
    assert (package.by, package.purpose, package.case) == (sam, "checking", None)
    waiting = page(client, package)
    assert "data-poll=" in waiting
    assert '<meta http-equiv="refresh" content="5">' in waiting
    assert client.get(reverse("admin:package_progress", args=[package.pk])).json()["working"] is True
    tasks.collect(str(package.pk))
    assert client.get(reverse("admin:package_progress", args=[package.pk])).json() == {"working": False}
    done = page(client, package)
    file = package.files.get(kind="workbook")
    assert file.sha256 in done
    assert "data-poll=" not in done
    rows = sum(package.sources.values_list("rows", flat=True))
    assert f"<strong>{rows}</strong> record" in done
    content = b"".join(
        client.get(reverse("admin:package_file", args=[package.pk, "workbook"])).streaming_content
    )
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert "Start here" in book.sheetnames
    assert Download.objects.get().actor == f"staff:{sam.pk}"
    verbs = set(Entry.objects.filter(actor=f"staff:{sam.pk}").values_list("verb", flat=True))
    assert {"package.asked", "package.downloaded"} <= verbs


@pytest.mark.parametrize("purpose", ["", "   "])
def test_without_a_purpose_it_is_refused(client, sam, alice, purpose: str) -> None:
    response = ask(client, alice, purpose=purpose)
    assert response.status_code == 422
    assert "Say what the workbook is for" in response.content.decode()
    assert not Package.objects.exists()


def test_pressing_twice_makes_one_job(client, sam, alice) -> None:
    assert ask(client, alice)["Location"] == ask(client, alice)["Location"]
    assert Package.objects.count() == 1


def test_only_some_kinds_and_dates(client, sam, alice) -> None:
    since = {"since_day": "1", "since_month": "2", "since_year": "2024"}
    ask(client, alice, kinds=["orders", "invoices"], **since)
    package = Package.objects.get()
    assert set(package.sources.values_list("dataset", flat=True)) == {"orders", "invoices"}
    assert str(package.since) == "2024-02-01"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kinds": ["passwords"]}, "One of the kinds is not known"),
        (
            {
                "since_day": "2",
                "since_month": "2",
                "since_year": "2024",
                "until_day": "1",
                "until_month": "2",
                "until_year": "2024",
            },
            "must not come after",
        ),
        ({"until_day": "40", "until_month": "2", "until_year": "2024"}, "not a day in the calendar"),
        ({"purpose": "x" * 201}, "200"),
    ],
)
def test_nonsense_is_refused_and_kept(client, sam, alice, data, words: str) -> None:
    response = ask(client, alice, **data)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Package.objects.exists()


def test_every_kind_of_the_data_map_is_offered(client, sam, alice) -> None:
    form = client.get(reverse("admin:person_workbook", args=[alice.reference])).content.decode()
    for dataset in datamap.datasets():  # what requests say is for those who may read requests
        assert (f'value="{dataset.key}"' in form) is (dataset.category != "rights-requests")


def test_a_workbook_of_nothing_says_so(client, sam) -> None:
    nobody = factories.subject("No One", email="")
    ask(client, nobody, kinds=["orders"])
    package = Package.objects.get()
    tasks.collect(str(package.pk))
    assert "we hold nothing about this person, and the workbook says so" in page(client, package)


def test_a_fault_is_named_and_tried_again(client, sam, alice) -> None:
    package = factories.package(
        subject=alice, by=sam, state=Package.State.FAILED, error="Orders did not answer."
    )
    package.sources.update(state=Source.State.DONE)
    assert "Orders did not answer." in page(client, package)
    client.post(reverse("admin:package_act", args=[package.pk, "retry"]))
    package.refresh_from_db()
    assert package.state == Package.State.QUEUED


def test_stop_leaves_nothing(client, sam, alice) -> None:
    ask(client, alice)
    package = Package.objects.get()
    stop = reverse("admin:package_act", args=[package.pk, "stop"])
    assert client.get(stop).status_code == 405
    client.post(stop)
    package.refresh_from_db()
    assert package.state == Package.State.STOPPED
    assert "No part of a file is left." in page(client, package)
    again = client.post(stop, follow=True)
    assert "already finished" in again.content.decode()


def test_a_made_up_person_is_not_found(client, sam) -> None:
    assert client.get("/admin/people/P-2222-2222/workbook/").status_code == 404


# --- who ---


def test_staff_see_their_own_only_and_the_dpo_all(client, sam, alice) -> None:
    theirs = factories.package(subject=alice, by=factories.user(Role.STAFF))
    addresses = [
        reverse("admin:package", args=[theirs.pk]),
        reverse("admin:package_progress", args=[theirs.pk]),
        reverse("admin:package_file", args=[theirs.pk, "workbook"]),
    ]
    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]
    assert client.post(reverse("admin:package_act", args=[theirs.pk, "stop"])).status_code == 404
    client.force_login(factories.user(Role.DPO))
    assert [client.get(address).status_code for address in addresses] == [200, 200, 200]


def test_s36_staff_cannot_reach_the_copy_of_a_request(client, sam, alice) -> None:
    package = factories.package(factories.case("review", subject=alice), by=sam)
    assert client.get(reverse("admin:package_file", args=[package.pk, "workbook"])).status_code == 404
    assert client.get(reverse("admin:package", args=[package.pk])).status_code == 404


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR, Role.ADMINISTRATOR])
def test_others_are_refused_with_a_sentence(client, alice, role: Role) -> None:
    client.force_login(factories.user(role))
    response = ask(client, alice)
    assert response.status_code == 403
    assert "build and download a person&#x27;s workbook" in response.content.decode()
    assert not Package.objects.exists()


def test_strangers_are_sent_to_sign_in(client, alice) -> None:
    assert ask(client, alice)["Location"].startswith("/admin/login/")


def test_another_choice_or_another_colleague_gets_another_copy(client, sam, alice) -> None:
    ask(client, alice, kinds=["orders"])
    ask(client, alice, kinds=["invoices"])
    client.force_login(factories.user(Role.DPO))
    ask(client, alice, kinds=["orders"])
    assert Package.objects.count() == 3
