"""Users, projects, roles, links and the audit. Other rooms import from here."""

from apps.accounts.models.api_token import ApiToken, Scope
from apps.accounts.models.audit import AuditEvent
from apps.accounts.models.link import AccountLink
from apps.accounts.models.project import Adjudicator, Membership, Project, ProjectQuerySet, Role
from apps.accounts.models.session import Session
from apps.accounts.models.user import User, UserManager

__all__ = [
    "AccountLink",
    "Adjudicator",
    "ApiToken",
    "AuditEvent",
    "Membership",
    "Project",
    "ProjectQuerySet",
    "Role",
    "Scope",
    "Session",
    "User",
    "UserManager",
]
