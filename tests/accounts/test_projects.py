import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from apps.accounts import services
from apps.accounts.models import AuditEvent, Membership, Project, Role, User
from apps.accounts.permissions import Action, actions, can, require
from apps.accounts.selectors import settings_of
from apps.core.editing import version_of
from apps.core.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tests.factories import MembershipFactory, ProjectFactory, SiteAdminFactory, UserFactory, member

pytestmark = pytest.mark.django_db


# Who may do what


TABLE = {
    "viewer": "view",
    "reviewer": "view label sign upload",
    "researcher": "view label sign upload import export assign-readers train design-studies",
    "manager": "view label sign upload import export assign-readers train design-studies promote unblind"
    " reference-ranges manage-members erase",
}
SITE = "train design-studies promote unblind reference-ranges manage-members"


@pytest.mark.parametrize("role", Role.values)
def test_each_role_may_do_what_the_product_says(role):
    project = ProjectFactory()
    assert actions(member(project, role), project) == set(TABLE[role].split())


def test_a_site_administrator_alone_may_neither_upload_nor_label():
    admin, project = SiteAdminFactory(), ProjectFactory()
    assert actions(admin, project) == {"view", *SITE.split()}


def test_a_site_administrator_with_a_role_may_do_both():
    project = ProjectFactory()
    admin = MembershipFactory(project=project, user=SiteAdminFactory(), role=Role.REVIEWER).user
    reviews = {"view", "label", "sign", "upload"}
    assert actions(admin, project) == reviews | set(SITE.split())


def test_strangers_may_do_nothing():
    project = ProjectFactory()
    people = [UserFactory(), member(ProjectFactory(), Role.MANAGER), AnonymousUser()]
    assert [actions(person, project) for person in people] == [frozenset()] * 3


@pytest.mark.parametrize("make", [UserFactory, SiteAdminFactory])
def test_a_deactivated_person_may_do_nothing(make):
    project = ProjectFactory()
    user = MembershipFactory(project=project, user=make(is_active=False), role=Role.MANAGER).user
    assert actions(user, project) == frozenset()
    assert not Project.objects.visible_to(user).exists()


def test_require_hides_what_is_not_ones_own_and_refuses_what_is():
    project = ProjectFactory(name="Bone marrow")
    with pytest.raises(NotFound):
        require(UserFactory(), Action.LABEL, project)
    with pytest.raises(NotPermitted, match=r"label cells.*Bone marrow"):
        require(member(project, Role.VIEWER), Action.LABEL, project)
    require(member(project, Role.REVIEWER), Action.LABEL, project)


def test_visible_to_gives_ones_own_projects_and_all_to_administrators():
    mine, other = ProjectFactory(), ProjectFactory()
    user = member(mine, Role.VIEWER)
    assert list(Project.objects.visible_to(user)) == [mine]
    assert set(Project.objects.visible_to(SiteAdminFactory())) == {mine, other}
    assert not Project.objects.visible_to(AnonymousUser()).exists()


def test_visible_to_keeps_what_was_asked_before():
    demo, real = ProjectFactory(is_demo=True), ProjectFactory()
    user = member(demo, Role.VIEWER)
    MembershipFactory(project=real, user=user)
    assert list(Project.objects.filter(is_demo=True).visible_to(user)) == [demo]


def test_can_agrees_with_actions():
    project = ProjectFactory()
    user = member(project, Role.RESEARCHER)
    assert {action for action in Action if can(user, action, project)} == actions(user, project)


# Making projects


def test_an_administrator_makes_a_project_and_manages_it():
    admin = SiteAdminFactory()
    project = services.create_project(actor=admin, name="  Bone   marrow ", manager=admin)
    assert project.name == "Bone marrow"
    assert project.memberships.get().role == Role.MANAGER
    assert list(AuditEvent.objects.order_by("id").values_list("verb", flat=True)) == [
        "project-created",
        "role-changed",
    ]


def test_others_make_no_project():
    with pytest.raises(NotPermitted):
        services.create_project(actor=MembershipFactory(role=Role.MANAGER).user, name="Mine")


@pytest.mark.parametrize(
    ("name", "error"), [("  ", InvalidInput), ("x" * 121, InvalidInput), ("Taken", Conflict)]
)
def test_a_name_must_be_there_short_and_free(name, error):
    ProjectFactory(name="Taken")
    with pytest.raises(error):
        services.create_project(actor=SiteAdminFactory(), name=name)
    assert Project.objects.count() == 1


