"""The tree over the digests of a certificate is a wide one from now on; those that stand keep the binary one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("retention", "0008_long_search")]

    operations = [
        migrations.AddField("batch", "width", models.PositiveSmallIntegerField(default=2)),
        migrations.AlterField("batch", "width", models.PositiveSmallIntegerField(default=64)),
    ]
