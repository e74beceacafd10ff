"""What an import needs in order to be resumed and undone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subjects", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="importchange", name="subjects_im_batch_i_ffbc3d_idx"),
        migrations.AddField("importbatch", "verb", models.CharField(blank=True, max_length=10)),
        migrations.AddField("importbatch", "acted_by", models.CharField(blank=True, max_length=60)),
        migrations.AddField("importbatch", "kept", models.PositiveIntegerField(default=0)),
        migrations.AddField("importchange", "after", models.CharField(default="", max_length=32)),
        migrations.AddField("importchange", "kept", models.CharField(blank=True, max_length=200)),
        migrations.AddIndex(
            "importchange", models.Index(fields=["batch", "id"], name="import_change_latest")
        ),
    ]
