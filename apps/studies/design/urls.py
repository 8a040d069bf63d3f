"""The staff's pages of studies; part of the room's addresses."""

from django.urls import URLPattern, path

from apps.studies.design.views import audit, designing, life, people, preview, project, study

_ONE = "studies/<uuid:study_id>/"

PATHS: list[URLPattern] = [
    path("projects/<uuid:project_id>/studies/", project.studies, name="list"),
    path("projects/<uuid:project_id>/studies/new/", project.new, name="new"),
    path("projects/<uuid:project_id>/studies/demo/", project.demo, name="demo"),
    path(_ONE, study.show, name="study"),
    path(f"{_ONE}design/", designing.design, name="design"),
    path(f"{_ONE}design/check/", designing.check, name="check"),
    path(f"{_ONE}preview/", preview.show, name="preview"),
    path(f"{_ONE}preview/<int:number>/", preview.image, name="preview-image"),
    path(f"{_ONE}audit/", audit.run, name="audit"),
    path(f"{_ONE}audit/acknowledge/", audit.acknowledge, name="acknowledge-audit"),
    path(f"{_ONE}prepare/", life.prepare, name="prepare"),
    path(f"{_ONE}redraft/", life.redraft, name="redraft"),
    path(f"{_ONE}discard/", life.discard, name="discard"),
    path(f"{_ONE}lock/", life.lock, name="lock"),
    path(f"{_ONE}open/", life.open_, name="open"),
    path(f"{_ONE}extend/", life.extend, name="extend"),
    path(f"{_ONE}close/", life.close, name="close"),
    path(f"{_ONE}unblind/", life.unblind, name="unblind"),
    path(f"{_ONE}unblind/withdraw/", life.withdraw_request, name="withdraw-unblinding"),
    path(f"{_ONE}invitations/", people.invite, name="invite"),
    path(
        f"{_ONE}invitations/<uuid:invitation_id>/withdraw/",
        people.withdraw_invitation,
        name="withdraw-invitation",
    ),
    path(f"{_ONE}readers/", people.enrol, name="enrol"),
    path(f"{_ONE}readers/<uuid:enrolment_id>/remind/", people.remind, name="remind"),
    path(f"{_ONE}readers/<uuid:enrolment_id>/withdraw/", people.withdraw, name="withdraw-reader"),
]
