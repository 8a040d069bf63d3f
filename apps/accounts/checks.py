"""The accounts room's part of the self-check."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef

from apps.accounts import factors
from apps.accounts.models import User
from apps.core.checks import Area, Check

SAFETY = Area("Safety")
_NAME = "Administrators"


def administrators() -> Check:
    """See who runs the site with a password alone."""
    own = Authenticator.objects.filter(user=OuterRef("pk"), type__in=factors.TYPES)
    rows = User.objects.filter(is_superuser=True, is_active=True).annotate(has_factor=Exists(own))
    without = [user.email for user in rows.order_by("email") if not user.has_factor]
    if not without:
        return SAFETY.ok(_NAME, f"Each of the {len(rows)} has a second factor.")
    named = ", ".join(without[:3]) + (" and more" if len(without) > 3 else "")
    seen = f"{len(without)} of {len(rows)} without a second factor: {named}."
    if settings.WBCWEB_REQUIRE_ADMIN_MFA:
        return SAFETY.warn(
            _NAME,
            f"{seen} The site asks for one at the next sign-in.",
            "Deactivate accounts that nobody uses.",
        )
    return SAFETY.ok(_NAME, f"{seen} On this machine alone that is enough.")
