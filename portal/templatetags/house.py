"""Template words of the house style."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

SVG_URI = re.compile(r"data:image/svg\+xml;(?:utf-?8;)?base64,([A-Za-z0-9+/=]+)")
# The only drawing we inline is a matrix code: paths and rectangles without words, links, styles or handlers.
SVG_DRAWING = re.compile(
    r"<svg(?: [a-zA-Z:]+=\"[^\"<>]*\")*\s*>(?:<(?:path|rect)(?: [a-z-]+=\"[^\"<>:]*\")*\s*/>)*</svg>"
)


@register.filter
def inline_svg(uri: str) -> SafeString:
    """The drawing inside a data: address, for a page whose policy does not allow data: images.

    Anything that is not a bare drawing gives an empty string: the page then shows the secret to type instead.
    """
    found = SVG_URI.fullmatch(uri or "")
    if not found:
        return mark_safe("")
    try:
        drawing = base64.b64decode(found.group(1), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return mark_safe("")
    drawing = re.sub(r"^<\?xml[^>]*\?>\s*", "", drawing).strip()
    drawing = re.sub(r'(<svg[^>]*?) (?:xmlns:[a-z]+)="[^"]*"', r"\1", drawing)
    drawing = re.sub(r"<(/?)svg:", r"<\1", drawing)
    if not SVG_DRAWING.fullmatch(drawing) or re.search(r"\b(?:on[a-z]+|style)=", drawing):
        return mark_safe("")
    return mark_safe(drawing)  # noqa: S308 - matched against the closed form above


def _local(moment: dt.datetime) -> dt.datetime:
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """ "Thursday 17 December 2026": the day in the words of a letter, local to the controller."""
    if value is None:
        return ""
    value = _local(value) if isinstance(value, dt.datetime) else value
    return f"{value:%A} {value.day} {value:%B} {value.year}"


@register.filter
def short_day(value: dt.date | dt.datetime | None) -> str:
    """ "17 December 2026": the day for tables and lists."""
    return day(value).partition(" ")[2]


@register.filter
def clock(value: dt.datetime | None) -> str:
    """ "10:42am"."""
    if value is None:
        return ""
    value = _local(value)
    return f"{value.hour % 12 or 12}:{value:%M}{'am' if value.hour < 12 else 'pm'}"


@register.filter
def moment(value: dt.datetime | None) -> str:
    """ "10:42am on 1 December 2026"."""
    return f"{clock(value)} on {short_day(value)}" if value else ""


@register.filter
def number(value: int) -> str:
    """ "1,214"."""
    return f"{value:,}"


@register.filter
def code_in(text: str) -> str:
    """The six-figure code in an e-mail's words, for the developer mailbox; empty when there is none."""
    found = re.search(r"(?m)^Enter this code.*: ([0-9]{6})$", text)
    return found.group(1) if found else ""
