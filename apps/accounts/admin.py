"""The Django admin as a window, not a door: changes go through the pages, which check and record them."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.accounts.models import AccountLink, ApiToken, AuditEvent, Membership, Project, User

# People sign in at one door only, behind one lockout.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign] # allauth's way


def _password_change(request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Lead to the site's own page for it, which is limited and puts the change on record."""
    return redirect("account_change_password")


admin.site.password_change = _password_change  # type: ignore[assignment]
admin.site.site_header = admin.site.site_title = "wbcweb"

admin.site.unregister(Group)
admin.site.unregister(EmailAddress)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Show rows to site administrators and let nobody change them here."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - as above
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - as above
        """Return False."""
        return False


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Accounts."""

    list_display = ("email", "name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    exclude = ("password", "groups", "user_permissions")


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    """Projects."""

    list_display = ("name", "is_demo", "created_at")
    search_fields = ("name",)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Roles."""

    list_display = ("project", "user", "role", "created_at")
    list_filter = ("role", "project")
    list_select_related = ("project", "user")


@admin.register(AccountLink)
class AccountLinkAdmin(ReadOnlyAdmin):
    """Invitation and reset links, without their tokens, which nobody knows."""

    list_display = (
        "email",
        "purpose",
        "made_by",
        "expires_at",
        "used_at",
        "withdrawn_at",
    )
    list_filter = ("purpose",)
    exclude = ("token_hash",)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens for programs, without their keys, which nobody knows."""

    list_display = ("user", "name", "scopes", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__email")
    exclude = ("key_hash",)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """The record of what people did."""

    list_display = ("created_at", "actor", "verb", "project", "target", "address")
    list_filter = ("verb", "project")
    list_select_related = ("actor", "project")
    search_fields = ("target", "actor__email")
