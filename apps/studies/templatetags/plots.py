"""Drawings of results in templates."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from apps.studies.results import drawing

register = template.Library()


@register.filter
def svg(found: drawing.Drawing) -> SafeString:
    """Return a drawing as SVG."""
    return drawing.svg(found)


@register.simple_tag
def legend_key(style: str, shape: drawing.Shape) -> SafeString:
    """Return the marker of a line of a legend."""
    return drawing.legend_svg(style, shape)


@register.filter
def kind(block: object) -> str:
    """Return which kind of table a block is: "heat" or "table"."""
    return type(block).__name__.lower()
