from django.db import migrations

from apps.core.triggers import ForbidUpdate


class Migration(migrations.Migration):
    dependencies = [("slides", "0001_initial")]

    operations = [
        ForbidUpdate("slides_slide", ["project_id", "simulated"]),
        ForbidUpdate(
            "slides_field", ["slide_id", "project_id", "image_key", "width", "height", "pixel_sha256"]
        ),
    ]
