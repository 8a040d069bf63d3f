"""What readers add to the site when it starts."""

from __future__ import annotations


def register() -> None:
    """Show on the home page what waits for a reader."""
    from apps.core.registries import home_items
    from apps.studies.reading.showing import waiting

    home_items.register(waiting)
