"""What changes accounts, projects and roles; every act checks the actor and writes its record."""

from apps.accounts.services.api_tokens import (
    make_api_token,
    note_use,
    revoke_all_api_tokens,
    revoke_api_token,
)
from apps.accounts.services.erasing import erase_person
from apps.accounts.services.factors import reset_second_factor
from apps.accounts.services.links import (
    accept_invitation,
    accept_reset,
    invite,
    make_reset_link,
    withdraw_link,
)
from apps.accounts.services.people import change_name, set_active, set_site_admin
from apps.accounts.services.projects import (
    add_member,
    change_role,
    create_project,
    remove_member,
    set_role,
    update_project,
)
from apps.accounts.services.review_settings import change_review_settings
from apps.accounts.services.sessions import (
    end_other_sessions,
    end_own_session,
    end_sessions,
    sign_out_person,
)

__all__ = [
    "accept_invitation",
    "accept_reset",
    "add_member",
    "change_name",
    "change_review_settings",
    "change_role",
    "create_project",
    "end_other_sessions",
    "end_own_session",
    "end_sessions",
    "erase_person",
    "invite",
    "make_api_token",
    "make_reset_link",
    "note_use",
    "remove_member",
    "reset_second_factor",
    "revoke_all_api_tokens",
    "revoke_api_token",
    "set_active",
    "set_role",
    "set_site_admin",
    "sign_out_person",
    "update_project",
    "withdraw_link",
]
