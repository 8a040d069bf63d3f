from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

if TYPE_CHECKING:
    from apps.accounts.models.api_token import ApiToken


# Erased persons have an address here: the domain is reserved and never exists (RFC 2606).
ERASED_DOMAIN = "erased.invalid"


class UserManager(BaseUserManager["User"]):
    """Make users, known by their e-mail address in lower case."""

    use_in_migrations = True

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address as it is stored and compared."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this address, whatever the case it was typed in."""
        return self.get(email=self.normalize_email(username))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user; without a password none can be used to sign in.

        Raises:
            ValueError: when the address is empty.
        """
        email = self.normalize_email(email)
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a site administrator."""
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by an e-mail address; ``is_superuser`` makes a site administrator."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    # Made up by the site, which has shown it once: to be replaced by one's own before anything else.
    password_is_initial = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    # The token with which this request came, if it came with one: it limits what the person may do here.
    through: "ApiToken | None" = None

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering: ClassVar[list[str]] = ["email"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="accounts_user_email_lower"
            ),
            models.CheckConstraint(
                condition=models.Q(is_superuser=False) | models.Q(is_staff=True),
                name="accounts_user_administrator_is_staff",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """Return the name, or the address of a person who gave none."""
        return self.name or self.email

    @property
    def is_erased(self) -> bool:
        """Return whether this is what remains of a person who was erased."""
        return self.email.endswith(f"@{ERASED_DOMAIN}")

    def get_full_name(self) -> str:
        """Return the name under which the Django admin greets."""
        return self.display_name

    def get_short_name(self) -> str:
        """Return the same name."""
        return self.display_name

    def clean(self) -> None:
        """Bring the address into the form in which it is stored."""
        super().clean()
        self.email = UserManager.normalize_email(self.email)
