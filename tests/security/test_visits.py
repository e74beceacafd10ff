"""A visit ends by itself, however busy the browser is; a broker that hangs holds nobody up."""

from __future__ import annotations

import datetime as dt
import socket

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts import visits
from portal.audit import tasks
from portal.audit.trail import Verb, record
from tests import customer

pytestmark = pytest.mark.django_db


def test_polling_does_not_keep_a_browser_signed_in_for_ever(client: Client) -> None:
    customer.sign_in(client)
    start = timezone.now()
    step = dt.timedelta(minutes=20)
    stayed = 0
    while stayed < 60:
        with time_machine.travel(start + step * (stayed + 1), tick=False):
            if client.get(reverse("requests")).status_code != 200:
                break
        stayed += 1
    assert stayed * step <= visits.LONGEST_VISIT
    assert (stayed + 2) * step > visits.LONGEST_VISIT


@pytest.mark.timeout(30)
def test_a_cache_that_hangs_counts_as_one_that_is_away(client: Client, settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never answers
        port = silent.getsockname()[1]
        settings.CACHES = {
            "default": {**settings.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{port}/0"}
        }
        caches["default"].close()
        answer = client.post(reverse("sign_in"), {"email": "alice@example.com"})
    assert answer.status_code == 302


def test_the_log_is_told_where_the_trail_ends(caplog) -> None:
    record(Verb.CASE_NOTED, by=None, target="case:DP-TEST-0001")
    with caplog.at_level("INFO"):
        tasks.witness()
    assert "the audit trail ends at 1:" in caplog.text
