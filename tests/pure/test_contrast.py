"""Every colour pair of the house style, recomputed from the stylesheet (WCAG 2.x relative luminance)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[2] / "portal/static/portal/tokens.css"
TEXT, EDGE = 4.5, 3.0

# front, back, least ratio. Pairs that the design gives figures for are listed with it below.
PAIRS = [
    *(
        (front, back, TEXT)
        for front in ("ink", "ink-2", "link", "visited", "danger", "brand")
        for back in ("paper", "surface", "sunk")
    ),
    ("on-brand", "brand", TEXT),
    ("on-brand", "brand-h", TEXT),
    ("on-brand", "danger", TEXT),
    *((tone, f"{tone}-bg", TEXT) for tone in ("ok", "info", "act", "pause", "late", "done")),
    ("line-2", "surface", EDGE),
    ("line-2", "paper", EDGE),
    ("line-2", "sunk", EDGE),
    *(("focus", back, EDGE) for back in ("paper", "surface", "sunk")),
    ("brand", "sunk", EDGE),  # the filled part of a progress bar beside the empty part
    ("brand", "paper", EDGE),  # a used day of the strip
    ("late", "paper", EDGE),
]
# What the design says, as (front, back, light ratio, dark ratio): a change is a decision, not an accident.
STATED = [
    ("ink", "paper", 14.3, 15.2),
    ("ink-2", "paper", 6.7, 9.0),
    ("ink", "sunk", 13.1, 15.9),
    ("line-2", "surface", 4.0, 4.8),
    ("on-brand", "brand", 8.0, 8.7),
    ("on-brand", "brand-h", 11.2, 11.0),
    ("link", "paper", 7.9, 10.2),
    ("visited", "paper", 8.3, 9.2),
    ("focus", "paper", 6.6, 9.4),
    ("danger", "paper", 7.1, 8.8),
    ("ok", "ok-bg", 8.0, 9.4),
    ("info", "info-bg", 8.1, 9.2),
    ("act", "act-bg", 7.9, 10.0),
    ("pause", "pause-bg", 8.8, 8.8),
    ("late", "late-bg", 7.6, 9.2),
    ("done", "done-bg", 8.3, 8.5),
]


def palettes() -> dict[str, dict[str, str]]:
    """The two sets of colours in the file, by mode; dark ones lie in the media block."""
    light, _, dark = TOKENS.read_text().partition("@media (prefers-color-scheme: dark)")
    found = re.compile(r"--([a-z0-9-]+):\s*(#[0-9A-Fa-f]{6});")
    day = dict(found.findall(light))
    return {"light": day, "dark": day | dict(found.findall(dark))}


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(front: str, back: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(front), luminance(back)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_formula_agrees_with_the_standard() -> None:
    assert ratio("#000000", "#FFFFFF") == pytest.approx(21)
    assert ratio("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_pair_is_readable(mode: str, front: str, back: str, least: float) -> None:
    palette = palettes()[mode]
    assert ratio(palette[front], palette[back]) >= least


@pytest.mark.parametrize(("front", "back", "light", "dark"), STATED)
def test_pair_is_as_designed(front: str, back: str, light: float, dark: float) -> None:
    both = palettes()
    measured = [ratio(both[mode][front], both[mode][back]) for mode in ("light", "dark")]
    assert measured == pytest.approx([light, dark], abs=0.1)


def test_every_colour_has_a_dark_twin() -> None:
    dark_text = TOKENS.read_text().partition("@media (prefers-color-scheme: dark)")[2]
    missing = [name for name in palettes()["light"] if name != "on-brand" and f"--{name}:" not in dark_text]
    assert missing == []
    assert "--on-brand:" in dark_text
