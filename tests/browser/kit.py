"""What every test in a real browser needs: a visit or a session, axe, the width of the page, the words after an act."""

from __future__ import annotations

import time
from typing import Any, Final, Literal

from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import BrowserContext, Page, expect

from portal.accounts import visits
from portal.accounts.models import User
from portal.mail.models import Message
from tests import factories

# Nobody reads what is in order (to gather it takes longer than to look), and imported stylesheets must not be copied
# into the page: our policy refuses and reports that.
AXE: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,
}
CONTRAST = "color-contrast"
THEMES: Final[tuple[Literal["dark"], Literal["light"]]] = ("dark", "light")
DESK: Any = {"width": 1280, "height": 800}
# Each colour and size of words on the page, with everything that lies behind them.
COLOURS = """async () => {
    // Colours on their way from light to dark are no colours.
    await Promise.allSettled(document.getAnimations().map((each) => each.finished));
    const behind = new Map([[null, ""]]), found = new Set();
    for (const one of document.querySelectorAll("*")) {
        const is = getComputedStyle(one);
        const own = [is.backgroundColor, is.backgroundImage, is.opacity, is.position, is.filter].join();
        const plain = own === "rgba(0, 0, 0, 0),none,1,static,none";
        behind.set(one, behind.get(one.parentElement) + (plain ? "" : own + "/"));
        found.add([is.color, is.fontSize, is.fontWeight, is.textShadow, behind.get(one)].join(" "));
    }
    return [...found];
}"""
LOOK = """async (options) => {
    const root = document.documentElement, over = root.scrollWidth - root.clientWidth;
    const { violations } = await axe.run(document, options);
    return { over, faults: violations.map((fault) => [fault.id, fault.nodes[0].target]) };
}"""
_sound: set[str] = set()  # the colours that axe has looked at: more than half of its work


def faults(page: Page) -> list[Any]:
    """What axe finds, and how far the page reaches out of the window.

    Contrast is worked out only where the page has words in a colour, size or place that no page before had.
    """
    page.wait_for_load_state()  # what was pressed last may still be bringing it
    colours = set(page.evaluate(COLOURS))
    options = {**AXE, "rules": {CONTRAST: {"enabled": not colours <= _sound}}}
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    seen = page.evaluate(LOOK, options)
    if CONTRAST not in [rule for rule, _ in seen["faults"]]:
        _sound.update(colours)
    return [*seen["faults"], *([f"{seen['over']} px over"] if seen["over"] > 0 else [])]


def all_looks(page: Page, name: str) -> dict[str, Any]:
    """What is at fault by name and look: at the desk; and, without loading again, on a telephone in the dark."""
    page.set_viewport_size(DESK)
    found = {name: faults(page)}
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 800})
    found[f"{name}, dark, 320 px"] = faults(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESK)
    return {look: what for look, what in found.items() if what}


def check(page: Page) -> None:
    """No fault that axe knows, and nothing to the side of the window."""
    assert faults(page) == [], page.url


def check_in_both_themes(page: Page) -> None:
    """The same in the dark and in the light."""
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        assert faults(page) == [], (page.url, theme)


def arrive(context: BrowserContext, site: str, address: str = "alice@example.com") -> None:
    """Give this browser the visit of a customer who proved an address."""
    _session(context, site, {visits.SESSION_KEY: str(factories.visit(address).pk)})


def sign_in(context: BrowserContext, site: str, user: User) -> None:
    """Give this browser the session of a member of staff who signed in."""
    backend = settings.AUTHENTICATION_BACKENDS[0]
    held = {SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: backend}
    _session(context, site, {**held, HASH_SESSION_KEY: user.get_session_auth_hash()})


def _session(context: BrowserContext, site: str, held: dict[str, str]) -> None:
    session = SessionStore()
    session.update(held)
    session.create()
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": site}
    context.add_cookies([cookie])  # type: ignore[list-item]


def press(page: Page, name: str) -> None:
    """Press the button of exactly this name."""
    page.get_by_role("button", name=name, exact=True).click()


def delivered(within: float = 30) -> None:
    """Every message written so far has left by the hand of the real worker. `within`: seconds."""
    deadline = time.monotonic() + within
    while waiting := list(Message.objects.exclude(state="sent").values_list("template", "state")):
        assert time.monotonic() < deadline, waiting
        time.sleep(0.2)
    assert Message.objects.exists()


def said(page: Page, words: str) -> None:
    """The staff page says so after the act."""
    expect(page.locator(".messagelist")).to_contain_text(words)
