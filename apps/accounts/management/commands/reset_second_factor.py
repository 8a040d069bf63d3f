from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User, UserManager
from apps.accounts.services import reset_second_factor


class Command(BaseCommand):
    """Remove the second factors of a person who lost them; for the operator of the machine."""

    help = (
        "Remove the second factors of a person who lost them. The person then signs in with the password alone; "
        "all sessions of the person end. It goes on record."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the address of the account."""
        parser.add_argument("email", help="e-mail address of the account")

    def handle(self, *_args: Any, email: str, **_options: Any) -> None:
        """Do it."""
        user = User.objects.filter(email=UserManager.normalize_email(email)).first()
        if user is None:
            raise CommandError(f"There is no account with the address {email}.")
        removed = reset_second_factor(actor=None, user=user)
        if removed:
            self.stdout.write(f"{user.email} signs in with the password alone.")
        else:
            self.stdout.write(f"{user.email} had no second factor.")
