"""Pages about people. allauth's own signs in and out; its sign-up, mail and reset-by-mail pages are left out."""

from allauth.account import views as allauth
from django.urls import URLPattern, URLResolver, include, path

from apps.accounts.views import links, people, projects

# allauth looks these up without a namespace.
SIGN_IN = [
    path("accounts/login/", allauth.login, name="account_login"),
    path("accounts/logout/", allauth.logout, name="account_logout"),
    path("accounts/inactive/", allauth.account_inactive, name="account_inactive"),
    path("accounts/password/change/", allauth.password_change, name="account_change_password"),
]

PAGES = [
    path("accounts/me/", people.me, name="me"),
    path("invitations/<str:token>/", links.invitation, name="invitation"),
    path("password-reset/<str:token>/", links.reset, name="reset"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/audit/", people.audit, name="site-audit"),
    path("people/links/<uuid:link_id>/withdraw/", people.withdraw_link, name="withdraw-link"),
    path("people/<uuid:user_id>/reset-link/", people.make_reset_link, name="make-reset-link"),
    path("people/<uuid:user_id>/active/", people.set_active, name="set-active"),
    path("people/<uuid:user_id>/administrator/", people.set_site_admin, name="set-site-admin"),
    path("projects/", projects.projects, name="projects"),
    path("projects/<uuid:project_id>/members/", projects.members, name="members"),
    path("projects/<uuid:project_id>/settings/", projects.settings, name="project-settings"),
    path("projects/<uuid:project_id>/audit/", projects.audit, name="project-audit"),
    path("projects/<uuid:project_id>/members/<uuid:user_id>/role/", projects.change_role, name="change-role"),
    path(
        "projects/<uuid:project_id>/members/<uuid:user_id>/remove/",
        projects.remove_member,
        name="remove-member",
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [*SIGN_IN, path("", include((PAGES, "accounts")))]
