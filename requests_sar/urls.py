"""The customer's addresses. None holds personal data: references and tokens only."""

from __future__ import annotations

from django.urls import path, register_converter

from requests_sar.views import (
    ask,
    colleague,
    details,
    files,
    home,
    marketing,
    news,
    proof,
    sign_in,
    thread,
    track,
    wrong,
)


class Reference:
    """DP-7K4M-29QX in the address; anything of another shape is no address of ours."""

    regex = r"[A-Za-z]{2}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}"

    def to_python(self, value: str) -> str:
        """References are written in capitals."""
        return value.upper()

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


register_converter(Reference, "reference")

urlpatterns = [
    path("", home.home, name="home"),
    path("ask/draft/<uuid:draft>/check/", ask.check, name="check"),
    path("ask/draft/<uuid:draft>/<slug:slug>/", ask.question, name="question"),
    path("ask/<slug:right>/", home.start, name="start"),
    path("complain/", home.complain, name="complain"),
    path("not-me/", home.not_me, name="not_me"),
    path("not-me/<slug:token>/", details.take_back, name="take_back_address"),
    path("marketing/", marketing.marketing, name="marketing"),
    path("marketing/by-email/", news.news, name="marketing_by_email"),
    path("marketing/confirm/<slug:token>/", news.confirm, name="marketing_confirm"),
    path("your-details/", details.details, name="details"),
    path("your-details/wrong/", wrong.kinds, name="wrong"),
    path("your-details/wrong/<slug:dataset>/", wrong.records, name="wrong_records"),
    path("your-details/wrong/<slug:dataset>/<slug:record>/", wrong.record, name="wrong_record"),
    path("your-details/undo/", details.undo, name="details_undo"),
    path("your-details/code/<uuid:change>/", details.code, name="details_code"),
    path(
        "your-details/change/<slug:dataset>/<slug:record>/<slug:slug>/", details.change, name="details_change"
    ),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/<uuid:challenge>/", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("stay-signed-in/", sign_in.stay, name="stay"),
    path("link/<slug:token>/", sign_in.link, name="link"),
    path("task/done/", colleague.done, name="task_done"),
    path("task/<str:token>/", colleague.task, name="task_link"),
    path("requests/", track.requests, name="requests"),
    path("requests/look-up/", sign_in.look_up, name="look_up"),
    path("requests/<reference:reference>/", track.request_, name="request"),
    path("requests/<reference:reference>/confirm/", ask.check_email, name="check_email"),
    path("requests/<reference:reference>/sent/", ask.sent, name="sent"),
    path("requests/<reference:reference>/message/", track.message, name="request_message"),
    path(
        "requests/<reference:reference>/attachments/<uuid:key>/", thread.attachment, name="request_attachment"
    ),
    path("requests/<reference:reference>/letters/<int:number>/", thread.letter, name="request_letter"),
    path("requests/<reference:reference>/cancel/", track.cancel, name="request_cancel"),
    path("requests/<reference:reference>/proof/<slug:kind>/", proof.proof, name="request_proof"),
    path("requests/<reference:reference>/progress.json", track.progress, name="request_progress"),
    path("requests/<reference:reference>/files/", files.files, name="request_files"),
    path("requests/<reference:reference>/files/<slug:kind>/", files.file, name="request_file"),
    path("requests/<reference:reference>/lock/", files.lock, name="request_lock"),
    path("requests/<reference:reference>/renew/", files.renew, name="request_renew"),
]
