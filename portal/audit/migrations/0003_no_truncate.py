"""The trail cannot be emptied either: TRUNCATE fires no trigger of rows."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION audit_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail is append-only: % cannot be emptied', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_no_truncate();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_chain")]

    operations = [
        migrations.RunSQL(
            REFUSE, "DROP TRIGGER audit_no_truncate ON audit_entry; DROP FUNCTION audit_no_truncate();"
        ),
    ]
