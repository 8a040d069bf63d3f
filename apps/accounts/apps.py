from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Configure the ``accounts`` room: users, projects, roles, links and the audit."""

    name = "apps.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what keeps the audit and its names; tell the OpenAPI document how the API knows people."""
        from apps.accounts import audit_trail, signals  # noqa: F401 - importing connects the receivers
        from apps.accounts.api import schema  # noqa: F401 - importing makes the ways to be known part of the document
        from apps.accounts.checks import administrators
        from apps.core.registries import checks, target_names

        checks.register(administrators)
        target_names.register(audit_trail.name_people_and_projects)
