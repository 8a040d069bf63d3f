from uuid import uuid4

from apps.accounts.review_settings import values_of
from apps.accounts.selectors import settings_of
from apps.core.editing import version_of
from tests.permissions.table import World, row


def project(world: World) -> dict[str, object]:
    return {"project_id": world.project_id}


def bystander(world: World) -> dict[str, object]:
    return {"user_id": world.bystander.public_id}


def member_of_project(world: World) -> dict[str, object]:
    return project(world) | bystander(world)


def invitation(world: World) -> dict[str, object]:
    from apps.accounts.services import invite

    admin = world.people["administrator"]
    return {"token": world.once("invitation", lambda: invite(actor=admin, email="new@example.org"))[1]}


def reset(world: World) -> dict[str, object]:
    from apps.accounts.services import make_reset_link

    admin = world.people["administrator"]
    return {"token": world.once("reset", lambda: make_reset_link(actor=admin, user=world.bystander))[1]}


def link(world: World) -> dict[str, object]:
    invitation(world)
    return {"link_id": world.made["invitation"][0].public_id}


def protected(world: World) -> dict[str, object]:
    """The reviewer has an app, a passkey and recovery codes."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    def make() -> Authenticator:
        user = world.people["reviewer"]
        TOTP.activate(user, generate_totp_secret())
        RecoveryCodes.activate(user)
        data = {"name": "Laptop", "credential": {}}
        return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)

    world.once("passkey", make)
    return {}


def passkey(world: World) -> dict[str, object]:
    protected(world)
    return {"pk": world.made["passkey"].pk}


def new_role(_: World) -> dict[str, object]:
    return {"role": "reviewer", "version": version_of({"role": "viewer"})}


def token(world: World) -> dict[str, object]:
    """A token of the reviewer; nobody else knows that there is one."""
    from apps.accounts.services import make_api_token

    def make() -> object:
        return make_api_token(user=world.people["reviewer"], name="script", scopes=(), days=7)[0].public_id

    return {"token_id": world.once("accounts-token", make)}


NEW_TOKEN = {"name": "script", "scopes": ["upload"], "days": 90}
ACCEPT = {"name": "New Person", "password": "a long enough secret", "again": "a long enough secret"}
NO_ONE = {"token": "no-such-token"}

ROWS = [
    # Signing in and out
    row("account_login", "GET", "200 302 302 302 302 302 302"),
    row("account_login", "POST", "200 302 302 302 302 302 302"),
    row("account_logout", "GET", "302 200 200 200 200 200 200"),
    row("account_logout", "POST", "302 302 302 302 302 302 302"),
    row("account_inactive", "GET", "200 200 200 200 200 200 200"),
    row("account_change_password", "GET", "302 200 200 200 200 200 200"),
    row("account_change_password", "POST", "302 200 200 200 200 200 200"),
    # Second factors and sessions, each of one's own
    row("account_reauthenticate", "GET", "302 200 200 200 200 200 200"),
    row("account_reauthenticate", "POST", "302 200 200 200 200 200 200"),
    row("mfa_authenticate", "GET", "302 302 302 302 302 302 302"),
    row("mfa_authenticate", "POST", "302 302 302 302 302 302 302"),
    row("mfa_login_webauthn", "GET", "302 302 302 302 302 302 302"),
    row("mfa_login_webauthn", "POST", "302 302 302 302 302 302 302"),
    row("mfa_index", "GET", "302 200 200 200 200 200 200"),
    row("mfa_activate_totp", "GET", "302 200 200 200 200 200 200"),
    row("mfa_activate_totp", "POST", "302 200 200 200 200 200 200", data=lambda _: {"code": "1"}),
    row("mfa_deactivate_totp", "GET", "302 404 404 200 404 404 404", kwargs=protected),
    row("mfa_deactivate_totp", "POST", "302 404 404 302 404 404 404", kwargs=protected),
    row("mfa_view_recovery_codes", "GET", "302 404 404 200 404 404 404", kwargs=protected),
    row("mfa_generate_recovery_codes", "GET", "302 200 200 200 200 200 200", kwargs=protected),
    row("mfa_generate_recovery_codes", "POST", "302 200 200 302 200 200 200", kwargs=protected),
    row("mfa_add_webauthn", "GET", "302 200 200 200 200 200 200"),
    row("mfa_add_webauthn", "POST", "302 200 200 200 200 200 200", data=lambda _: {"credential": "{}"}),
    row("mfa_edit_webauthn", "GET", "302 404 404 200 404 404 404", kwargs=passkey),
    row(
        "mfa_edit_webauthn",
        "POST",
        "302 404 404 302 404 404 404",
        kwargs=passkey,
        data=lambda _: {"name": "New"},
    ),
    row("mfa_remove_webauthn", "GET", "302 404 404 200 404 404 404", kwargs=passkey),
    row("mfa_remove_webauthn", "POST", "302 404 404 302 404 404 404", kwargs=passkey),
    row("accounts:end-other-sessions", "POST", "302 302 302 302 302 302 302"),
    row(
        "accounts:end-session",
        "POST",
        "302 404 404 404 404 404 404",
        kwargs=lambda _: {"session_id": uuid4()},
    ),
    row("accounts:me", "GET", "302 200 200 200 200 200 200"),
    row("accounts:me", "POST", "302 302 302 302 302 302 302", data=lambda _: {"name": "Me"}),
    # Links: whoever holds one may follow it
    row("accounts:invitation", "GET", "200 200 200 200 200 200 200", kwargs=invitation),
    row(
        "accounts:invitation", "POST", "302 302 302 302 302 302 302", kwargs=invitation, data=lambda _: ACCEPT
    ),
    row("accounts:invitation", "GET", "404 404 404 404 404 404 404", kwargs=lambda _: NO_ONE),
    row("accounts:invitation", "GET", "404 404 404 404 404 404 404", kwargs=reset),
    row("accounts:reset", "GET", "200 200 200 200 200 200 200", kwargs=reset),
    row("accounts:reset", "POST", "302 302 302 302 302 302 302", kwargs=reset, data=lambda _: ACCEPT),
    row("accounts:reset", "GET", "404 404 404 404 404 404 404", kwargs=lambda _: NO_ONE),
    # Accounts: the site administrator's
    row("accounts:people", "GET", "302 403 403 403 403 403 200"),
    row("accounts:site-audit", "GET", "302 403 403 403 403 403 200"),
    row("accounts:site-audit-export", "GET", "302 403 403 403 403 403 200"),
    row("accounts:site-audit", "GET", "302 403 403 403 403 403 400", query="?since=yesterday"),
    row("accounts:invite", "POST", "302 403 403 403 403 403 201", data=lambda _: {"email": "x@example.org"}),
    row("accounts:invite", "POST", "302 403 403 403 403 403 422", data=lambda _: {"email": "nonsense"}),
    row("accounts:withdraw-link", "POST", "302 403 403 403 403 403 302", kwargs=link),
    row("accounts:reset-second-factor", "POST", "302 403 403 403 403 403 302", kwargs=bystander),
    row("accounts:sign-out-person", "POST", "302 403 403 403 403 403 302", kwargs=bystander),
    row("accounts:make-reset-link", "POST", "302 403 403 403 403 403 201", kwargs=bystander),
    row(
        "accounts:set-active",
        "POST",
        "302 403 403 403 403 403 302",
        kwargs=bystander,
        data=lambda _: {"active": "false"},
    ),
    row(
        "accounts:set-site-admin",
        "POST",
        "302 403 403 403 403 403 302",
        kwargs=bystander,
        data=lambda _: {"admin": "true"},
    ),
    row("accounts:erase-person", "GET", "302 403 403 403 403 403 200", kwargs=bystander),
    row("accounts:erase-person", "POST", "302 403 403 403 403 403 422", kwargs=bystander),
    row(
        "accounts:erase-person",
        "POST",
        "302 403 403 403 403 403 302",
        kwargs=bystander,
        data=lambda world: {"typed": world.bystander.email},
    ),
    # Projects and their members
    row("accounts:projects", "GET", "302 200 200 200 200 200 200"),
    row(
        "accounts:projects",
        "POST",
        "302 403 403 403 403 403 302",
        data=lambda _: {"name": "New", "manage": "on"},
    ),
    row("accounts:members", "GET", "302 404 200 200 200 200 200", kwargs=project),
    row(
        "accounts:members",
        "POST",
        "302 404 403 403 403 302 302",
        kwargs=project,
        data=lambda world: {"email": world.stranger.email, "role": "viewer"},
    ),
    row(
        "accounts:project-settings",
        "POST",
        "302 404 403 403 403 302 302",
        kwargs=project,
        data=lambda world: {"name": "Renamed", "version": version_of(settings_of(world.project))},
    ),
    row("accounts:review-settings", "GET", "302 404 403 403 403 200 200", kwargs=project),
    row(
        "accounts:review-settings",
        "POST",
        "302 404 403 403 403 302 302",
        kwargs=project,
        data=lambda world: {**values_of(world.project), "version": version_of(values_of(world.project))},
    ),
    row("accounts:project-audit", "GET", "302 404 403 403 403 200 200", kwargs=project),
    row("accounts:project-audit-export", "GET", "302 404 403 403 403 200 200", kwargs=project),
    row(
        "accounts:change-role",
        "POST",
        "302 404 403 403 403 302 302",
        kwargs=member_of_project,
        data=new_role,
    ),
    row("accounts:remove-member", "POST", "302 404 403 403 403 302 302", kwargs=member_of_project),
    # Tokens: everybody's own
    row("accounts:api-tokens", "GET", "302 200 200 200 200 200 200"),
    row("accounts:api-tokens", "POST", "302 201 201 201 201 201 201", data=lambda _: NEW_TOKEN),
    row(
        "accounts:api-tokens", "POST", "302 422 422 422 422 422 422", data=lambda _: {"name": "", "days": 90}
    ),
    row("accounts:revoke-api-token", "POST", "302 404 404 302 404 404 404", kwargs=token),
    # API
    row("accounts-api:me", "GET", "401 200 200 200 200 200 200"),
    row("accounts-api:projects", "GET", "401 200 200 200 200 200 200"),
    row("accounts-api:projects", "GET", "401 400 400 400 400 400 400", query="?is_demo=perhaps"),
    row("accounts-api:projects", "POST", "401 403 403 403 403 403 201", data=lambda _: {"name": "New"}),
    row("accounts-api:project", "GET", "401 404 200 200 200 200 200", kwargs=project),
    row(
        "accounts-api:project",
        "PATCH",
        "401 404 403 403 403 200 200",
        kwargs=project,
        data=lambda world: {"name": "Renamed", "version": version_of(settings_of(world.project))},
    ),
    row("accounts-api:review-settings", "GET", "401 404 200 200 200 200 200", kwargs=project),
    row(
        "accounts-api:review-settings",
        "PATCH",
        "401 404 403 403 403 200 200",
        kwargs=project,
        data=lambda world: {"blind_first": True, "version": version_of(values_of(world.project))},
    ),
    row("accounts-api:members", "GET", "401 404 200 200 200 200 200", kwargs=project),
    row(
        "accounts-api:members",
        "POST",
        "401 404 403 403 403 201 201",
        kwargs=project,
        data=lambda world: {"email": world.stranger.email, "role": "viewer"},
    ),
    row("accounts-api:member", "GET", "401 404 200 200 200 200 200", kwargs=member_of_project),
    row(
        "accounts-api:member",
        "PATCH",
        "401 404 403 403 403 200 200",
        kwargs=member_of_project,
        data=new_role,
    ),
    row("accounts-api:member", "DELETE", "401 404 403 403 403 204 204", kwargs=member_of_project),
]
