"""What an unsubscribe link asks and writes, as functions: the database plans a function once for each connection, and a
statement each time, which took longer than to carry it out. `consent.links` and `consent.quick` say what they are for.
"""

from django.db import migrations

# Two joins and no OR, because each of them finds its row by an index.
READ = """
CREATE FUNCTION consent_target(person bigint, about integer) RETURNS TABLE (
    subject_id uuid, address varchar, reference varchar, email varchar, second_email varchar, phone varchar,
    mobile varchar, key varchar, purpose varchar, channel varchar, name varchar, act varchar, event_id bigint
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT a.subject_id, a.address, s.reference, s.email, s.second_email, s.phone, s.mobile,
           c.key, c.purpose, c.channel, c.name, coalesce(f.act, g.act, ''), coalesce(f.event_id, g.event_id, 0)
    FROM consent_addressee a
    JOIN consent_campaign c ON c.id = about
    LEFT JOIN subjects_subject s ON s.id = a.subject_id
    LEFT JOIN consent_consentflag f
           ON f.subject_id = a.subject_id AND f.purpose = c.purpose AND f.channel = c.channel
    LEFT JOIN consent_consentflag g
           ON a.subject_id IS NULL AND g.subject_id IS NULL AND g.address = a.address
          AND g.purpose = c.purpose AND g.channel = c.channel
    WHERE a.id = person;
END
$$
"""

# The trigger of the ledger keeps the flag; the key keeps two that come at once from writing two events.
SAY_NO = """
CREATE FUNCTION consent_say_no(
    who uuid, alone varchar, person varchar, about varchar, way varchar, said varchar, by_way_of varchar,
    proof varchar, once varchar, moment timestamptz, codes text[], by_whom varchar, recorded varchar, suppressed varchar
) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    written bigint;
BEGIN
    WITH event AS (
        INSERT INTO consent_consentevent
            (subject_id, address, purpose, channel, act, how, evidence, key, happened_at, recorded_at)
        VALUES (who, alone, about, way, said, by_way_of, proof, once, moment, moment)
        ON CONFLICT (key) DO NOTHING
        RETURNING id
    ), listed AS (
        INSERT INTO consent_suppression (digest, channel, purpose, created_at)
        SELECT code, way, about, moment FROM event, unnest(codes) AS code
        ON CONFLICT (digest, channel, purpose) WHERE lifted_at IS NULL DO NOTHING
        RETURNING 1
    ), acts AS (
        INSERT INTO audit_act (at, verb, actor, target, reason)
        SELECT moment, verb, by_whom, target, reason FROM (
            SELECT 1 AS line, recorded AS verb, coalesce('subject:' || person, 'consent:' || id) AS target,
                   said || ' ' || way AS reason
            FROM event
            UNION ALL
            SELECT 2, suppressed, 'suppression:' || count(*), 'consent:' || event.id
            FROM event, listed GROUP BY event.id
        ) AS lines ORDER BY line
    )
    SELECT id INTO written FROM event;
    RETURN written;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0005_links"), ("audit", "0003_no_truncate"), ("subjects", "0010_gone")]

    operations = [
        migrations.RunSQL(READ, "DROP FUNCTION consent_target"),
        migrations.RunSQL(SAY_NO, "DROP FUNCTION consent_say_no"),
    ]
