"""S54: recipients are told by themselves, as the register says; what does not arrive is seen, and tried again."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail as outbox
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.mail import checks, outbound, webhooks
from portal.mail.models import Message
from portal.register import store
from portal.register.model import RegisterError, load
from requests_sar import recipients, telling
from requests_sar.models import Case, RecipientNotice
from requests_sar.rights import Right
from requests_sar.workflow import State
from retention import drafting
from subjects.models import Disclosure, Subject
from tests import customer, factories

pytestmark = pytest.mark.django_db
SECRET = "s" * 40


class Listener(HTTPServer):
    """Another company's system: keeps what it gets, answers what it is told to."""

    got: list[tuple[dict[str, str], bytes]]
    answer = 200


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.got.append(({k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length)))
        self.send_response(self.server.answer)
        if self.server.answer == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener(("127.0.0.1", 0), _Handler)
    server.got = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def entry(name: str, way: str, address: str, secret: str = "") -> str:
    lines = [f'recipient = "{name}"', f'way = "{way}"', f'address = "{address}"']
    return "\n".join(["[[notify]]", *lines, *([f'secret = "{secret}"'] if secret else []), ""])


@pytest.fixture
def register(settings, tmp_path: Path) -> Any:
    """A function that puts recipients into the register in use."""
    shipped = settings.REGISTER_FILE.read_text()
    settings.NOTIFY_SECRETS = {"SWIFT": SECRET}

    def use(*entries: str) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.toml"
        path.write_text("\n".join([shipped, *entries]))
        settings.REGISTER_FILE = path
        return path

    return use


@pytest.fixture
def alice() -> Subject:
    subject = factories.subject("Alice Okafor", email="alice@example.com")
    for name, kind in (
        ("Swift Parcels", "hardware-suppliers"),
        ("Fibre Broadband plc", "it-and-telecoms-providers"),
    ):
        Disclosure.objects.create(
            subject=subject,
            source_key=name,
            at=timezone.now(),
            recipient=name,
            recipient_kind=kind,
            what="Address",
        )
    return subject


def noted(
    alice: Subject, right: Right = Right.RESTRICTION, state: State = State.CLOSED
) -> dict[str, RecipientNotice]:
    case = factories.case(state, right=right, subject=alice)
    made = recipients.note(subject=alice, categories={"contact-details"}, right=right, by=None, case=case)
    return {notice.recipient: notice for notice in made}


def swift(listener: Listener) -> str:
    return entry("swift parcels", "webhook", f"http://127.0.0.1:{listener.server_port}/gdpr?x=1", "SWIFT")


# --- signed messages ---------------------------------------------------------------------------------------


def test_s54_one_message_to_each_recipient_signed_and_not_kept(alice, listener, register, settings) -> None:
    settings.WEBHOOKS_ANYWHERE = True
    register(swift(listener), entry("Fibre Broadband plc", "email", "privacy@fibre.example"))
    notices = noted(alice)
    for notice_id in telling.waiting():
        telling.send(notice_id)
        telling.send(notice_id)  # once more, as two workers would
    assert len(listener.got) == 1
    headers, body = listener.got[0]
    seconds, mark = (part.partition("=")[2] for part in headers["webhook-signature"].split(","))
    expected = hmac.new(SECRET.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(mark, expected)
    assert abs(int(seconds) - timezone.now().timestamp()) < 60
    message = json.loads(body)
    assert message["event"] == "restriction"
    assert message["person"] == f"Alice Okafor, customer number {alice.source_key}"
    assert "alice@example.com" not in body.decode()  # they need not know more than they have
    told = RecipientNotice.objects.get(pk=notices["Swift Parcels"].pk)
    assert (told.outcome, told.sending, told.who, told.settled_by) == ("done", "sent", "", None)

    fibre = notices["Fibre Broadband plc"]
    fibre.refresh_from_db()
    assert fibre.outcome == ""  # it is on its way
    waiting = Message.objects.get()
    assert "Alice Okafor" in waiting.text
    assert "Alice" not in waiting.subject
    claimed = outbound.claim(waiting.pk)
    assert claimed is not None
    outbound.send(claimed)
    assert outbox.outbox[0].to == ["privacy@fibre.example"]
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1)):
        for notice_id in telling.waiting():
            telling.send(notice_id)
    fibre.refresh_from_db()
    assert (fibre.outcome, fibre.who) == ("done", "")
    assert Message.objects.get().text == ""  # nobody reads there any more whom it was about

    kinds = set(notices) - {"Swift Parcels", "Fibre Broadband plc"}
    assert (
        kinds
    )  # named by the register alone: a message could tell them something new, so a person looks first
    assert {notices[name].way for name in kinds} == {""}


