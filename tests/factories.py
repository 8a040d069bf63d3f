"""People, projects and roles for tests; other rooms keep theirs in ``tests/<room>/factories.py``."""

from typing import Any

import factory

from apps.accounts.models import Membership, Project, Role, User

PASSWORD = "correct horse battery staple"


class UserFactory(factory.django.DjangoModelFactory[User]):
    """A person without a role anywhere; the password is ``PASSWORD``."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"Person {n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        password = fields.pop("password", PASSWORD)
        return model_class.objects.create_user(*args, password=password, **fields)


class SiteAdminFactory(UserFactory):
    """A site administrator without a role in any project."""

    is_staff = True
    is_superuser = True


class ProjectFactory(factory.django.DjangoModelFactory[Project]):
    """A project without members."""

    class Meta:
        model = Project

    name = factory.Sequence(lambda n: f"Project {n}")
    created_by = factory.SubFactory(SiteAdminFactory)


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    """A person's role in a project; viewer unless said otherwise."""

    class Meta:
        model = Membership

    project = factory.SubFactory(ProjectFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.VIEWER


def member(project: Project, role: Role | str) -> User:
    """Return a new person with this role in the project."""
    return MembershipFactory(project=project, role=role).user
