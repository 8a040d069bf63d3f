from allauth.account.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods


class SignOutView(LogoutView):
    """Sign out, and let the browser forget the pictures it has kept."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """End the session. What a page keeps until it is saved (labels of a lost connection) stays."""
        response: HttpResponse = super().post(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


sign_out = require_http_methods(["GET", "HEAD", "POST"])(SignOutView.as_view())
