import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from apps.accounts import audit
from apps.accounts.models import AuditEvent, Role
from tests.factories import ProjectFactory, SiteAdminFactory, UserFactory, member

pytestmark = pytest.mark.django_db


def test_an_event_keeps_who_what_where(rf):
    project = ProjectFactory()
    user = member(project, Role.REVIEWER)
    audit.record(
        actor=user,
        verb="uploaded",
        project=project,
        target="slide:1",
        detail={"files": 3},
        request=rf.get("/", REMOTE_ADDR="2001:db8::7"),
    )
    event = AuditEvent.objects.get()
    assert (event.actor, event.verb, event.project, event.target) == (user, "uploaded", project, "slide:1")
    assert (event.detail, event.address) == ({"files": 3}, "2001:db8::7")


@pytest.mark.parametrize(
    "change",
    [
        lambda: AuditEvent.objects.update(verb="nothing"),
        lambda: AuditEvent.objects.all()._raw_delete("default"),
        lambda: AuditEvent.objects.get().delete(),
        lambda: AuditEvent.objects.get().save(),
    ],
)
def test_an_event_is_neither_changed_nor_deleted(change):
    audit.record(actor=None, verb="signed-in")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change()
    assert AuditEvent.objects.get().verb == "signed-in"


def test_not_even_by_plain_sql():
    audit.record(actor=None, verb="signed-in")
    for statement in ("UPDATE accounts_auditevent SET verb = 'x'", "DELETE FROM accounts_auditevent"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert AuditEvent.objects.count() == 1


def test_whoever_and_whatever_is_on_record_cannot_be_deleted():
    user, project = UserFactory(), ProjectFactory()
    audit.record(actor=user, verb="uploaded", project=project)
    for row in (user, project):
        with pytest.raises(ProtectedError):
            row.delete()


def test_an_event_falls_with_the_act_that_failed():
    with transaction.atomic():
        audit.record(actor=None, verb="uploaded")
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()


def test_a_long_target_is_cut_and_a_strange_address_left_out(rf):
    event = audit.record(actor=None, verb="x", target="y" * 500, request=rf.get("/", REMOTE_ADDR=""))
    event.refresh_from_db()
    assert (len(event.target), event.address) == (200, None)


def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(rf, settings):
    def seen() -> str | None:
        request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.4")
        return audit.client_address(request)

    direct = seen()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert (direct, seen()) == ("10.0.0.1", "198.51.100.4")


def test_a_manager_reads_the_record_of_the_own_project_only(sign_in):
    project, other = ProjectFactory(), ProjectFactory()
    audit.record(actor=UserFactory(name="Ada"), verb="exported", project=project, detail={"rows": 12})
    audit.record(actor=UserFactory(name="Grace"), verb="uploaded", project=other)
    page = (
        sign_in(member(project, Role.MANAGER)).get(f"/projects/{project.public_id}/audit/").content.decode()
    )
    assert "exported" in page
    assert "rows: 12" in page
    assert "Grace" not in page


def test_the_administrator_reads_all(sign_in, django_assert_max_num_queries):
    for _ in range(5):
        audit.record(actor=UserFactory(), verb="uploaded", project=ProjectFactory())
    browser = sign_in(SiteAdminFactory())
    with django_assert_max_num_queries(6):
        page = browser.get("/people/audit/").content.decode()
    assert page.count("<td><strong>") == 6  # signing in is one too


def test_the_record_names_people_and_not_their_identifiers(sign_in):
    user = UserFactory(name="Ada Lovelace")
    audit.record(actor=SiteAdminFactory(), verb="role-changed", target=f"user:{user.public_id}")
    audit.record(actor=None, verb="uploaded", target="slide:7")
    page = sign_in(SiteAdminFactory()).get("/people/audit/").content.decode()
    assert "Ada Lovelace" in page
    assert str(user.public_id) not in page
    assert "slide 7" in page
