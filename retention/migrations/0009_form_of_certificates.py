"""Certificates are made in another form from now on (shorter digests, a wider tree); those that stand keep theirs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("retention", "0008_long_search")]

    operations = [
        migrations.AddField("batch", "form", models.PositiveSmallIntegerField(default=1)),
        migrations.AlterField("batch", "form", models.PositiveSmallIntegerField(default=2)),
    ]
