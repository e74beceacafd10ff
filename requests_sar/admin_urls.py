"""Staff pages about requests that are not plain lists of rows."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from requests_sar.staff_views import (
    bulk,
    case,
    copies,
    corrections,
    evidence,
    filters,
    identity,
    letters,
    log,
    pauses,
    person,
    recipients,
    report,
    review,
    tasks,
    triage,
    wordings,
)


def urls(site: AdminSite) -> list[URLPattern]:
    """The pages, to be included by the admin site."""
    pages = [
        ("requests/search/", case.search, "case_search"),
        ("requests/report/", report.report, "report"),
        ("requests/report.csv", report.table, "report_csv"),
        ("requests/filters/", filters.manage, "filters"),
        ("requests/filters/save/", filters.save, "filter_save"),
        ("requests/filters/<int:pk>/", filters.change, "filter"),
        ("requests/bulk/<slug:slug>/", bulk.act, "bulk"),
        ("requests/log/", log.log, "log_request"),
        ("requests/<slug:reference>/", case.case, "case"),
        ("requests/<slug:reference>/evidence/", evidence.pack, "case_evidence"),
        ("requests/<slug:reference>/logged/", log.logged, "logged"),
        ("requests/<slug:reference>/letters/<slug:which>/", letters.letter, "case_letter"),
        ("requests/<slug:reference>/emails/<uuid:key>/", letters.mail, "case_mail"),
        ("requests/<slug:reference>/attachments/<uuid:key>/", letters.attachment, "case_attachment"),
        (
            "requests/<slug:reference>/attachments/<uuid:key>/remove/",
            letters.remove,
            "case_attachment_remove",
        ),
        ("requests/<slug:reference>/person/", person.choose, "case_person"),
        ("requests/<slug:reference>/questions/", identity.questions, "case_questions"),
        ("requests/<slug:reference>/documents/", identity.add, "case_proof_add"),
        ("requests/<slug:reference>/documents/<uuid:evidence_id>/", identity.show, "case_proof"),
        ("requests/<slug:reference>/since/", triage.since, "case_since"),
        ("requests/<slug:reference>/client/", triage.client, "case_client"),
        ("requests/<slug:reference>/leave-out/<int:source_id>/", case.leave_out, "case_leave_out"),
        ("requests/<slug:reference>/act/<slug:slug>/", case.act, "case_act"),
        ("requests/<slug:reference>/review/", review.listing, "review"),
        ("requests/<slug:reference>/review/search/", review.search, "review_search"),
        ("requests/<slug:reference>/review/found/", review.found, "review_found"),
        ("requests/<slug:reference>/review/removed/", review.removed, "review_removed"),
        ("requests/<slug:reference>/review/undo/<int:pk>/", review.undo, "review_undo"),
        (
            "requests/<slug:reference>/review/<slug:kind>/<slug:record>/",
            review.record,
            "review_record",
        ),
        (
            "requests/<slug:reference>/review/<slug:kind>/<slug:record>/file/",
            review.file,
            "review_file",
        ),
        ("requests/<slug:reference>/searches/", tasks.several, "case_tasks"),
        ("requests/<slug:reference>/searches/ask/", tasks.ask, "case_ask"),
        ("tasks/<uuid:task_id>/", tasks.task, "task"),
        ("tasks/<uuid:task_id>/act/<slug:slug>/", tasks.act, "task_act"),
        ("tasks/<uuid:task_id>/files/<uuid:file_id>/", tasks.file, "task_file"),
        ("letters/", wordings.index, "letters"),
        ("letters/<slug:key>/", wordings.letter, "letter_wording"),
        ("letters/<slug:key>/restore/", wordings.restore, "letter_restore"),
        ("letters/<slug:key>/<int:number>/", wordings.version, "letter_version"),
        ("pauses/<uuid:pause_id>/", pauses.pause, "pause"),
        ("pauses/<uuid:pause_id>/end/", pauses.end, "pause_end"),
        ("requests/<slug:reference>/items/<int:item>/", corrections.decide, "correction_decide"),
        ("requests/<slug:reference>/items/<int:item>/place/", corrections.place, "correction_place"),
        ("requests/<slug:reference>/items/<int:item>/proof/", corrections.proof, "correction_proof"),
        ("recipients/", recipients.waiting, "recipients"),
        ("recipients/<int:notice>/", recipients.one, "recipient"),
        ("people/<slug:reference>/workbook/", copies.workbook, "person_workbook"),
        ("copies/<uuid:package_id>/", copies.copy, "package"),
        ("copies/<uuid:package_id>/progress.json", copies.progress, "package_progress"),
        ("copies/<uuid:package_id>/act/<slug:slug>/", copies.change, "package_act"),
        ("copies/<uuid:package_id>/files/<slug:kind>/", copies.file, "package_file"),
    ]
    return [path(route, site.admin_view(view), name=name) for route, view, name in pages]
