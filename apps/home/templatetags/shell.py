"""Template tags of the page frame: theme, navigation and icons."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.home import themes

register = template.Library()


def _request(context: Context) -> HttpRequest | None:
    """Return the request of a page, or None where a page is drawn without one (the 500 page)."""
    request: Any = context.get("request")
    return request if isinstance(request, HttpRequest) else None


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """Return the name of the theme for this page."""
    request = _request(context)
    return themes.DEFAULT if request is None else themes.theme_from_cookies(request.COOKIES)


@register.simple_tag
def theme_choices() -> tuple[tuple[str, str], ...]:
    """Return the themes on offer as pairs of value and label."""
    return themes.CHOICES


@register.simple_tag(takes_context=True)
def nav_item(context: Context, path: str, label: str, also: str = "") -> SafeString:
    """Draw one entry of the main navigation, marked when the page lies under its path or under ``also``."""
    request = _request(context)
    here = "" if request is None else request.path
    if here == path:
        current = "page"
    elif here.startswith((path, also or path)):
        current = "true"
    else:
        return format_html('<li><a href="{}">{}</a></li>', path, label)
    return format_html('<li><a href="{}" aria-current="{}">{}</a></li>', path, current, label)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon of our own sheet; hidden from screen readers unless it gets a label."""
    href = f"{static('img/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href
        )
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href
    )
