from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Configure the ``accounts`` room: users, projects, roles, links and the audit."""

    name = "apps.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers that keep the audit."""
        from apps.accounts import signals  # noqa: F401 - importing connects them
