"""The Celery application and everything that happens by the clock. The schedule is code: it is part of the law."""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab

from portal.health import SignOfLife

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(SignOfLife)
app.autodiscover_tasks(
    ["portal.audit", "portal.mail", "portal.accounts", "subjects", "consent", "retention", "requests_sar"]
)

app.conf.beat_schedule = {
    "mail: send what is waiting": {"task": "mail.sweep", "schedule": 30.0},
    "packages: take up what a dead worker left": {"task": "packages.sweep", "schedule": 10.0},
    "requests: carry on with what was approved": {"task": "requests.carry_on", "schedule": 15.0},
    "packages: destroy what has expired": {"task": "packages.expire", "schedule": 300.0},
    "imports: take up what a dead worker left": {"task": "imports.sweep", "schedule": 20.0},
    # 07:00 in London, whatever the time of year: Celery's clock is that of settings.TIME_ZONE.
    "requests: remind of dates and silence": {
        "task": "requests.remind",
        "schedule": crontab(hour=7, minute=0),
    },
    "audit: tell the log where the trail ends": {
        "task": "audit.witness",
        "schedule": crontab(hour=6, minute=0),
    },
    "database: forget samples of what was erased": {
        "task": "subjects.renew_statistics",
        "schedule": crontab(hour=4, minute=30),
    },
    "recipients: tell those who had the data": {"task": "recipients.sweep", "schedule": 20.0},
    "disposals: write down outside the database what went": {
        "task": "retention.export_journal",
        "schedule": 60.0,
    },
    # 02:00 in London: the plan lies ready when the officer comes, on the day for which it may be approved.
    "disposals: list what is due": {"task": "retention.dispose", "schedule": crontab(hour=2, minute=0)},
    "traces: carry on with long searches, forget old ones": {
        "task": "retention.long_searches",
        "schedule": 30.0,
    },
    "disposals: carry on with what was approved": {"task": "retention.carry_on_runs", "schedule": 15.0},
    "attachments: remove what no message names": {"task": "attachments.sweep", "schedule": 3600.0},
    "consent: what an address said becomes its owner's word": {"task": "consent.adopt", "schedule": 3600.0},
    "consent: forget the numbers of erased people": {"task": "consent.forget_numbers", "schedule": 86400.0},
    "sign-in: remove old codes and visits": {"task": "accounts.sweep", "schedule": 3600.0},
}
