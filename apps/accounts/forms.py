from typing import Any

from allauth.account.forms import ChangePasswordForm as BaseChangePasswordForm
from allauth.account.forms import LoginForm as BaseLoginForm
from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password

from apps.accounts.models import Project, Role, Scope, User
from apps.accounts.selectors import settings_of
from apps.core.editing import version_of

LONGEST_PASSWORD = 128


def _plain(field: forms.Field, *, label: str, help_text: str = "", **attrs: str) -> None:
    """Give a field of a library our words: a label instead of a placeholder."""
    field.label = label
    field.help_text = help_text
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attrs)


class LoginForm(BaseLoginForm):
    """Sign in with e-mail address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["login"], label="E-mail address", autocomplete="username")
        _plain(self.fields["password"], label="Password", autocomplete="current-password")


class ChangePasswordForm(BaseChangePasswordForm):
    """Set a new password, knowing the present one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["oldpassword"], label="Present password")
        _plain(
            self.fields["password1"],
            label="New password",
            help_text=" ".join(password_validators_help_texts()),
        )
        _plain(self.fields["password2"], label="New password again")


class NewPasswordForm(forms.Form):
    """Choose a password, typed twice."""

    password = forms.CharField(
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="Password again",
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        """Compare the two, then hold the password against the site's rules."""
        values = super().clean() or {}
        password, again = values.get("password"), values.get("again")
        if password and again and password != again:
            self.add_error("again", "The two passwords are not the same.")
        elif password:
            self.user.name = values.get("name", self.user.name)
            try:
                validate_password(password, self.user)
            except forms.ValidationError as problem:
                self.add_error("password", problem)
        return values


class AcceptInvitationForm(NewPasswordForm):
    """Say one's name and choose a password."""

    name = forms.CharField(
        label="Your name",
        max_length=150,
        help_text="Shown to the people of your projects.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order: tuple[str, ...] = ("name", "password", "again")


class InvitationForm(forms.Form):
    """Invite a person, with a role in a project or without."""

    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    project = forms.ModelChoiceField(
        queryset=Project.objects.all(),
        to_field_name="public_id",
        required=False,
        empty_label="No project yet",
    )
    role = forms.ChoiceField(choices=[("", "No role yet"), *Role.choices], required=False)
    is_site_admin = forms.BooleanField(
        label="Site administrator",
        required=False,
        help_text="Runs the site: accounts, workers, settings. May neither upload nor label without a role.",
    )

    def clean(self) -> dict[str, Any]:
        """A project needs a role and a role needs a project."""
        values = super().clean() or {}
        if values.get("project") and not values.get("role"):
            self.add_error("role", "Choose what the person may do in the project.")
        if values.get("role") and "project" in values and not values["project"]:
            self.add_error("project", "Choose the project in which the person has this role.")
        return values


class ProjectForm(forms.Form):
    """Name and describe a project."""

    name = forms.CharField(max_length=120)
    description = forms.CharField(max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class ProjectSettingsForm(ProjectForm):
    """Change name and description as they were when the form was drawn."""

    version = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        values = settings_of(project)
        kwargs.setdefault("initial", {**values, "version": version_of(values)})
        super().__init__(*args, **kwargs)


class NewProjectForm(ProjectForm):
    """Make a project."""

    manage = forms.BooleanField(
        label="Make me its manager",
        required=False,
        initial=True,
        help_text="A site administrator alone may neither upload nor label.",
    )


class MemberForm(forms.Form):
    """Give the owner of an account a role."""

    email = forms.EmailField(
        label="E-mail address",
        help_text="The person needs an account; a site administrator can invite one.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.REVIEWER)


class RoleForm(forms.Form):
    """Change a member's role, as it was when the form was drawn."""

    role = forms.ChoiceField(choices=Role.choices)
    version = forms.CharField(max_length=64)


class NameForm(forms.Form):
    """Say how the site calls one."""

    name = forms.CharField(
        max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class ApiTokenForm(forms.Form):
    """Make a token for a program."""

    name = forms.CharField(
        max_length=80,
        label="What it is for",
        help_text="Such as the name of a machine or a script.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        choices=[choice for choice in Scope.choices if choice[0] != Scope.READ],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="What it may do, besides seeing and downloading",
        help_text="Never more than you may do yourself.",
    )
    days = forms.TypedChoiceField(
        choices=[(7, "A week"), (30, "A month"), (90, "Three months"), (365, "A year")],
        coerce=int,
        initial=90,
        label="How long it works",
    )
