"""The Django admin as a window, not a door: changes go through the pages, which check and record them."""

from typing import Any, ClassVar

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from apps.accounts.models import AccountLink, AuditEvent, Membership, Project, User

# People sign in at one door only, behind one lockout.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "wbcweb"

admin.site.unregister(Group)
admin.site.unregister(EmailAddress)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
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

    list_display: ClassVar[list[str]] = ["email", "name", "is_active", "is_superuser", "last_login"]
    list_filter: ClassVar[list[str]] = ["is_active", "is_superuser"]
    search_fields: ClassVar[list[str]] = ["email", "name"]
    exclude: ClassVar[list[str]] = ["password", "groups", "user_permissions"]


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    """Projects."""

    list_display: ClassVar[list[str]] = ["name", "is_demo", "created_at"]
    search_fields: ClassVar[list[str]] = ["name"]


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Roles."""

    list_display: ClassVar[list[str]] = ["project", "user", "role", "created_at"]
    list_filter: ClassVar[list[str]] = ["role", "project"]
    list_select_related: ClassVar[list[str]] = ["project", "user"]


@admin.register(AccountLink)
class AccountLinkAdmin(ReadOnlyAdmin):
    """Invitation and reset links, without their tokens, which nobody knows."""

    list_display: ClassVar[list[str]] = [
        "email",
        "purpose",
        "made_by",
        "expires_at",
        "used_at",
        "withdrawn_at",
    ]
    list_filter: ClassVar[list[str]] = ["purpose"]
    exclude: ClassVar[list[str]] = ["token_hash"]


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """The record of what people did."""

    list_display: ClassVar[list[str]] = ["created_at", "actor", "verb", "project", "target", "address"]
    list_filter: ClassVar[list[str]] = ["verb", "project"]
    list_select_related: ClassVar[list[str]] = ["actor", "project"]
    search_fields: ClassVar[list[str]] = ["target", "actor__email"]
