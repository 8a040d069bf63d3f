"""What can go wrong for a person, said once: services raise these, ``http`` and ``api`` turn them into answers."""

from typing import Any, ClassVar


class DomainError(Exception):
    """Refuse an act with a sentence for the person who asked.

    Args:
        message: One sentence a person understands; shown as it is.
        code: A short word for programs.
        detail: Further plain values for programs; must be serialisable as JSON.
    """

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "error"

    def __init__(
        self, message: str, *, code: str | None = None, detail: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.detail = detail or {}


class InvalidInput(DomainError):  # noqa: N818 - these names are read at the place that raises them
    """What was sent makes no sense."""

    status = 400
    default_code = "invalid"


class NotPermitted(DomainError):  # noqa: N818 - as above
    """The person sees the object but may not do this to it."""

    status = 403
    default_code = "not-permitted"


class NotFound(DomainError):  # noqa: N818 - as above
    """There is no such object, or the person may not know that there is."""

    status = 404
    default_code = "not-found"


class Conflict(DomainError):  # noqa: N818 - as above
    """The object has changed since the person saw it."""

    status = 409
    default_code = "conflict"


class Gone(DomainError):  # noqa: N818 - as above
    """The object was there and is not any more."""

    status = 410
    default_code = "gone"


class TooLarge(DomainError):  # noqa: N818 - as above
    """What was sent is above a limit."""

    status = 413
    default_code = "too-large"


class Unavailable(DomainError):  # noqa: N818 - as above
    """The site cannot do this now; later it may."""

    status = 503
    default_code = "unavailable"
