"""Figures of agreement as a page shows them."""

from __future__ import annotations

from django import template

from ml.metrics.agreement import Agreement, Estimate

register = template.Library()


@register.filter
def percent(share: float) -> str:
    """Return a share as per cent with one decimal; a point is what every figure of the site has."""
    return f"{100 * share:.1f}"


@register.filter
def estimate(found: Agreement, name: str) -> str:
    """Return a coefficient with its interval, or why it has none."""
    figure: Estimate | None = getattr(found, name)
    if figure is None:
        return "Not defined: both used one class for all cells."
    if found.few:
        return f"{figure.value:.2f}, without interval"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.2f}; an interval cannot be estimated when the two agree on every cell"
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f}, 95 % interval)"
