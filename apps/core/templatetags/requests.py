"""What a page may say about the request it answers."""

from django import template

from apps.core import context

register = template.Library()


@register.simple_tag
def request_id() -> str:
    """Return the id under which the log knows this request; also on pages that are drawn without a request."""
    return context.request_id()
