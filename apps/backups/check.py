"""What the self-check says of backups."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from apps.backups.models import BackupRun
from apps.backups.words import counted, size
from apps.core.checks import Area, Check
from apps.slides.models import Slide

FRESH = timedelta(days=7)
_DATA = Area("Data")
_HOW = "Run “make backup”, best every night; the page Backup of the manual says how."


def newest_backup() -> Check:
    """Return when the newest backup was made, and whether it lacks anything."""
    newest = BackupRun.objects.first()
    if newest is None:
        if not Slide.objects.filter(simulated=False).exists():
            return _DATA.ok("Backup", "None yet, and nothing but simulated slides to lose.")
        return _DATA.warn("Backup", "None has been made on this site.", _HOW)
    age = timezone.now() - newest.finished_at
    seen = f"The newest, {newest.name}, holds {counted(newest.objects_stored, 'file')}, {size(newest.bytes)}."
    missing = newest.objects_missing
    if missing:
        return _DATA.fail(
            "Backup",
            f"{seen} The database names {counted(missing, 'file')} more, missing from the store already.",
            "Find out what removed them (the manifest of the backup names some), and restore them from an older one.",
        )
    if age > FRESH:
        return _DATA.warn("Backup", f"{seen} It is {age.days} days old.", _HOW)
    return _DATA.ok("Backup", seen)
