"""The pages that tell: privacy, cookies, accessibility for everyone; the record of processing for staff."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client

from portal.accounts.models import Role, User
from portal.register import record, store
from portal.register.facts import CookiePlace
from portal.register.model import DEFAULT_FILE

PUBLIC = ["/privacy/", "/cookies/", "/accessibility/"]
RECORD = ["/records/processing/", "/records/processing.csv"]

pytestmark = pytest.mark.django_db


class Page(HTMLParser):
    """Ids, links inside the page, headings and plain text of one answer."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.jumps: list[str] = []
        self.levels: list[int] = []
        self.words: list[str] = []
        self.feed(source)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [given["id"]] if given.get("id") else []
        self.jumps += [given["href"][1:]] if (given.get("href") or "").startswith("#") else []
        self.levels += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(client: Client, path: str) -> Page:
    answer = client.get(path)
    assert answer.status_code == 200
    return Page(answer.content.decode())


def staff(role: str) -> User:
    return User.objects.create_user(f"{role}@office.example", "a long staff passphrase", role=role)


@pytest.fixture
def sam() -> Client:
    """Sam of the staff, signed in."""
    client = Client()
    client.force_login(staff(Role.STAFF))
    return client


@pytest.fixture
def other_company(tmp_path: Path, settings: Any) -> None:
    """The same portal with another register file."""
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    for old, new in (
        ("Data Productions", "Smith & <Sons>"),
        ('period = "3 years"', 'period = "18 months"'),
        ("ZA097784", "ZB000001"),
        ('applies_to = "customer"\nperiod = "7 years"', 'applies_to = "customer"\nperiod = "9 years"'),
        ("acts = true", "acts = false"),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "other.toml"
    path.write_text(text, encoding="utf-8")
    settings.REGISTER_FILE = path


# Public pages.


@pytest.mark.parametrize("path", PUBLIC)
def test_anybody_may_read_and_only_read(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200
    assert client.head(path).content == b""
    for method in (client.post, client.put, client.patch, client.delete):
        assert method(path).status_code == 405


@pytest.mark.parametrize("path", PUBLIC)
def test_every_anchor_leads_somewhere_and_no_heading_is_skipped(client: Client, path: str) -> None:
    page = read(client, path)
    assert set(page.jumps) <= set(page.ids), set(page.jumps) - set(page.ids)
    assert len(page.ids) == len(set(page.ids)), "an id stands twice"
    assert page.levels[0] == 1
    assert page.levels.count(1) == 1
    assert all(later - level <= 1 for level, later in zip(page.levels, page.levels[1:], strict=False))


@pytest.mark.parametrize("path", PUBLIC)
def test_reading_leaves_no_cookie_but_those_declared(client: Client, path: str, settings: Any) -> None:
    answer = client.get(path)
    assert set(answer.cookies) <= {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}


def test_the_notice_says_everything_in_the_register(client: Client) -> None:
    page, register = read(client, "/privacy/"), store.current()
    for each in register.categories:
        assert f"data-{each.key}" in page.ids
        assert each.what in page.text
        assert each.source in page.text
    for each in register.functions:
        assert each.why[1:] in page.text
        assert each.basis.label in page.text
        assert each.interest in page.text
    for each in register.recipients:
        assert each.name[1:] in page.text
        assert each.why in page.text
    for rule in register.retention:
        assert f"{rule.period} after {rule.after.words}" in page.text
        assert rule.because[1:] in page.text
    for each in register.rights:
        assert each.name in page.text
        assert each.line in page.text
    for words in (
        register.controller.registration_number,
        *(getattr(register.contacts, name) for name in ("rights", "complaints", "opt_out", "opt_in")),
        register.regulator.phone,
        register.regulator.url,
        register.transfers.safeguards,
        register.automated_decisions.sentence,
        register.processor.sentence,
        register.version,
    ):
        assert words in page.text


def test_the_notice_keeps_the_promises_of_the_published_one(client: Client) -> None:
    """Facts of the published notice, checked by hand once; a slip in the register shows here."""
    text = read(client, "/privacy/").text
    for words in (
        "ZA097784",
        "0330 223 2624",
        "gdpr@dataproductions.co.uk",
        "optout@dataproductions.co.uk",
        "optin@dataproductions.co.uk",
        "dataprotection@dataproductions.co.uk",
        "Google Analytics",
        "European Union",
        "7 years after the end of your relationship with us",
        "never sell your data",
    ):
        assert words in text


def test_another_register_is_another_notice(client: Client, other_company: None) -> None:
    answer = client.get("/privacy/")
    page = Page(answer.content.decode())
    assert "Smith & <Sons>" in page.text
    assert b"Smith &amp; &lt;Sons&gt;" in answer.content, "the register's words are shown, never obeyed"
    assert b"<Sons>" not in answer.content
    assert "18 months after the date of the record" in page.text
    assert "9 years after the end of your relationship" in page.text
    assert "ZB000001" in page.text
    assert "Data Productions" not in page.text
    assert "for-clients" not in page.ids


def test_the_cookies_page_shows_the_names_really_set(client: Client, settings: Any) -> None:
    settings.SESSION_COOKIE_NAME = "__Host-visit"
    page = read(client, "/cookies/")
    assert "__Host-visit" in page.text
    assert settings.CSRF_COOKIE_NAME in page.text
    for each in store.current().cookies_of(CookiePlace.MAIN_WEBSITE):
        assert each.purpose in page.text


def test_signing_in_sets_no_undeclared_cookie(client: Client, settings: Any) -> None:
    user = staff(Role.STAFF)
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": user.email, "password": "a long staff passphrase"})
    client.get("/privacy/")
    assert settings.SESSION_COOKIE_NAME in client.cookies, "nobody signed in: this test sees nothing"
    assert set(client.cookies) <= {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}


def test_what_is_said_once_needs_no_third_cookie(settings: Any) -> None:
    """Django's default keeps messages ("Saved") in a cookie that the cookies page does not list."""
    assert settings.MESSAGE_STORAGE == "django.contrib.messages.storage.session.SessionStorage"


def test_the_accessibility_statement_owns_up(client: Client, other_company: None) -> None:
    text = read(client, "/accessibility/").text
    assert "filter buttons" in text
    assert "large print" in text
    assert "gdpr@dataproductions.co.uk" in text


# The record of processing.


@pytest.mark.parametrize("path", RECORD)
@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.STAFF, 200),
        (Role.DPO, 200),
        (Role.AUDITOR, 200),
        (Role.ADMINISTRATOR, 200),
        (Role.SUPPORT, 403),
    ],
)
def test_who_may_read_the_record(client: Client, path: str, role: str, status: int) -> None:
    client.force_login(staff(role))
    assert client.get(path).status_code == status