def test_a_taken_name_is_said_at_its_field(sign_in):
    ProjectFactory(name="Taken")
    response = sign_in(SiteAdminFactory()).post("/projects/", {"name": "Taken"})
    assert response.status_code == 409
    assert "There is a project with the name “Taken” already." in response.content.decode()


def test_renaming_is_recorded_and_keeps_names_apart():
    ProjectFactory(name="Taken")
    project = ProjectFactory(name="Old")
    manager = member(project, Role.MANAGER)
    seen = version_of(settings_of(project))
    services.update_project(actor=manager, project=project, name="New", description="Words", version=seen)
    project.refresh_from_db()
    assert (project.name, project.description) == ("New", "Words")
    with pytest.raises(Conflict):
        services.update_project(
            actor=manager,
            project=project,
            name="Taken",
            description="",
            version=version_of(settings_of(project)),
        )
    assert AuditEvent.objects.get().verb == "project-changed"


def test_a_stale_change_of_a_project_shows_both_and_is_taken_when_sent_again(sign_in):
    project = ProjectFactory(name="Old", description="First")
    client = sign_in(member(project, Role.MANAGER))
    url = f"/projects/{project.public_id}/settings/"
    form = {"name": "Mine", "description": "First", "version": version_of(settings_of(project))}
    Project.objects.filter(pk=project.pk).update(name="Theirs")
    answer = client.post(url, form)
    project.refresh_from_db()
    assert (answer.status_code, project.name) == (409, "Theirs")
    page = answer.content.decode()
    assert 'value="Mine"' in page
    assert "Saved meanwhile: Theirs." in page
    assert not AuditEvent.objects.filter(verb="project-changed").exists()
    assert f'name="version" value="{version_of(settings_of(project))}"' in page
    assert client.post(url, {**form, "version": version_of(settings_of(project))}).status_code == 302
    project.refresh_from_db()
    assert project.name == "Mine"


def test_a_project_changed_between_reading_and_writing_is_a_conflict():
    project = ProjectFactory(name="Old")
    manager, seen = member(project, Role.MANAGER), version_of(settings_of(project))
    Project.objects.filter(pk=project.pk).update(name="Theirs")  # the object in hand is what was read before
    with pytest.raises(Conflict) as refused:
        services.update_project(actor=manager, project=project, name="Mine", description="", version=seen)
    assert (refused.value.detail["yours"]["name"], refused.value.detail["current"]["name"]) == (
        "Mine",
        "Theirs",
    )


# Members


@pytest.fixture
def project() -> Project:
    return ProjectFactory()


@pytest.fixture
def manager(project: Project) -> User:
    return member(project, Role.MANAGER)


def test_a_manager_gives_and_changes_a_role(project, manager):
    user = UserFactory()
    services.set_role(actor=manager, project=project, user=user, role=Role.VIEWER)
    services.set_role(actor=manager, project=project, user=user, role="researcher")
    assert project.memberships.get(user=user).role == Role.RESEARCHER
    events = AuditEvent.objects.order_by("id")
    assert [(e.verb, e.actor, e.project, e.target, e.detail) for e in events] == [
        ("role-changed", manager, project, f"user:{user.public_id}", {"from": None, "to": "viewer"}),
        ("role-changed", manager, project, f"user:{user.public_id}", {"from": "viewer", "to": "researcher"}),
    ]


def test_the_same_role_again_changes_and_records_nothing(project, manager):
    services.set_role(actor=manager, project=project, user=manager, role=Role.MANAGER)
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "reviewer", "researcher"])
def test_others_change_no_role(project, role):
    with pytest.raises(NotPermitted):
        services.set_role(actor=member(project, role), project=project, user=UserFactory(), role=Role.VIEWER)


def test_a_manager_of_another_project_does_not_even_see_this_one(project):
    with pytest.raises(NotFound):
        services.set_role(
            actor=member(ProjectFactory(), Role.MANAGER),
            project=project,
            user=UserFactory(),
            role=Role.VIEWER,
        )


def test_an_unknown_role_and_a_deactivated_account_are_refused(project, manager):
    with pytest.raises(InvalidInput):
        services.set_role(actor=manager, project=project, user=UserFactory(), role="emperor")
    with pytest.raises(InvalidInput):
        services.set_role(actor=manager, project=project, user=UserFactory(is_active=False), role=Role.VIEWER)


def test_a_removed_member_loses_sight_of_the_project(project, manager):
    user = member(project, Role.VIEWER)
    services.remove_member(actor=manager, project=project, user=user)
    assert not Project.objects.visible_to(user).exists()
    assert AuditEvent.objects.get().detail == {"from": "viewer", "to": None}
    with pytest.raises(NotFound):
        services.remove_member(actor=manager, project=project, user=user)


