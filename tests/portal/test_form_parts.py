"""The house's form parts: what people type, what they get told, and the markup readers need."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from portal.forms import CodeField, DayField, Option, Question
from portal.templatetags import house

FIELD = DayField(name="the first day")


class Ask(Question):
    """A small form with one of each part."""

    kinds = forms.ChoiceField(
        label="How much?",
        choices=[("all", Option("Everything", hint="In one spreadsheet")), ("some", "Only some")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how much"},
    )
    since = DayField(name="the first day", label="From", required=False, help_text="For example, 27 3 2024")
    email = forms.EmailField(label="Email", help_text="Where we write to")
    code = CodeField()


@given(st.dates(min_value=dt.date(1900, 1, 1)))
def test_every_day_reads_back(day: dt.date) -> None:
    assert FIELD.clean([str(day.day), str(day.month), str(day.year)]) == day
    assert FIELD.clean([f"{day.day:02d}", day.strftime("%B"), f" {day.year} "]) == day


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (["", "", ""], "Enter the first day, like 27 3 2024"),
        (["1", "", "2024"], "The first day needs a month, like 27 3 2024"),
        (["", "", "2024"], "The first day needs a day and a month, like 27 3 2024"),
        (["31", "2", "2024"], "The first day is not a day in the calendar. Check it"),
        (["1", "2", "24"], "Enter the first day in numbers with a four-figure year, like 27 3 2024"),
        (["one", "2", "2024"], "Enter the first day in numbers with a four-figure year, like 27 3 2024"),
        (["٣", "2", "2024"], "Enter the first day in numbers with a four-figure year, like 27 3 2024"),
        (["1", "2", "0024"], "The first day must be in 1900 or later"),
    ],
)
def test_a_bad_day_says_what_to_enter(parts: list[str], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FIELD.clean(parts)
    assert caught.value.messages == [words]


@given(st.lists(st.text(max_size=9), min_size=3, max_size=3))
def test_a_day_is_a_date_or_a_sentence(parts: list[str]) -> None:
    form = Ask(dict(zip(("since_day", "since_month", "since_year"), parts, strict=True)))
    form.full_clean()
    told = form.errors.get("since", [])
    assert all("day" in words for words in told)
    assert bool(told) != ("since" in form.cleaned_data)


@pytest.mark.parametrize("typed", ["123456", " 123 456 ", "123-456", "123\u2013456", "123\u00a0456"])
def test_a_code_may_be_pasted_with_its_spaces(typed: str) -> None:
    assert CodeField().clean(typed) == "123456"


def test_answers_are_kept_and_errors_are_linked_in_page_order() -> None:
    form = Ask({"since_day": "31", "since_month": "2", "since_year": "2025", "email": "alice@", "code": ""})
    page = render_to_string("components/_error_summary.html", {"form": form})
    links = [part.split('"')[0] for part in page.split('<a href="#')[1:]]
    assert links == ["id_kinds_0", "id_since_0", "id_email", "id_code"]
    body = str(form)
    assert 'value="31"' in body
    assert 'value="alice@"' in body
    assert all(f'id="{link}"' in body for link in links)


def test_hints_and_errors_are_announced_with_their_control() -> None:
    body = str(Ask({"email": "alice@"}))
    assert 'aria-describedby="id_email_helptext id_email_error"' in body
    assert 'id="id_email_helptext"' in body
    assert 'id="id_email_error"' in body
    assert '<fieldset class="field field-bad" aria-describedby="id_kinds_error">' in body
    assert '<span class="hint">In one spreadsheet</span>' in body
    assert " required" not in body


def test_an_option_with_a_hint_is_still_plain_text() -> None:
    assert Option("<b>", hint="x") == "<b>"
    form = Ask()
    form.fields["kinds"].choices = [("x", Option("<b>", hint="<i>"))]
    assert "<b>" not in str(form["kinds"])
    assert "&lt;i&gt;" in str(form["kinds"])


def drawing(svg: str) -> str:
    return house.inline_svg("data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode())


def test_the_matrix_code_goes_into_the_page() -> None:
    path = '<path d="M4,4H5V5z" id="qr-path" fill="#000000"/>'
    svg = f'<svg width="29mm" viewBox="0 0 29 29" xmlns="http://www.w3.org/2000/svg">{path}</svg>'
    assert drawing("<?xml version='1.0' encoding='UTF-8'?>\n" + svg) == svg


@pytest.mark.parametrize(
    "svg",
    [
        "<svg><script>x()</script></svg>",
        '<svg onload="x()"><path d="M0"/></svg>',
        '<svg><path d="M0" onclick="x()"/></svg>',
        '<svg><path d="M0" style="x"/></svg>',
        '<svg><image href="https://elsewhere.example/"/></svg>',
        "<svg><path d='M0'/></svg><script>x()</script>",
        "plain words",
    ],
)
def test_any_other_drawing_is_left_out(svg: str) -> None:
    assert drawing(svg) == ""


@pytest.mark.parametrize(
    "uri", ["", "data:image/svg+xml;base64,%%%", "data:image/png;base64,AAAA", "https://x/"]
)
def test_any_other_address_is_left_out(uri: str) -> None:
    assert house.inline_svg(uri) == ""


def test_moments_are_said_in_local_time() -> None:
    summer_night = dt.datetime(2026, 6, 30, 23, 5, tzinfo=dt.UTC)
    assert house.moment(summer_night) == "12:05am on 1 July 2026"
    assert house.day(summer_night) == "Wednesday 1 July 2026"
    assert house.clock(dt.datetime(2026, 12, 1, 12, 0, tzinfo=dt.UTC)) == "12:00pm"
    assert house.day(dt.date(2026, 12, 17)) == "Thursday 17 December 2026"
    assert (house.day(None), house.clock(None), house.moment(None), house.short_day(None)) == ("",) * 4
