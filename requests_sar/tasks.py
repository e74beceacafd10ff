"""The worker's doors: load by id, call, finish."""

from __future__ import annotations

from celery import shared_task

from requests_sar import (
    attachments,
    collection,
    drafts,
    identity,
    packages,
    proofs,
    reminders,
    task_files,
    telling,
)
from requests_sar.fulfilment import carrying


@shared_task(name="packages.collect")
def collect(package_id: str) -> None:
    """Make one package."""
    lease = packages.claim(package_id)
    if lease:
        collection.run(lease)


@shared_task(name="packages.sweep")
def sweep() -> None:
    """Take up what a dead worker left."""
    packages.sweep()


@shared_task(name="requests.carry_out")
def carry_out(case_id: str) -> None:
    """Do what an officer has approved."""
    carrying.carry_out(case_id)


@shared_task(name="requests.carry_on")
def carry_on() -> None:
    """Send round again what was approved and nobody is doing."""
    for case_id in carrying.waiting():
        carry_out.delay(case_id)


@shared_task(name="packages.expire")
def expire() -> None:
    """Destroy what is over: copies, colleagues' finds, undecided proofs, forgotten drafts, changes of address."""
    packages.expire()
    task_files.tidy()
    proofs.sweep()
    drafts.remove_forgotten()
    identity.forget_address_changes()


@shared_task(name="attachments.sweep")
def sweep_attachments() -> None:
    """Delete files that no message names."""
    attachments.sweep()


@shared_task(name="requests.remind")
def remind() -> None:
    """The reminders of the day. Again on the same day it sends nothing twice."""
    reminders.run()


@shared_task(name="recipients.tell", soft_time_limit=60)
def tell_recipient(notice_id: int) -> None:
    """Tell one recipient by itself."""
    telling.send(notice_id)


@shared_task(name="recipients.sweep")
def tell_recipients() -> None:
    """Send round what waits to be told: new ones, those to try again, and e-mails that have left meanwhile."""
    for notice_id in telling.waiting():
        tell_recipient.delay(notice_id)
