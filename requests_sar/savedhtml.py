"""What the HTML copy and the letter share: safe text, the head of a file that asks nobody for anything, and
colours.

Both are files somebody saves and opens later, perhaps without a network: styles stand inside, there is no
script, no picture and no address to fetch, and a policy inside the file forbids them as well.
"""

from __future__ import annotations

from requests_sar.cells import scrub

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# The portal's own tokens (static/portal/portal.css), light and dark; contrast of each pair is at least 4.5.
TOKENS = """
:root{color-scheme:light dark;--ink:#1d2730;--ink-2:#4d5a66;--paper:#faf8f3;--surface:#fff;--sunk:#f1eee6;
--line:#d9d5ca;--brand:#0e5a5e;--on-brand:#fff;--link:#0b5563;--focus:#7a2fbf;--act:#6a4100;--act-bg:#fff0d2}
@media (prefers-color-scheme:dark){:root{--ink:#e9ece8;--ink-2:#aeb9c1;--paper:#11171b;--surface:#192127;
--sunk:#0c1114;--line:#2e3942;--brand:#6cc9c1;--on-brand:#08201f;--link:#7fcfdd;--focus:#d7a8ff;--act:#ffd58a;
--act-bg:#3b2a06}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif}
h1,h2,h3{font-family:Charter,"Bitstream Charter","Sitka Text",Cambria,Georgia,serif;
font-weight:600;line-height:1.2}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{
outline:3px solid var(--focus);outline-offset:2px}
"""


def escape(words: str) -> str:
    """`words` as HTML text or attribute value. Quick on a whole column joined together."""
    words = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return words.replace('"', "&quot;").replace("'", "&#39;")


def text(words: str) -> str:
    """As `escape`; what HTML cannot hold becomes a visible mark."""
    return escape(scrub(words)[0])


def head(title: str, style: str) -> str:
    """Everything before the body."""
    return (
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex, nofollow">\n'
        f"<title>{text(title)}</title>\n<style>{TOKENS}{style}</style>\n</head>\n"
    )


def definitions(pairs: list[tuple[str, str]]) -> str:
    """Label and words as a definition list."""
    return "<dl>" + "".join(f"<dt>{text(a)}</dt><dd>{text(b)}</dd>" for a, b in pairs) + "</dl>\n"
