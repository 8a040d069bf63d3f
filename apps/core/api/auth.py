from rest_framework.authentication import SessionAuthentication as BaseSessionAuthentication
from rest_framework.request import Request

# The framework imports this module while it is half imported itself (the class is in its settings), so nothing here
# and nothing in the package's __init__ may import its views.


class SessionAuthentication(BaseSessionAuthentication):
    """Know people by their session, and answer 401 (not 403) to those who have none.

    The framework answers 401 only when it can name a way to sign in.
    """

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework's signature
        """Return the value of ``WWW-Authenticate``."""
        return "Session"
