from django.db import migrations

from apps.core.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [AppendOnly("accounts_auditevent")]