def test_the_last_manager_stays(project, manager):
    with pytest.raises(Conflict):
        services.remove_member(actor=manager, project=project, user=manager)
    with pytest.raises(Conflict):
        services.set_role(actor=manager, project=project, user=manager, role=Role.VIEWER)
    assert project.memberships.get(user=manager).role == Role.MANAGER


def test_a_deactivated_manager_does_not_count_as_one(project, manager):
    MembershipFactory(project=project, user=UserFactory(is_active=False), role=Role.MANAGER)
    with pytest.raises(Conflict):
        services.remove_member(actor=manager, project=project, user=manager)


def test_one_of_two_managers_may_go_and_an_administrator_may_remove_the_last(project, manager):
    second = member(project, Role.MANAGER)
    services.remove_member(actor=manager, project=project, user=manager)
    services.remove_member(actor=SiteAdminFactory(), project=project, user=second)
    assert not project.memberships.exists()


def test_a_manager_who_leaves_is_led_to_the_list(project, manager, sign_in):
    member(project, Role.MANAGER)
    response = sign_in(manager).post(f"/projects/{project.public_id}/members/{manager.public_id}/remove/")
    assert response.headers["Location"] == "/projects/"


def test_adding_somebody_without_an_account_says_what_to_do(project, manager, sign_in):
    response = sign_in(manager).post(
        f"/projects/{project.public_id}/members/", {"email": "nobody@example.org", "role": "viewer"}
    )
    assert response.status_code == 422
    assert "A site administrator can invite this person." in response.content.decode()


def test_adding_a_member_again_does_not_change_the_role(project, manager, sign_in):
    user = member(project, Role.RESEARCHER)
    response = sign_in(manager).post(
        f"/projects/{project.public_id}/members/", {"email": user.email, "role": "viewer"}
    )
    assert response.status_code == 409
    assert project.memberships.get(user=user).role == Role.RESEARCHER


def test_viewers_see_members_without_the_means_to_change_them(project, sign_in):
    page = (
        sign_in(member(project, Role.VIEWER)).get(f"/projects/{project.public_id}/members/").content.decode()
    )
    assert "Add a person" not in page
    assert "<select" not in page


# What the database holds by itself


def refused(**fields: object) -> bool:
    try:
        with transaction.atomic():
            Membership.objects.create(**fields)
    except IntegrityError:
        return True
    return False


def test_one_role_per_person_and_project_and_only_known_ones(project):
    user = member(project, Role.VIEWER)
    assert refused(project=project, user=user, role=Role.MANAGER)
    assert refused(project=project, user=UserFactory(), role="emperor")


def test_an_address_is_stored_in_lower_case_and_once():
    UserFactory(email="Person@Example.org")
    assert User.objects.get().email == "person@example.org"
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(email="PERSON@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.update(email="Person@example.org")


def test_an_administrator_may_see_the_django_admin():
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(is_superuser=True, is_staff=False)


# The API


def test_the_api_lists_ones_projects_with_ones_role(project, manager, sign_in):
    ProjectFactory()
    answer = sign_in(manager).get("/api/v1/projects/").json()
    assert [(row["id"], row["role"]) for row in answer["results"]] == [(str(project.public_id), "manager")]


def test_the_api_says_what_one_may_do(project, sign_in):
    answer = sign_in(SiteAdminFactory()).get(f"/api/v1/projects/{project.public_id}/").json()
    allowed = ["view", *SITE.split()]
    assert (answer["role"], answer["actions"]) == (None, allowed)


def test_the_api_hides_other_projects_in_the_common_form(project, sign_in):
    response = sign_in(UserFactory()).get(f"/api/v1/projects/{project.public_id}/")
    assert response.status_code == 404
    assert set(response.json()["error"]) == {"code", "message", "detail"}


@pytest.mark.parametrize("count", [1, 8])
def test_the_list_of_projects_costs_the_same_however_long(sign_in, django_assert_max_num_queries, count):
    user = UserFactory()
    for _ in range(count):
        MembershipFactory(user=user)
    browser = sign_in(user)
    with django_assert_max_num_queries(5):
        assert browser.get("/projects/").content.count(b"Members<span") == count


@pytest.mark.parametrize("count", [1, 8])
def test_the_list_of_people_costs_the_same_however_long(sign_in, django_assert_max_num_queries, count):
    for _ in range(count):
        MembershipFactory()
    browser = sign_in(SiteAdminFactory())
    with django_assert_max_num_queries(7):
        assert browser.get("/people/").content.count(b"Viewer of") == count
