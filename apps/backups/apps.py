from django.apps import AppConfig


class BackupsConfig(AppConfig):
    """Configure the ``backups`` room: copies of the site, and moving between databases."""

    name = "apps.backups"
    label = "backups"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say in the self-check when the newest backup was made."""
        from apps.backups.check import newest_backup
        from apps.core.registries import checks

        checks.register(newest_backup)
