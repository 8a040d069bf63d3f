from django.db import migrations

from apps.core.triggers import AppendOnly, Replace

# What the person did, and what was tried in the person's name while nobody was signed in.
OF_AN_ERASED_PERSON = (
    'EXISTS (SELECT 1 FROM "core_erasure" e WHERE e."kind" = \'person\' '
    'AND (e."row" = OLD."actor_id" OR (OLD."actor_id" IS NULL AND e."target" = OLD."target")))'
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_sessions_by_hash"),
        ("core", "0002_erasing"),
    ]

    operations = [
        Replace(
            AppendOnly("accounts_auditevent"),
            AppendOnly("accounts_auditevent", forget=["address"], forget_if=OF_AN_ERASED_PERSON),
        )
    ]
