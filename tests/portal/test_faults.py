"""Pages for the bad days: a fault of ours, a stale form, too many tries, an address that does not exist."""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
import subprocess
import sys

import pytest
from django.test import Client, RequestFactory

from portal.accounts import client as origin
from portal.register import store
from tests import customer

pytestmark = pytest.mark.django_db


def break_home(monkeypatch: pytest.MonkeyPatch) -> Client:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("requests_sar.views.home.render", broken)
    return Client(raise_request_exception=False)


def test_a_fault_of_ours_has_a_reference_that_is_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        page = break_home(monkeypatch).get("/")
    assert page.status_code == 500
    words = customer.main(page)
    assert "Sorry, something went wrong on our side" in words
    assert "secret detail" not in page.content.decode()
    reference = re.search(r"error reference: ([0-9A-Z]{4}-[0-9A-Z]{4})", words).group(1)
    assert any(reference in record.getMessage() for record in caplog.records)
    assert "0330 223 2624" in page.content.decode()


def test_a_fault_page_needs_nothing_that_may_be_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    client = break_home(monkeypatch)

    def gone() -> None:
        raise OSError("no register")

    monkeypatch.setattr(store, "current", gone)
    page = client.get("/")
    assert page.status_code == 500
    assert "Sorry, something went wrong on our side" in customer.main(page)


def test_a_stale_form_is_explained() -> None:
    page = Client(enforce_csrf_checks=True).post("/sign-in/", {"email": "alice@example.com"})
    assert page.status_code == 403
    assert "This page has been open too long" in customer.main(page)
    assert "Nothing was changed" in customer.main(page)


def test_an_address_that_does_not_exist(client: Client) -> None:
    page = client.get("/no/such/page/")
    assert page.status_code == 404
    assert "We cannot find that" in customer.main(page)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "direct", "seen"),
    [
        (0, "203.0.113.9", "192.0.2.1", "192.0.2.1"),  # nobody in front: the header is the client's own claim
        (1, "203.0.113.9", "192.0.2.1", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "192.0.2.1", "203.0.113.9"),  # a forged first hop
        (2, "10.0.0.1, 203.0.113.9, 198.51.100.2", "192.0.2.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1", "192.0.2.1"),  # a hop is missing: trust only the connection
        (1, "nonsense", "192.0.2.1", "192.0.2.1"),
        (1, "", "192.0.2.1", "192.0.2.1"),
        (0, "", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_whose_request_it_is(settings, proxies: int, forwarded: str, direct: str, seen: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=direct)
    assert origin.address(request) == seen


def test_a_broken_counter_locks_nobody_out(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*args: object, **kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(origin.cache, "incr", down)
    for _ in range(25):
        assert client.post("/sign-in/", {"email": "a@example.com"}).status_code == 302


def test_guessing_references_ends_at_a_wall(client: Client) -> None:
    customer.sign_in(client)
    for _ in range(60):
        assert client.get("/requests/DP-2222-2222/").status_code == 404
    assert client.get("/requests/DP-2222-2222/").status_code == 429


def test_maintenance_says_when_we_are_back_and_that_the_clock_goes_on(client: Client, settings) -> None:
    settings.MAINTENANCE_UNTIL = dt.datetime(2999, 12, 1, 18, 0, tzinfo=dt.UTC)
    for method in (client.get, client.post):
        page = method("/requests/")
        assert page.status_code == 503
        assert "We will be back by 6:00pm on 1 December 2999" in customer.main(page)
        assert "The legal time limit is not affected" in customer.main(page)
        assert page["Retry-After"].endswith("GMT")
        assert "default-src" in page["Content-Security-Policy"]
    assert client.get("/healthz").status_code == 200
    settings.MAINTENANCE_UNTIL = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    assert "We will be back soon" in customer.main(client.get("/"))


@pytest.mark.parametrize("given", ["tomorrow", "2026-12-01T18:00"])
def test_a_wrong_maintenance_moment_stops_the_boot(given: str) -> None:
    command = [sys.executable, "-c", "import portal.settings"]
    done = subprocess.run(
        command, env=os.environ | {"MAINTENANCE_UNTIL": given}, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "MAINTENANCE_UNTIL must be a moment with its zone" in done.stderr