def test_an_erasure_is_told_when_it_is_done_and_not_before(alice, listener, register, settings) -> None:
    settings.WEBHOOKS_ANYWHERE = True
    register(swift(listener))
    notice = noted(alice, Right.ERASURE, State.REVIEW)["Swift Parcels"]
    assert telling.waiting() == []
    telling.send(notice.pk)
    assert listener.got == []
    Case.objects.update(state=State.CLOSED)
    assert telling.waiting() == [notice.pk]
    telling.send(notice.pk)
    assert json.loads(listener.got[0][1])["event"] == "erasure"
    notice.refresh_from_db()
    assert notice.what == ""


def test_what_was_corrected_is_in_the_message(alice, listener, register, settings) -> None:
    from subjects import services

    settings.WEBHOOKS_ANYWHERE = True
    register(swift(listener))
    notices = noted(alice, Right.RECTIFICATION)
    reference = notices["Swift Parcels"].case.reference
    services.correct(
        subject=alice, dataset="contact-details", record=str(alice.pk), values={"job_title": "Owner"},
        by=factories.user(Role.DPO), reference=reference, decided=True,
    )  # fmt: skip
    telling.send(notices["Swift Parcels"].pk)
    assert json.loads(listener.got[0][1])["changes"] == [
        {"detail": "Job title", "wrong": "", "right": "Owner"}
    ]


@pytest.mark.parametrize(("answer", "words"), [(503, "the fault 503"), (302, "we do not follow")])
def test_what_does_not_arrive_is_tried_again_and_then_waits_for_a_person(
    answer: int, words: str, alice, listener, register, settings
) -> None:
    settings.WEBHOOKS_ANYWHERE = True
    register(swift(listener))
    listener.answer = answer
    notice = noted(alice)["Swift Parcels"]
    moment, waits = timezone.now(), []
    while (found := RecipientNotice.objects.get(pk=notice.pk)).sending == "waiting":
        with time_machine.travel(moment, tick=False):
            telling.send(notice.pk)
            found.refresh_from_db()
            telling.send(notice.pk)  # not before its time
        if found.claimed_until:
            waits.append((found.claimed_until - moment).total_seconds())
            moment = found.claimed_until
    assert len(listener.got) == telling.ATTEMPTS
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (30, 6 * 3600)
    assert all("/elsewhere" not in str(headers) for headers, _ in listener.got)

    dee = factories.user(Role.DPO)
    desk = Client()
    desk.force_login(dee)
    assert "Could not be sent" in customer.words(desk.get(reverse("admin:recipients")))
    assert "Swift Parcels could not be told." in customer.words(desk.get(reverse("admin:index")))
    page = reverse("admin:recipient", args=[notice.pk])
    shown = customer.words(desk.get(page))
    assert words in shown
    assert "Try again" in shown
    again = reverse("admin:recipient_again", args=[notice.pk])
    assert desk.get(again).status_code == 405
    assert desk.post(again).status_code == 302
    assert "already" in customer.words(desk.post(again, follow=True))
    listener.answer = 204
    telling.send(notice.pk)
    found.refresh_from_db()
    assert found.outcome == "done"
    verbs = list(Entry.objects.order_by("number").values_list("verb", flat=True))
    assert [v for v in verbs if v.startswith("recipient.")] == [
        "recipient.not-reached", "recipient.tried-again", "recipient.settled",
    ]  # fmt: skip
    assert desk.post(reverse("admin:recipient_again", args=[notice.pk + 99])).status_code == 404
    sam = Client()
    sam.force_login(factories.user(Role.STAFF))
    assert sam.post(again).status_code == 403
    assert Client().post(again).status_code == 302


def test_a_person_may_be_quicker(alice, listener, register, settings) -> None:
    settings.WEBHOOKS_ANYWHERE = True
    register(swift(listener), entry("Fibre Broadband plc", "email", "privacy@fibre.example"))
    notices = noted(alice)
    telling.send(notices["Fibre Broadband plc"].pk)
    for notice in notices.values():
        recipients.settle(
            notice=notice, outcome="impossible", reason="They closed.", by=factories.user(Role.DPO)
        )
    for notice in notices.values():
        telling.send(notice.pk)
    assert listener.got == []
    assert not Message.objects.exists()


def test_a_register_that_changed_is_noticed(alice, listener, register, settings) -> None:
    settings.WEBHOOKS_ANYWHERE = True
    register(swift(listener))
    notice = noted(alice)["Swift Parcels"]
    register()
    telling.send(notice.pk)
    notice.refresh_from_db()
    assert (notice.sending, notice.error) == ("failed", "register-changed")
    assert "does not name this way" in telling.why(notice)


def test_the_customer_reads_whom_we_told_after_an_erasure_or_a_pause_too(alice) -> None:
    for right in (Right.ERASURE, Right.RESTRICTION):
        notices = noted(alice, right)
        from requests_sar import showing

        case = notices["Swift Parcels"].case
        if right is Right.RESTRICTION:
            from requests_sar.models import PauseRequest

            PauseRequest.objects.create(case=case, asked_ground="accuracy", given="x")
        found = showing.answer(case)
        assert {each.recipient for each in found["notices"]} == set(notices)


