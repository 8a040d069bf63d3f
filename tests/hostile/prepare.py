"""Make person, project and token of a campaign: ``python -m tests.hostile.prepare``; says them as JSON."""

import json
import sys

import django


def prepare() -> dict[str, str]:
    from apps.accounts.models import Project, Role, Scope
    from apps.accounts.services.api_tokens import make_api_token
    from tests.factories import ProjectFactory, UserFactory, member

    number = Project.objects.count()
    project = ProjectFactory(
        name=f"Hostile {number}", created_by=UserFactory(email=f"owner{number}@example.org")
    )
    person = member(project, Role.REVIEWER)
    _, key = make_api_token(
        user=person, name="campaign", scopes=[Scope.READ, Scope.UPLOAD], days=30, request=None
    )
    return {"project": str(project.public_id), "key": key}


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(prepare()))
