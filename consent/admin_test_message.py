"""The officer's page that sends one small marketing message, so that the whole loop can be tried."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods

from consent import links, marketing, purposes
from consent.models import Channel
from portal.accounts.powers import Power, may, power_required
from portal.forms import Question
from subjects.admin_people import Panel, PanelRow, register_panel
from subjects.models import Subject


class MessageForm(Question):
    """To whom, and about what."""

    who = forms.CharField(
        label="Reference of the person",
        help_text="They get it only if they may be sent marketing emails now.",
        max_length=20,
        error_messages={"required": "Enter the reference of the person"},
    )
    purpose = forms.ChoiceField(
        label="What is it about?",
        choices=purposes.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what it is about"},
    )

    def clean_who(self) -> Subject:
        """Somebody on file."""
        subject = Subject.objects.filter(reference=self.cleaned_data["who"].strip().upper()).first()
        if subject is None:
            raise forms.ValidationError("Nobody has this reference. Check it.")
        return subject


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.WORK_CASES)
def message(request: HttpRequest) -> HttpResponse:
    """The form; posted, the message is on its way, or the page says why not."""
    initial = {"who": request.GET.get("person", "")[:20]}
    form = MessageForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        purpose = form.cleaned_data["purpose"]
        campaign = links.campaign(
            key=f"test-{purpose}"[:60], purpose=purpose, channel=Channel.EMAIL, name="News from us (a test)"
        )
        try:
            marketing.send(whom=form.cleaned_data["who"], campaign=campaign)
        except marketing.NotAllowed as sentence:
            form.add_error("who", f"Not sent. {sentence}")
        else:
            messages.success(request, "The message is on its way, with its unsubscribe link and headers.")
            return redirect("admin:test_message")
    context = {**admin.site.each_context(request), "title": "Send a test message", "form": form}
    return TemplateResponse(
        request, "admin/consent/test_message.html", context, status=422 if form.errors else 200
    )


@register_panel
def panel(request: HttpRequest, subject: Subject) -> Panel | None:
    """The way to the form, from the page of a person."""
    if not may(request.user, Power.WORK_CASES):
        return None
    url = f"{reverse('admin:test_message')}?person={subject.reference}"
    return Panel("Marketing messages", (PanelRow("Send a test message", url),), "")


def urls(site: AdminSite) -> list[URLPattern]:
    """The page, to be included by the admin site."""
    return [path("test-message/", site.admin_view(message), name="test_message")]
