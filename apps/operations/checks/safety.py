"""What keeps the site to those it is for: secret key, encryption, the settings that Django itself judges."""

import ipaddress
import stat
from pathlib import Path

from django.conf import settings
from django.core.checks import registry
from django.core.checks.messages import CheckMessage

from apps.core.checks import Area, Check

SAFETY = Area("Safety")
_NO_HSTS = "security.W004"


def secret_key() -> Check:
    """See where the key for sessions and links is kept, and who else may read it."""
    path = Path(settings.WBCWEB_DATA_DIR) / "secret_key"
    try:
        found = path.stat()
    except FileNotFoundError:
        return SAFETY.ok("Secret key", "It comes from the environment and lies in no file.")
    if stat.S_IMODE(found.st_mode) & 0o077:
        return SAFETY.fail(
            "Secret key",
            f"Other accounts of this machine may read {path}.",
            f"Run “chmod 600 {path}”; if others use this machine, remove the file and start the site anew "
            "(everybody signs in again, and authenticator apps are to be set up anew).",
        )
    return SAFETY.ok("Secret key", "It lies in the data folder, for the site's account alone.")


def data_folder() -> Check:
    """See who else may look into the folder of the site's data."""
    path = Path(settings.WBCWEB_DATA_DIR)
    if path.is_dir() and stat.S_IMODE(path.stat().st_mode) & 0o007:
        return SAFETY.fail(
            "Data folder",
            f"Every account of this machine may look into {path}, where names and hashes of passwords lie.",
            f"Run “chmod o-rwx {path}”.",
        )
    return SAFETY.ok("Data folder", "Other accounts of this machine may not look into it.")


def debugging() -> Check:
    """See that no page shows the software's inside."""
    if settings.DEBUG:
        return SAFETY.fail(
            "Debugging pages",
            "WBCWEB_DEBUG is on: error pages show settings and data.",
            "Unset WBCWEB_DEBUG and start the site again.",
        )
    return SAFETY.ok("Debugging pages", "They are off.")


def encryption() -> Check:
    """See whether what people send could be read on its way."""
    if not others_can_reach():
        return SAFETY.ok("Encryption", "The site answers this machine alone, so nothing goes over a network.")
    if not settings.SESSION_COOKIE_SECURE:
        return SAFETY.fail(
            "Encryption",
            "Other machines can reach the site, and passwords and pictures go over the network unencrypted.",
            "Serve the site by HTTPS and set WBCWEB_HTTPS=true.",
        )
    return SAFETY.ok("Encryption", "People reach the site by HTTPS only.")


def others_can_reach() -> bool:
    """Return whether the site answers to a name that means more than this machine."""
    return not all(_is_this_machine(name) for name in settings.ALLOWED_HOSTS)


def _is_this_machine(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def deployment() -> Check:
    """Let Django judge the settings of a site that others reach."""
    if not others_can_reach():
        return SAFETY.ok("Settings", "The rules for a site on a network do not apply to this machine alone.")
    problems = {str(problem.id) for problem in _problems()}
    chosen = settings.SECURE_SSL_REDIRECT and _NO_HSTS in problems
    if broken := sorted(problems - ({_NO_HSTS} if chosen else set())):
        return SAFETY.warn(
            "Settings",
            f"Of Django's rules for a site on a network these are not kept: {', '.join(broken)}.",
            "Run “manage.py check --deploy”, which explains each of them.",
        )
    but = ", but for strict transport security, which WBCWEB_HSTS turns off" if chosen else ""
    return SAFETY.ok("Settings", f"All of Django's rules for a site on a network are kept{but}.")


def _problems() -> list[CheckMessage]:
    found = registry.run_checks(tags=["security"], include_deployment_checks=True)
    return [message for message in found if not message.is_silenced()]