@pytest.mark.parametrize("path", RECORD)
def test_a_stranger_is_asked_to_sign_in(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"?next={path}")


@pytest.mark.parametrize("path", RECORD)
def test_the_record_is_only_read(sam: Client, path: str) -> None:
    assert sam.head(path).status_code == 200
    assert sam.post(path).status_code == 405


def test_the_screen_holds_every_function_and_kind(sam: Client) -> None:
    page, register = read(sam, "/records/processing/"), store.current()
    for function in register.functions:
        assert function.key in page.ids
        assert function.basis.article in page.text
    for category in register.categories:
        assert page.text.count(category.source) >= len(register.functions_for(category.key))
    assert set(page.jumps) <= set(page.ids)
    assert "England and Wales" in page.text
    assert all(system.name in page.text for system in register.systems)


def test_the_file_is_the_record(sam: Client) -> None:
    answer = sam.get("/records/processing.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == (
        f'attachment; filename="record-of-processing-{store.version()}.csv"'
    )
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.content.count(b"\r\n") == answer.content.count(b"\n")
    found = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert found == [list(record.HEADINGS), *map(list, record.rows(store.current()))]


def test_no_cell_of_the_file_is_a_formula(sam: Client, tmp_path: Path, settings: Any) -> None:
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    path = tmp_path / "formula.toml"
    path.write_text(text.replace('name = "Marketing"', "name = '=HYPERLINK(\"x\")'"), encoding="utf-8")
    settings.REGISTER_FILE = path
    cells = sam.get("/records/processing.csv").content.decode("utf-8-sig")
    assert "\"'=HYPERLINK" in cells
    assert not re.search(r'(?:^|,)"[=+\-@]', cells, re.M)


# The check at start-up.


def test_a_register_that_contradicts_itself_stops_the_start(tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "bad.toml"
    text = DEFAULT_FILE.read_text(encoding="utf-8").replace('period = "12 months"', 'period = "a year"')
    path.write_text(text, encoding="utf-8")
    settings.REGISTER_FILE = path
    found = [each for each in store.check_register() if each.id == "register.E001"]
    assert len(found) == text.count('period = "a year"')
    assert "bad.toml: [[retention]] call-recordings.period" in found[0].msg
    assert '"7 years"' in (found[0].hint or "")


def test_the_notice_cannot_promise_another_term_than_the_setting_keeps(settings: Any) -> None:
    settings.PACKAGE_DAYS = 31
    found = store.check_register()
    assert [each.id for each in found] == ["register.E002"] * 2
    assert all("30 days" in each.msg for each in found)
    assert [each.hint and each.hint.rpartition(" ")[2] for each in found] == ["package.", "found-files."]
    assert all("31 days" in (each.hint or "") for each in found)


def test_the_shipped_register_passes_and_is_read_once() -> None:
    assert not [each for each in run_checks() if str(each.id).startswith("register.")]
    assert store.current() is store.current()
