"""The staff page that writes down what somebody told us by e-mail, phone or letter (S66): at once, without a case."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from consent import ledger, links, purposes, wordings
from consent.models import Act, Channel, How
from consent.models.events import REACHES
from portal.accounts.powers import Power, may, power_required
from portal.forms import DayField, LongText, Question
from subjects.admin_people import Panel, PanelRow, register_panel
from subjects.identifiers import EMAIL, normalise_email
from subjects.models import Identifier, Subject

TOLD = (How.EMAIL, How.PHONE, How.LETTER)


class ChoiceForm(Question):
    """Who said what about which marketing, how and when."""

    who = forms.CharField(
        label="Who told us?",
        help_text="The reference of the person, or the email address they wrote from. The opt-out mailbox also gets "
        "subjects like u-…; you can paste such a subject here.",
        max_length=254,
    )
    purpose = forms.ChoiceField(label="What is it about?", choices=purposes.choices, widget=forms.RadioSelect)
    channel = forms.ChoiceField(
        label="Which way of reaching them?",
        choices=[(each.value, Channel(each).label) for each in REACHES],
        widget=forms.RadioSelect,
    )
    said = forms.ChoiceField(
        label="What did they say?",
        choices=[("no", "No, stop it"), ("yes", "Yes, they agree to it")],
        widget=forms.RadioSelect,
    )
    how = forms.ChoiceField(
        label="How did they tell us?",
        choices=[(each.value, each.label) for each in TOLD],
        widget=forms.RadioSelect,
    )
    day = DayField(name="the day they told us", label="When did they tell us?")
    words = LongText(
        label="The words they agreed to",
        help_text="Only for a yes: what was said or written to them, word for word.",
        max_length=wordings.LONGEST,
        required=False,
    )
    evidence = forms.CharField(
        label="Where it is kept",
        help_text="A number or code by which you find the email or letter again, without a name or address.",
        max_length=80,
        required=False,
        validators=[RegexValidator(r"^[A-Za-z0-9:._/#-]*$", "Use a code of letters, digits and : . _ / # -")],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in self.fields.values():
            each.error_messages["required"] = f"Answer: {each.label}"

    def clean_who(self) -> dict[str, Any]:
        """The person, or the address alone."""
        given = " ".join(str(self.cleaned_data["who"]).split())
        if given.startswith("u-"):
            target = links.read(given[2:])
            if target is None:
                raise forms.ValidationError("This is no subject of ours. Use the email address instead.")
            return {"subject": target.subject} if target.subject_id else {"address": target.address}
        if "@" not in given:
            subject = Subject.objects.filter(reference=given.upper()).first()
            if subject is None:
                raise forms.ValidationError("Nobody has this reference. Check it, or use the email address.")
            return {"subject": subject}
        forms.EmailField().clean(given)
        keys = Identifier.objects.filter(kind=EMAIL, value=normalise_email(given))
        people = list(Subject.objects.filter(pk__in=keys.values("subject_id"))[:2])
        if len(people) > 1:
            raise forms.ValidationError(
                "Several people have this address. Use the reference of each of them."
            )
        return {"subject": people[0]} if people else {"address": given}

    def clean_day(self) -> dt.date:
        """A day that was."""
        day: dt.date = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise forms.ValidationError("This day is still to come. Enter the day they told us")
        return day

    def clean(self) -> dict[str, Any]:
        """What does not go together."""
        given = super().clean() or {}
        if given.get("said") == "yes" and "words" in given and not given["words"].strip():
            self.add_error("words", "Write down what they agreed to, because we must be able to show it")
        if "address" in given.get("who", {}) and given.get("channel") not in {Channel.EMAIL, None}:
            self.add_error("channel", "We only know an email address of theirs. Choose E-mail")
        return given

    def record(self, by: Any) -> str:
        """Write it down; returns a sentence about what follows, without naming anybody."""
        given = self.cleaned_data
        last = ledger.last_word(
            given["who"].get("subject"), normalise_email(given["who"].get("address", "")), given["purpose"],
            given["channel"],
        )  # fmt: skip
        no = Act.WITHDRAWN if last and last.act == Act.GIVEN else Act.OBJECTED
        event = ledger.record(
            **given["who"],
            purpose=given["purpose"],
            channel=given["channel"],
            act=Act.GIVEN if given["said"] == "yes" else no,
            how=given["how"],
            wording=given["words"].strip() or None,
            evidence=given["evidence"],
            happened_at=_moment(given["day"]),
            by=by,
        )
        stands = ledger.last_word(event.subject, event.address, event.purpose, event.channel)
        if stands is None or stands.event_id != event.pk:
            return "Written down. It changes nothing now, because they told us something else later."
        whom = event.subject or event.address
        answer = ledger.may_contact(whom, event.purpose, event.channel)
        return f"Written down, and it counts from now. {answer.because}"


def _moment(day: dt.date) -> dt.datetime:
    """Now for today; the end of an earlier day, which is the latest it can have been."""
    if day == timezone.localdate():
        return timezone.now()
    return timezone.make_aware(dt.datetime.combine(day, dt.time(23, 59, 59)))


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.LOG_REQUEST)
def choice(request: HttpRequest) -> HttpResponse:
    """The form; posted, the choice counts at once."""
    initial = {"who": request.GET.get("person", "")[:20]}
    form = ChoiceForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        messages.success(request, form.record(request.user))
        return redirect("admin:record_choice")
    context = {**admin.site.each_context(request), "title": "Record a choice", "form": form}
    return TemplateResponse(request, "admin/consent/choice.html", context, status=422 if form.errors else 200)


@register_panel
def panel(request: HttpRequest, subject: Subject) -> Panel | None:
    """The way to the form, from the page of a person."""
    if not may(request.user, Power.LOG_REQUEST):
        return None
    url = f"{reverse('admin:record_choice')}?person={subject.reference}"
    return Panel("Marketing", (PanelRow("Record a choice they told us", url),), "")


def urls(site: AdminSite) -> list[URLPattern]:
    """The page, to be included by the admin site."""
    return [path("record-choice/", site.admin_view(choice), name="record_choice")]
