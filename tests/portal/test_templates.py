"""No template carries inline script, style or handlers, or anything from outside: the policy refuses it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    path
    for folder in (
        ROOT / "templates",
        *(ROOT / app / "templates" for app in ("portal", "subjects", "consent", "retention", "requests_sar")),
    )
    for path in folder.rglob("*")
    if path.suffix in {".html", ".svg"} and "emails" not in path.relative_to(folder).parts
)
STATIC = sorted((ROOT / "portal/static").rglob("*.*"))

RULES = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.I),
    "an inline style": re.compile(r"<style\b", re.I),
    "a style attribute": re.compile(r"<[^>]*?\sstyle\s*=", re.I | re.S),
    "an event handler": re.compile(r"<[^>]*?\son[a-z]+\s*=", re.I | re.S),
    "a javascript: address": re.compile(r"javascript:", re.I),
    "a data: image": re.compile(r"""(?:src|href)\s*=\s*["']data:""", re.I),
    "a resource from outside": re.compile(
        r"""<(?:script|link|img|iframe|source|video|audio|object|embed)\b[^>]*?(?:src|href|data)\s*=\s*["'](?:https?:)?//""",
        re.I | re.S,
    ),
    "a frame": re.compile(r"<(?:iframe|object|embed)\b", re.I),
}


def faults(text: str) -> list[str]:
    """What the rules find in one template; comments are not sent, so they may say anything."""
    sent = re.sub(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", text, flags=re.S)
    return [name for name, rule in RULES.items() if rule.search(sent)]


def test_there_are_templates() -> None:
    assert ROOT / "templates/base.html" in TEMPLATES
    assert len(TEMPLATES) > 20


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_is_clean(path: Path) -> None:
    assert faults(path.read_text()) == []


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        ("<script>alert(1)</script>", "an inline script"),
        ('<script type="module">x</script>', "an inline script"),
        ("<style>p{}</style>", "an inline style"),
        ('<p class="a" style="color:red">', "a style attribute"),
        ('<button type="button"\n onclick="x()">', "an event handler"),
        ('<a href="javascript:x()">', "a javascript: address"),
        ('<img alt="" src="data:image/png;base64,AA">', "a data: image"),
        ('<link rel="stylesheet" href="https://fonts.example/x.css">', "a resource from outside"),
        ('<script src="//cdn.example/x.js"></script>', "a resource from outside"),
        ('<iframe src="/x"></iframe>', "a frame"),
    ],
)
def test_the_rules_can_fail(bad: str, name: str) -> None:
    assert name in faults(bad)


def test_the_rules_let_honest_pages_be() -> None:
    honest = '<script src="/static/portal.js" defer></script><a href="https://ico.example/">on={{ x }}</a>'
    assert faults(honest) == []


def test_the_script_is_small_and_stays_at_home() -> None:
    script = (ROOT / "portal/static/portal/portal.js").read_text()
    assert len(script.splitlines()) < 120
    assert not re.search(
        r"\beval\(|new Function|innerHTML|document\.write|localStorage|sessionStorage|https?://", script
    )


@pytest.mark.parametrize(
    "path", [path for path in STATIC if path.suffix == ".css"], ids=lambda path: path.name
)
def test_stylesheets_fetch_nothing(path: Path) -> None:
    assert not re.search(r"@import|url\(", path.read_text())
