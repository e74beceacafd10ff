"""The evidence pack of a case: made afresh on a press, handed out, kept nowhere."""

from __future__ import annotations

import tempfile

from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from portal.accounts.powers import Power, power_required
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import casework, evidence
from requests_sar.admin import evidence as gathering
from requests_sar.staff_views.doors import find_case


@require_POST
@power_required(Power.READ_CASES)
def pack(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything about one case as a ZIP. That it was made is itself on record, in the pack too."""
    case = find_case(reference)
    with transaction.atomic():
        casework.note(case, "evidence", by=request.user)
        trail.record(Verb.CASE_EVIDENCE, by=request.user, target=f"case:{case.reference}")
    out = tempfile.TemporaryFile()  # noqa: SIM115  # the response closes it
    evidence.write(gathering.pack(case, by=request.user), out)
    out.seek(0)
    return FileResponse(
        out, as_attachment=True, filename=f"evidence-{case.reference}.zip", content_type="application/zip"
    )
