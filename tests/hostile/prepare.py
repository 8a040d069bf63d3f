"""Make person, project and token of a campaign: ``python -m tests.hostile.prepare``; says them as JSON."""

import json
import secrets
import sys

import django


def prepare() -> dict[str, str]:
    from apps.accounts.models import Role, Scope
    from apps.accounts.services.api_tokens import make_api_token
    from tests.factories import MembershipFactory, ProjectFactory, UserFactory

    # A site that is gone on with knows the people of the run before.
    name = secrets.token_hex(4)
    owner, person = (UserFactory(email=f"{who}-{name}@example.org") for who in ("owner", "sender"))
    project = ProjectFactory(name=f"Hostile {name}", created_by=owner)
    MembershipFactory(project=project, user=person, role=Role.REVIEWER)
    _, key = make_api_token(
        user=person, name="campaign", scopes=[Scope.READ, Scope.UPLOAD], days=30, request=None
    )
    return {"project": str(project.public_id), "key": key}


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(prepare()))
