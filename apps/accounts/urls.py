"""Pages about people. allauth's own signs in and out; its sign-up, mail and reset-by-mail pages are left out."""

from allauth.account import views as allauth
from django.urls import URLPattern, URLResolver, include, path

from apps.accounts.confirm import confirmed_only
from apps.accounts.views import (
    api_tokens,
    audit,
    erasing,
    factors,
    links,
    people,
    projects,
    review_settings,
    security,
    sign_out,
)

# allauth looks these up without a namespace.
SIGN_IN = [
    path("accounts/login/", allauth.login, name="account_login"),
    path("accounts/logout/", sign_out.sign_out, name="account_logout"),
    path("accounts/inactive/", allauth.account_inactive, name="account_inactive"),
    path(
        "accounts/password/change/", confirmed_only(allauth.password_change), name="account_change_password"
    ),
    path("accounts/confirm/", factors.confirm, name="account_reauthenticate"),
    path("accounts/second-factor/", factors.second_factor, name="mfa_authenticate"),
    path("accounts/passkey/", factors.sign_in_by_passkey, name="mfa_login_webauthn"),
    path("accounts/security/", security.security, name="mfa_index"),
    path("accounts/security/app/", factors.add_app, name="mfa_activate_totp"),
    path("accounts/security/app/remove/", factors.remove_app, name="mfa_deactivate_totp"),
    path("accounts/security/codes/", factors.recovery_codes, name="mfa_view_recovery_codes"),
    path("accounts/security/codes/new/", factors.new_recovery_codes, name="mfa_generate_recovery_codes"),
    path("accounts/security/passkeys/add/", factors.add_passkey, name="mfa_add_webauthn"),
    path("accounts/security/passkeys/<int:pk>/", factors.rename_passkey, name="mfa_edit_webauthn"),
    path("accounts/security/passkeys/<int:pk>/remove/", factors.remove_passkey, name="mfa_remove_webauthn"),
]

PAGES = [
    path("accounts/me/", people.me, name="me"),
    path("accounts/security/sessions/end/", security.end_other_sessions, name="end-other-sessions"),
    path("accounts/security/sessions/<uuid:session_id>/end/", security.end_session, name="end-session"),
    path("accounts/tokens/", api_tokens.tokens, name="api-tokens"),
    path("accounts/tokens/<uuid:token_id>/revoke/", api_tokens.revoke, name="revoke-api-token"),
    path("invitations/<str:token>/", links.invitation, name="invitation"),
    path("password-reset/<str:token>/", links.reset, name="reset"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/audit/", audit.of_site, name="site-audit"),
    path("people/audit/export/", audit.export_of_site, name="site-audit-export"),
    path("people/links/<uuid:link_id>/withdraw/", people.withdraw_link, name="withdraw-link"),
    path("people/<uuid:user_id>/reset-link/", people.make_reset_link, name="make-reset-link"),
    path("people/<uuid:user_id>/active/", people.set_active, name="set-active"),
    path("people/<uuid:user_id>/second-factor/", people.reset_second_factor, name="reset-second-factor"),
    path("people/<uuid:user_id>/sign-out/", people.sign_out, name="sign-out-person"),
    path("people/<uuid:user_id>/erase/", erasing.erase_person, name="erase-person"),
    path("people/<uuid:user_id>/administrator/", people.set_site_admin, name="set-site-admin"),
    path("projects/", projects.projects, name="projects"),
    path("projects/<uuid:project_id>/members/", projects.members, name="members"),
    path("projects/<uuid:project_id>/settings/", projects.settings, name="project-settings"),
    path(
        "projects/<uuid:project_id>/review-settings/",
        review_settings.review_settings,
        name="review-settings",
    ),
    path("projects/<uuid:project_id>/audit/", audit.of_project, name="project-audit"),
    path("projects/<uuid:project_id>/audit/export/", audit.export_of_project, name="project-audit-export"),
    path("projects/<uuid:project_id>/members/<uuid:user_id>/role/", projects.change_role, name="change-role"),
    path(
        "projects/<uuid:project_id>/members/<uuid:user_id>/remove/",
        projects.remove_member,
        name="remove-member",
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [*SIGN_IN, path("", include((PAGES, "accounts")))]
