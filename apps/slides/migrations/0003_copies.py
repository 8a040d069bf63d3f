from django.db import migrations

from apps.core.triggers import CopyOf, ForbidUpdate


class Migration(migrations.Migration):
    dependencies = [("slides", "0002_seals")]

    operations = [
        ForbidUpdate("slides_specimen", ["project_id"]),
        ForbidUpdate("slides_deviceprofile", ["project_id"]),
        CopyOf("slides_slide", "project_id", "specimen_id", "slides_specimen"),
        CopyOf("slides_field", "project_id", "slide_id", "slides_slide"),
    ]
