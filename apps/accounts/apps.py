from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Configure the ``accounts`` room."""

    name = "apps.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
