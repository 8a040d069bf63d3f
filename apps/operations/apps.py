from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Configure the ``operations`` room."""

    name = "apps.operations"
    label = "operations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Enter what the self-check looks at on behalf of the whole site."""
        from apps.core import registries
        from apps.operations.checks import data, safety, software

        for check in (
            data.database,
            data.tables,
            data.store,
            data.disks,
            data.clock,
            safety.secret_key,
            safety.data_folder,
            safety.debugging,
            safety.encryption,
            safety.deployment,
            software.version,
        ):
            registries.checks.register(check)
