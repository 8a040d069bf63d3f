from collections.abc import Sequence
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request


class AnythingAccepted(DefaultContentNegotiation):
    """Take no notice of ``Accept``: for addresses with one kind of answer, such as a picture.

    Their refusals are JSON, whatever the request accepts.
    """

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002 - the framework's signature
        renderers: Sequence[Any],
        format_suffix: str | None = None,  # noqa: ARG002 - as above
    ) -> tuple[Any, str]:
        """Return the first renderer."""
        return renderers[0], renderers[0].media_type
