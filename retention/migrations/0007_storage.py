"""Keys and digests are stored as they are: to try to make digests smaller is in vain, and a list of keys goes soon."""

from django.db import migrations

COLUMNS = (
    ("retention_chunk", "keys"),
    ("retention_journalentry", "keys"),
    ("retention_batch", "digests"),
)


def storage(kind: str) -> str:
    return ";".join(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE {kind}" for table, column in COLUMNS)


class Migration(migrations.Migration):
    dependencies = [("retention", "0006_runs")]

    operations = [migrations.RunSQL(storage("EXTERNAL"), storage("EXTENDED"))]
