"""Acts become numbered, chained entries when their transaction commits."""

from django.db import migrations

CHAIN = """
CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_number bigint;
    last_digest text;
BEGIN
    PERFORM pg_advisory_xact_lock(1635083369);
    SELECT number, digest INTO last_number, last_digest FROM audit_entry ORDER BY number DESC LIMIT 1;
    last_number := coalesce(last_number, 0) + 1;
    last_digest := coalesce(last_digest, repeat('0', 64));
    INSERT INTO audit_entry (number, at, verb, actor, target, reason, previous, digest)
    VALUES (
        last_number, NEW.at, NEW.verb, NEW.actor, NEW.target, NEW.reason, last_digest,
        encode(sha256(convert_to(
            last_number || E'\\n' || to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')
            || E'\\n' || NEW.verb || E'\\n' || NEW.actor || E'\\n' || NEW.target || E'\\n' || NEW.reason
            || E'\\n' || last_digest, 'UTF8')), 'hex')
    );
    DELETE FROM audit_act WHERE id = NEW.id;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER audit_chain AFTER INSERT ON audit_act
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_chain();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(CHAIN, "DROP TRIGGER audit_chain ON audit_act; DROP FUNCTION audit_chain();"),
    ]
