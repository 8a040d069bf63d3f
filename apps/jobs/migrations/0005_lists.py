from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0004_workers_and_last_messages")]

    operations = [
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["state", "-id"], name="jobs_job_of_state"),
        ),
    ]
