"""Every address of the portal."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from portal import health, views

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("privacy/", views.privacy, name="privacy"),
    path("cookies/", views.cookies, name="cookies"),
    path(".well-known/gpc.json", views.privacy_control, name="privacy_control"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("records/processing/", views.record_of_processing, name="record_of_processing"),
    path("records/processing.csv", views.record_of_processing_csv, name="record_of_processing_csv"),
    path(
        "accounts/email/", views.closed
    ),  # before the library's own: staff addresses come from an administrator
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("portal.api")),
    path("", include("consent.unsubscribe_urls")),
    path("", include("requests_sar.urls")),
]

if settings.DEVELOPMENT or settings.TEST:
    from portal import mailbox

    urlpatterns += [
        path("dev/mailbox/", mailbox.index, name="mailbox"),
        path("dev/mailbox/<uuid:message_id>/", mailbox.message, name="mailbox_message"),
    ]

handler400 = "portal.faults.bad_request"
handler500 = "portal.faults.server_error"