# --- where messages may go -----------------------------------------------------------------------------------

INSIDE = [
    "http://example.com/x", "https://localhost/x", "https://127.0.0.1/x", "https://10.1.2.3/x", "https://192.168.0.9",
    "https://172.20.0.1/", "https://169.254.169.254/latest/meta-data", "https://[::1]/", "https://[fe80::1]/",
    "https://[::ffff:127.0.0.1]/", "https://[fd00::1]/", "https://0.0.0.0/", "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/", "https://100.64.0.1/", "https://224.0.0.1/", "https://db.internal/", "https://printer.local/",
    "https://[::]/", "https://localhost./",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_is_sent_into_a_private_network(address: str, register) -> None:
    with pytest.raises(webhooks.Refused):
        webhooks.post(address, b"{}", secret=SECRET, seconds=1, message_id="x")
    register(entry("Swift Parcels", "webhook", address, "SWIFT"))
    assert len(checks.check_notify()) == 1  # and the portal does not start with it


@pytest.mark.parametrize("address", ["10.0.0.1", "::1", "169.254.169.254"])
def test_a_name_that_leads_inside_is_refused_when_it_is_asked(address: str, monkeypatch) -> None:
    """Also when only one of its addresses does, or when it leads elsewhere a moment later."""
    asked: list[str] = []

    def lookup(host: str, port: int, **kwargs: Any) -> list[Any]:
        asked.append(host)
        return [(0, 0, 0, "", ("93.184.215.14", port)), (0, 0, 0, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket, "create_connection", lambda *args: pytest.fail("it was connected"))
    with pytest.raises(webhooks.Refused):
        webhooks.post("https://evil.example/x", b"{}", secret=SECRET, seconds=1, message_id="x")
    assert asked == ["evil.example"]


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch) -> None:
    went: list[Any] = []

    def connect(address: Any, timeout: float) -> None:
        went.append((address, timeout))
        raise ConnectionRefusedError

    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, **kw: [(0, 0, 0, "", ("93.184.215.14", port))]
    )
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(webhooks.Undelivered, match="no-connection"):
        webhooks.post("https://good.example/x", b"{}", secret=SECRET, seconds=1, message_id="x")
    assert went == [(("93.184.215.14", 443), webhooks.TIMEOUT)]


def test_a_plain_server_is_no_secure_one(listener, settings) -> None:
    settings.WEBHOOKS_ANYWHERE = True
    address = f"https://127.0.0.1:{listener.server_port}/"
    with pytest.raises(webhooks.Undelivered, match="tls"):
        webhooks.post(address, b"{}", secret=SECRET, seconds=1, message_id="x")
    assert listener.got == []


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (entry("A", "email", "nowhere"), "It is no e-mail address."),
        (entry("A", "webhook", "ftp://example.com", "S1"), "It is no web address"),
        (entry("A", "webhook", "https://me:secret@example.com", "S1"), "user name"),
        (entry("A", "webhook", "https://example.com", "s3cret"), "name of a secret"),
        (entry("A", "pigeon", "x@example.com"), "pigeon"),
        (entry("A", "email", "x@example.com") + entry(" a", "email", "y@example.com"), "2 times"),
    ],
)
def test_a_register_that_cannot_work_is_refused_in_words(bad: str, words: str, register) -> None:
    with pytest.raises(RegisterError) as fault:
        load(register(bad))
    assert words in str([str(each) for each in fault.value.problems])


def test_a_secret_that_is_not_set_is_named(register) -> None:
    register(entry("Swift Parcels", "webhook", "https://swift.example/x", "OTHER"))
    assert "set NOTIFY_SECRET_OTHER" in checks.check_notify()[0].msg
    register(entry("Swift Parcels", "webhook", "https://swift.example/x", "SWIFT"))
    assert checks.check_notify() == []
    way = store.current().way_to_tell("SWIFT PARCELS ")
    assert way is not None
    call_command("check")


def test_a_version_of_the_register_that_reaches_into_our_network_is_not_activated(register, settings) -> None:
    settings.WEBHOOKS_ANYWHERE = True
    register(entry("Swift Parcels", "webhook", "https://10.0.0.1/x", "SWIFT"))
    draft = drafting.begin(by=None)
    drafting.edit(
        table="controller", handle="", values={"phone": "0330 000 0000"}, by=None, seen=draft.changes
    )
    draft.refresh_from_db()
    settings.WEBHOOKS_ANYWHERE = False
    with pytest.raises(drafting.Refused, match="not on the public internet"):
        drafting.activate(by=None, reason="A new number", seen=draft.changes)
    settings.WEBHOOKS_ANYWHERE = True
    assert drafting.activate(by=None, reason="A new number", seen=draft.changes).number == 2
