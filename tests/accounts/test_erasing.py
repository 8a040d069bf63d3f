"""An erased person is nowhere to be found; what the person did is, under one name that says nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from apps.accounts import audit, services
from apps.accounts.models import AccountLink, ApiToken, AuditEvent, Membership, Session, User
from apps.accounts.services import erasing
from apps.cells import services as labelling
from apps.cells.models import LabelEvent, SeenMark
from apps.core.errors import Conflict, NotPermitted
from apps.core.models import Erasure
from apps.jobs.models import Job
from apps.slides.models import Slide, Upload
from tests.cells.factories import make_cell
from tests.factories import MembershipFactory, ProjectFactory, SiteAdminFactory, UserFactory
from tests.kits.traces import tables_with

pytestmark = pytest.mark.django_db

EMAIL, NAME = "canary.person@example.org", "Canary Q. Person"
ADDRESS = "192.0.2.77"

# What every pointer at a person means for an erasure. One that is new is to be thought about, and named here.
GONE = {
    ("accounts", "accountlink", "user"),
    ("accounts", "apitoken", "user"),
    ("accounts", "membership", "user"),
    ("accounts", "session", "user"),
    ("account", "emailaddress", "user"),
    ("admin", "logentry", "user"),
    ("mfa", "authenticator", "user"),
}
STAYS_BY_THE_PSEUDONYM = {
    ("accounts", "accountlink", "made_by"),  # names somebody else; closed
    ("accounts", "auditevent", "actor"),
    ("accounts", "project", "created_by"),
    ("cells", "cell", "labelled_by"),
    ("cells", "comment", "author"),
    ("cells", "labelevent", "actor"),
    ("cells", "seenmark", "actor"),
    ("datasets", "export", "requester"),
    ("datasets", "import", "requester"),
    ("jobs", "job", "cancelled_by"),
    ("jobs", "job", "requester"),
    ("review", "adjudication", "actor"),
    ("review", "seconditem", "first_by"),
    ("review", "secondreading", "assigned_by"),
    ("review", "secondreading", "reader"),
    ("review", "secondreading", "withdrawn_by"),
    ("review", "tableopening", "actor"),
    ("review", "referencerange", "ended_by"),
    ("review", "referencerange", "made_by"),
    ("review", "signature", "signer"),
    ("review", "worksheet", "updated_by"),
    ("review", "locationcheck", "closed_by"),
    ("review", "locationcheck", "started_by"),
    ("review", "locationcheckresult", "actor"),
    ("slides", "fieldmark", "actor"),
    ("slides", "slide", "created_by"),
    ("slides", "slide", "trashed_by"),
    ("slides", "upload", "requester"),
    ("studies", "enrolment", "reader"),
    ("studies", "invitation", "made_by"),
    ("studies", "invitation", "used_by"),
    ("studies", "modelreading", "requester"),
    ("studies", "reading", "author"),
    ("studies", "study", "created_by"),
    ("studies", "transition", "who"),
    ("studies", "unblindrequest", "who"),
    ("studies", "viewing", "author"),
}


@pytest.fixture
def admin() -> User:
    return SiteAdminFactory()


@pytest.fixture
def person(admin: User) -> User:
    """Somebody who has used everything that there is."""
    project = ProjectFactory()
    user = UserFactory(email=EMAIL, name=NAME)
    MembershipFactory(project=project, user=user, role="manager")
    browser = Client(REMOTE_ADDR=ADDRESS)
    browser.force_login(user)
    browser.get("/")
    ApiToken.objects.create(
        user=user,
        name="Canary's laptop",
        key_hash="0" * 64,
        ending="abcd",
        scopes=["read"],
        expires_at=timezone.now() + timedelta(days=1),
    )
    Authenticator.objects.create(user=user, type="totp", data={"secret": "canary-secret"})
    EmailAddress.objects.create(user=user, email=EMAIL, primary=True, verified=True)
    services.make_reset_link(actor=admin, user=user)
    for purpose, extra in (("invitation", {"used_at": timezone.now()}), ("invitation", {"email": "a@b.org"})):
        AccountLink.objects.create(
            **{
                "purpose": purpose,
                "email": EMAIL,
                "name": NAME if "email" not in extra else "",
                "made_by": user if "email" in extra else admin,
                "token_hash": hashlib.sha256(str(extra).encode()).hexdigest(),
                "expires_at": timezone.now() + timedelta(days=1),
                **extra,
            }
        )
    LogEntry.objects.create(user=user, action_flag=1, object_repr="x")
    cell = make_cell(project)
    labelling.mark_seen(actor=user, slide=cell.field.slide, cell_ids=[cell.public_id])
    labelling.label(
        actor=user,
        cell=cell,
        to_class="monocyte",
        expected_version=1,
        seen_suggestion=True,
        request=_request_from(ADDRESS),
    )
    Slide.objects.update(created_by=user)
    Upload.objects.create(project=project, requester=user, mode="one-slide")
    Job.objects.create(kind="x", queue="default", max_attempts=1, requester=user, project=project)
    audit.record(
        actor=None, verb="sign-in-failed", target=f"user:{user.public_id}", request=_request_from(ADDRESS)
    )
    return user


def _request_from(address: str) -> object:
    from django.test import RequestFactory

    return RequestFactory(REMOTE_ADDR=address).get("/")


def test_nothing_is_left_of_who_it_was(admin: User, person: User) -> None:
    traces = (EMAIL, NAME, ADDRESS, "canary", "person&#64;")
    assert len(tables_with(*traces)) >= 6
    services.erase_person(actor=admin, user=person)
    assert tables_with(*traces) == {}
    user = User.objects.get(pk=person.pk)
    assert user.name == f"Former member {user.public_id.hex[:4]}"
    assert (user.is_active, user.is_staff, user.is_superuser, user.last_login) == (False, False, False, None)
    assert not user.has_usable_password()
    assert user.public_id == person.public_id


def test_what_the_person_did_stays_under_one_name(admin: User, person: User) -> None:
    before = {
        "labels": LabelEvent.objects.filter(actor=person).count(),
        "marks": SeenMark.objects.filter(actor=person).count(),
        "record": AuditEvent.objects.filter(actor=person).count(),
    }
    assert min(before.values()) >= 1
    services.erase_person(actor=admin, user=person)
    after = {
        "labels": LabelEvent.objects.filter(actor=person).count(),
        "marks": SeenMark.objects.filter(actor=person).count(),
        "record": AuditEvent.objects.filter(actor=person).count(),
    }
    assert after == before
    assert LabelEvent.objects.get().actor.display_name == f"Former member {person.public_id.hex[:4]}"
    erased = AuditEvent.objects.get(verb="erased")
    assert (erased.actor, erased.target) == (admin, f"user:{person.public_id}")
    assert erased.detail == {"remains_as": f"Former member {person.public_id.hex[:4]}"}


def test_every_pointer_at_a_person_is_thought_about(admin: User, person: User) -> None:
    fields = (
        relation.field for relation in User._meta.get_fields(include_hidden=True) if relation.auto_created
    )
    relations = {
        (field.model._meta.app_label, field.model._meta.model_name, field.name): field
        for field in fields
        if not field.many_to_many and not field.model._meta.auto_created
    }
    assert set(relations) == GONE | STAYS_BY_THE_PSEUDONYM
    services.erase_person(actor=admin, user=person)
    left = {
        name
        for name, field in relations.items()
        if field.model._default_manager.filter(**{field.name: person.pk}).exists()
    }
    assert left & GONE == set()


def test_addresses_of_others_stay(admin: User, person: User) -> None:
    other = UserFactory()
    audit.record(actor=other, verb="uploaded", request=_request_from("198.51.100.9"))
    audit.record(
        actor=None,
        verb="sign-in-failed",
        target=f"user:{other.public_id}",
        request=_request_from("198.51.100.8"),
    )
    assert AuditEvent.objects.filter(address=ADDRESS).count() >= 2
    services.erase_person(actor=admin, user=person)
    assert set(AuditEvent.objects.exclude(address=None).values_list("address", flat=True)) == {
        "198.51.100.9",
        "198.51.100.8",
    }


def test_what_a_request_has_no_time_for_the_schedule_forgets(
    admin: User, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "forget_addresses", lambda: 0)
    services.erase_person(actor=admin, user=person)
    monkeypatch.undo()
    assert AuditEvent.objects.filter(address=ADDRESS).exists()
    assert erasing.forget_addresses() >= 2
    assert erasing.forget_addresses() == 0


@pytest.mark.parametrize("column", [field.attname for field in AuditEvent._meta.fields])
def test_of_the_record_nothing_else_can_be_changed(admin: User, person: User, column: str) -> None:
    """Also a column that a later version adds: then the trigger needs to be made anew."""
    other = UserFactory()
    audit.record(actor=other, verb="uploaded", target="x", request=_request_from("198.51.100.9"))
    services.erase_person(actor=admin, user=person)
    fresh = {
        "id": "id + 1000",
        "public_id": "'0123456789abcdef0123456789abcdef'",
        "created_at": "'2001-01-01 00:00:00+00'",
        "actor_id": str(other.pk),
        "project_id": str(ProjectFactory().pk),
        "detail": "'{\"x\": 1}'",
        "address": "'198.51.100.1'",
    }.get(column, "'x'")
    rows = {
        "erased": AuditEvent.objects.filter(actor=person).first(),
        "other": AuditEvent.objects.filter(actor=other).first(),
    }
    for row in rows.values():
        for also in ("", ", address = NULL") if column != "address" else ("",):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                run(f'UPDATE accounts_auditevent SET "{column}" = {fresh}{also} WHERE id = {row.pk}')
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run(f"UPDATE accounts_auditevent SET address = NULL WHERE id = {rows['other'].pk}")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run(f"DELETE FROM accounts_auditevent WHERE id = {rows['erased'].pk}")


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 1


def test_an_erased_person_cannot_come_back(admin: User, person: User) -> None:
    browser = Client()
    browser.force_login(person)
    services.erase_person(actor=admin, user=person)
    assert browser.get("/").status_code == 302
    user = User.objects.get(pk=person.pk)
    with pytest.raises(Conflict, match="has been erased"):
        services.set_active(actor=admin, user=user, active=True)
    with pytest.raises(Conflict, match="erased already"):
        services.erase_person(actor=admin, user=user)
    assert not Session.objects.filter(user=person).exists()
    # The address is free again, for whoever has it.
    services.invite(actor=admin, email=EMAIL)


def test_two_persons_never_share_a_pseudonym(admin: User) -> None:
    first, second = UserFactory(), UserFactory()
    User.objects.filter(pk=first.pk).update(public_id="abcd0000-0000-4000-8000-000000000001")
    User.objects.filter(pk=second.pk).update(public_id="abcd1200-0000-4000-8000-000000000002")
    names = [
        services.erase_person(actor=admin, user=User.objects.get(pk=user.pk)).name for user in (first, second)
    ]
    assert names == ["Former member abcd", "Former member abcd12"]


def test_who_may_not(admin: User, person: User) -> None:
    with pytest.raises(NotPermitted):
        services.erase_person(actor=person, user=admin)
    with pytest.raises(Conflict, match="your own"):
        services.erase_person(actor=admin, user=admin)
    late = SiteAdminFactory()
    User.objects.exclude(pk=admin.pk).update(is_superuser=False)
    with pytest.raises(Conflict, match="needs an active administrator"):
        services.erase_person(actor=late, user=admin)
    assert not Erasure.objects.exists()
    assert Membership.objects.filter(user=person).exists()


def test_the_page_asks_for_the_address_and_tells_what_stays(
    admin: User, person: User, sign_in: Callable[[User], Client]
) -> None:
    browser, address = sign_in(admin), f"/people/{person.public_id}/erase/"
    assert address not in browser.get("/people/").content.decode()
    services.set_active(actor=admin, user=person, active=False)
    assert address in browser.get("/people/").content.decode()
    assert "Former member" in browser.get(address).content.decode()
    refused = browser.post(address, {"typed": NAME})
    assert refused.status_code == 422
    assert "Nothing has been removed" in refused.content.decode()
    assert User.objects.get(pk=person.pk).name == NAME
    done = browser.post(address, {"typed": EMAIL}, follow=True).content.decode()
    assert f"remains as “Former member {person.public_id.hex[:4]}”" in done
    assert "Erased" in done
    assert EMAIL not in done
    own = browser.post(f"/people/{admin.public_id}/erase/", {"typed": admin.email})
    assert own.status_code == 409
    assert "cannot erase your own account" in own.content.decode()
