"""Run in a site's own environment: make a project with a reviewer who is signed in; print what a test needs as JSON."""

import json
import sys

import django


def main() -> None:
    """Make them."""
    django.setup()
    from django.test import Client

    from apps.accounts.models import Membership, Project, Role, User

    admin = User.objects.create_superuser(email="admin@example.org", password="a long enough secret")
    reviewer = User.objects.create_user(email="reviewer@example.org", password="a long enough secret")
    project = Project.objects.create(name="Project", created_by=admin)
    Membership.objects.create(project=project, user=reviewer, role=Role.REVIEWER)
    cookies = {}
    for name, user in (("reviewer", reviewer), ("admin", admin)):
        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        cookies[name] = client.cookies["wbcweb_session"].value
    sys.stdout.write(json.dumps({"project": str(project.public_id), "cookies": cookies}))


if __name__ == "__main__":
    main()
