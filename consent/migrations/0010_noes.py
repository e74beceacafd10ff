"""The "no" of many at once (`consent.quick`); and one index less, which nothing asks."""

import importlib

from django.db import migrations, models

# In the order of their keys, so that two which come at once wait for each other and do not lock each other. The trigger
# of the ledger keeps the flags; the key keeps two that come at once from writing two events.
SAY_NOES = """
CREATE FUNCTION consent_say_noes(said jsonb, by_way_of varchar, moment timestamptz, by_whom varchar, verbs varchar[])
RETURNS TABLE (once varchar, written bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH word AS (
        SELECT DISTINCT ON (key) * FROM jsonb_to_recordset(said) AS word (
            who uuid, alone varchar, person varchar, purpose varchar, channel varchar, act varchar, evidence varchar,
            key varchar, codes jsonb
        ) ORDER BY key
    ), event AS (
        INSERT INTO consent_consentevent
            (subject_id, address, purpose, channel, act, how, evidence, key, happened_at, recorded_at)
        SELECT who, alone, purpose, channel, act, by_way_of, evidence, key, moment, moment FROM word ORDER BY key
        ON CONFLICT (key) DO NOTHING
        RETURNING id, key
    ), told AS (
        SELECT event.id, word.* FROM event JOIN word USING (key)
    ), listed AS (
        INSERT INTO consent_suppression (digest, channel, purpose, created_at)
        SELECT DISTINCT code, channel, purpose, moment
        FROM told, jsonb_array_elements_text(codes) AS code ORDER BY code
        ON CONFLICT (digest, channel, purpose) WHERE lifted_at IS NULL DO NOTHING
        RETURNING digest, channel, purpose
    ), acts AS (
        INSERT INTO audit_act (at, verb, actor, target, reason)
        SELECT moment, verb, by_whom, target, reason FROM (
            SELECT id, 1 AS line, verbs[1] AS verb, coalesce('subject:' || person, 'consent:' || id) AS target,
                   act || ' ' || channel AS reason
            FROM told
            UNION ALL
            SELECT id, 2, verbs[2], 'suppression:' || count(*), 'consent:' || id FROM (
                SELECT min(told.id) AS id FROM listed JOIN told
                ON told.codes ? digest AND (told.channel, told.purpose) = (listed.channel, listed.purpose)
                GROUP BY digest, listed.channel, listed.purpose
            ) AS first GROUP BY id
        ) AS lines ORDER BY id, line
    )
    SELECT key, id FROM event;
END
$$
"""
ONE = importlib.import_module("consent.migrations.0006_quick").SAY_NO


class Migration(migrations.Migration):
    dependencies = [("consent", "0009_standing_changes")]

    operations = [
        migrations.RunSQL(SAY_NOES, "DROP FUNCTION consent_say_noes"),
        migrations.RunSQL("DROP FUNCTION consent_say_no", ONE),
        migrations.AlterField(
            model_name="consentevent",
            name="key",
            field=models.CharField(blank=True, max_length=120, null=True),
        ),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.UniqueConstraint(fields=("key",), name="consent_key_once"),
        ),
    ]
