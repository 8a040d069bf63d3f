"""The form of a row in the permission table: address, method, and the status for each kind of person.

A room lists its rows in ``tests/permissions/<room>.py`` as ``ROWS``::

    ROWS = [
        row(
            "accounts:members",
            "GET",
            "302 404 200 200 200 200 200",
            kwargs=lambda world: {"project_id": world.project_id},
        ),
    ]

The seven numbers stand for ``WHO``, in that order. Each request has its own transaction, which is rolled back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from apps.accounts.models import Project, Role, User
from tests.factories import ProjectFactory, SiteAdminFactory, UserFactory, member

WHO = ("anonymous", "outsider", "viewer", "reviewer", "researcher", "manager", "administrator")


@dataclass
class World:
    """A project with one person of each role, another project with a member of its own, and a site administrator.

    ``made`` is for rows to remember objects that several of them need: ``world.once("slide", lambda: ...)``.
    """

    made: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def project(self) -> Project:
        """The project of all rows."""
        return ProjectFactory(name="The project")

    @property
    def project_id(self) -> Any:
        """Its public name."""
        return self.project.public_id

    @cached_property
    def people(self) -> dict[str, User | None]:
        """Return the person for each word of ``WHO``; the outsider manages another project."""
        return {
            "anonymous": None,
            "outsider": member(ProjectFactory(name="Another project"), Role.MANAGER),
            **{role.value: member(self.project, role) for role in Role},
            "administrator": SiteAdminFactory(),
        }

    @cached_property
    def bystander(self) -> User:
        """A further viewer of the project, to whom things are done."""
        return member(self.project, Role.VIEWER)

    @cached_property
    def stranger(self) -> User:
        """A person without any project."""
        return UserFactory()

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return the object of this name, made on first use."""
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]


Values = Callable[[World], Mapping[str, Any]]


@dataclass(frozen=True)
class Row:
    """One address and method, with the status that each kind of person gets."""

    url: str
    method: str
    statuses: tuple[int, ...]
    kwargs: Values | None = None
    data: Values | None = None
    query: str = ""
    as_json: bool = False

    @property
    def expected(self) -> dict[str, int]:
        """Return the status for each kind of person."""
        return dict(zip(WHO, self.statuses, strict=True))

    def __str__(self) -> str:
        return f"{self.method} {self.url}{self.query}"


def row(
    url: str,
    method: str,
    statuses: str,
    *,
    kwargs: Values | None = None,
    data: Values | None = None,
    query: str = "",
) -> Row:
    """Return a row; rows of the API (a name with ``-api:``) send their data as JSON.

    Args:
        url: Name of the address, with its namespace.
        method: GET, POST, PUT, PATCH or DELETE.
        statuses: Seven numbers, for anonymous, outsider, viewer, reviewer, researcher, manager and administrator.
        kwargs: Parts of the address, from the world.
        data: What is sent.
        query: Query string, with its question mark.
    """
    numbers = tuple(int(number) for number in statuses.split())
    if len(numbers) != len(WHO):
        raise ValueError(f"{method} {url} needs {len(WHO)} statuses, for {', '.join(WHO)}.")
    return Row(url, method, numbers, kwargs, data, query, as_json="-api:" in url)
