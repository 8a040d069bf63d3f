from django.apps import AppConfig


class CellsConfig(AppConfig):
    """Configure the ``cells`` room."""

    name = "apps.cells"
    label = "cells"
    default_auto_field = "django.db.models.BigAutoField"
