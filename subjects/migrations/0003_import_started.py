"""When the work on an import began, for how long it has taken so far."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subjects", "0002_import_notes")]

    operations = [
        migrations.AddField("importbatch", "started_at", models.DateTimeField(blank=True, null=True)),
    ]
