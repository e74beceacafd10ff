"""What a customer does in a browser, as functions on Django's test client."""

from __future__ import annotations

import html
import re
from typing import Any

from django.test import Client
from django.urls import reverse

from portal.accounts import visits
from portal.mail.models import Message
from requests_sar.models import Case, Draft
from tests import factories

ANSWERS: dict[str, dict[str, Any]] = {
    "what": {"scope": "all"},
    "who": {"for_self": "yes"},
    "details": {"name": "Alice Okafor", "email": "alice@example.com"},
    "reply": {"reply_by": "download"},
}


def sign_in(client: Client, address: str = "alice@example.com") -> None:
    """A visit in this client's session, as after a right code."""
    session = client.session
    session[visits.SESSION_KEY] = str(factories.visit(address).pk)
    session.save()


def start(client: Client) -> Draft:
    """Press Start."""
    response = client.post(reverse("start", args=["access"]))
    assert response.status_code == 302
    return Draft.objects.latest("created_at")


def question(draft: Draft, slug: str) -> str:
    return reverse("question", args=[draft.pk, slug])


def answer(client: Client, draft: Draft, **changes: dict[str, Any]) -> None:
    """Answer every question in order; `changes` by page replace or add pages."""
    for slug, answers in {**ANSWERS, **changes}.items():
        response = client.post(question(draft, slug), answers)
        assert response.status_code == 302, (slug, main(response))


def send(client: Client, **changes: dict[str, Any]) -> Case:
    """From Start to a sent request."""
    draft = start(client)
    answer(client, draft, **changes)
    response = client.post(reverse("check", args=[draft.pk]))
    assert response.status_code == 302
    return Case.objects.get(submission=draft.pk)


def code(address: str = "alice@example.com") -> str:
    """The code in the latest mail to an address."""
    message = Message.objects.filter(to=address, template="requests_sar/code").latest("created_at")
    found = re.search(r"\b(\d{6})\b", message.text)
    assert found
    return found.group(1)


def link(address: str = "alice@example.com") -> str:
    """The path of the link in the latest mail to an address."""
    message = Message.objects.filter(to=address, template="requests_sar/code").latest("created_at")
    found = re.search(r"https?://[^/\s]+(/link/\S+)", message.text)
    assert found
    return found.group(1)


def wrong(right: str) -> str:
    """A code that is not the right one."""
    return f"{(int(right) + 1) % 1_000_000:06d}"


def words(response: Any) -> str:
    """The text of a page, without markup."""
    body = re.sub(r"<(script|noscript|dialog).*?</\1>", "", response.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def main(response: Any) -> str:
    """The text of the page's own part, without markup."""
    body = response.content.decode()
    inner = body[body.index("<main") : body.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", inner)).split())


def title(response: Any) -> str:
    """The page's title."""
    found = re.search(r"<title>(.*?)</title>", response.content.decode(), re.S)
    assert found
    return " ".join(html.unescape(found.group(1)).split())
