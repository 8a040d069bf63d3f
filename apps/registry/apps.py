"""The registry's place in the site: it mirrors the shipped class lists and weights after every migration."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RegistryConfig(AppConfig):
    """Register the synchronisation that runs after `migrate`, and what the self-check looks at."""

    name = "apps.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the synchronisation of shipped class lists and weights to `post_migrate`; enter the checks."""
        from apps.core.registries import checks
        from apps.registry.checks import active_models
        from apps.registry.sync import after_migrate

        checks.register(active_models)
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="registry.sync")
