"""Somebody who sends more than anybody needs, before anybody knows who they are."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal import limits
from portal.accounts.models import Role
from tests import customer, factories

pytestmark = pytest.mark.django_db
IMPORT = "admin:subjects_importbatch_add"


def send(client, path: str, size: int):
    """Only the head of such a request: what counts is that nothing is read."""
    return client.generic(
        "POST", path, b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(size)
    )


@pytest.mark.parametrize(
    "path", ["/sign-in/", "/requests/look-up/", "/accounts/login/", "/admin/people/", "/nowhere/"]
)
def test_a_stranger_cannot_fill_the_disk(client, path) -> None:
    page = send(client, path, limits.MOST + 1)
    assert page.status_code == 413
    assert "larger than the 6 MB" in customer.main(page)
    assert "Content-Security-Policy" in page.headers


@pytest.mark.parametrize("role", [None, Role.SUPPORT, Role.AUDITOR])
def test_the_large_limit_is_for_those_who_import(client, role) -> None:
    if role:
        client.force_login(factories.user(role))
    assert send(client, reverse(IMPORT), limits.MOST + 1).status_code == 413


def test_staff_who_import_may_send_a_large_file_there_and_only_there(client) -> None:
    client.force_login(factories.user(Role.STAFF))
    large = SimpleUploadedFile("a.csv", b"x" * (limits.MOST + 1))
    assert client.post(reverse(IMPORT), {"kind": "orders", "file": large}).status_code != 413
    assert send(client, reverse(IMPORT), settings.IMPORT_MAX_BYTES + limits.MOST + 1).status_code == 413
    assert send(client, reverse("admin:people"), limits.MOST + 1).status_code == 413


@pytest.mark.parametrize("length", ["-1", "9" * 40, "1e9", "ten"])
def test_a_length_that_is_none_is_refused(client, length) -> None:
    assert client.generic("POST", "/sign-in/", b"", CONTENT_LENGTH=length).status_code in {400, 413}


def test_too_many_fields_get_a_sentence_too(client) -> None:
    page = client.post(
        "/sign-in/", {f"f{number}": "x" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    )
    assert page.status_code == 400
    assert "Go back and try again" in customer.main(page)


def test_a_host_that_is_not_ours_gets_a_sentence_and_no_echo(client) -> None:
    page = client.get("/", headers={"host": "evil.example"})
    assert page.status_code == 400
    assert "evil.example" not in page.content.decode()
    assert "Go back" in customer.main(page)


def test_uploads_from_one_connection_come_to_an_end(client) -> None:
    """Five megabytes, kept for a day, for everybody who presses Start often enough."""
    draft = customer.start(client)
    client.post(customer.question(draft, "what"), {"scope": "all"})
    client.post(customer.question(draft, "who"), {"for_self": "no"})
    answers = {"on_behalf_of": "Alice Okafor", "relationship": "her solicitor"}
    seen = set()
    for _ in range(25):
        letter = SimpleUploadedFile("letter.pdf", b"%PDF-1.4\n%%EOF")
        seen.add(
            client.post(customer.question(draft, "for-whom"), {**answers, "authority": letter}).status_code
        )
    assert seen == {302, 429}
    assert client.post(customer.question(draft, "for-whom"), answers).status_code == 302
