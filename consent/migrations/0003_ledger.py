"""Words become versions, an address alone may speak, and the last word of everybody stands in a table of its own."""


import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


# What was written down before keeps its words: each text once, as a version.
_WORDS = """
ALTER TABLE consent_consentevent DISABLE TRIGGER USER;
INSERT INTO consent_wording (purpose, channel, kind, version, text, digest, published_at)
SELECT purpose, channel, 'said', row_number() OVER (PARTITION BY purpose, channel ORDER BY first), words,
       encode(sha256(convert_to(words, 'UTF8')), 'hex'), first
FROM (
    SELECT purpose, channel, words, min(recorded_at) AS first
    FROM consent_consentevent WHERE words <> '' GROUP BY purpose, channel, words
) AS found;
UPDATE consent_consentevent AS event SET wording_id = wording.id
FROM consent_wording AS wording
WHERE event.words <> '' AND (wording.purpose, wording.channel, wording.text)
      = (event.purpose, event.channel, event.words);
UPDATE consent_consentevent SET how = CASE WHEN how LIKE 'objection%' THEN 'objection' ELSE 'system' END
WHERE how NOT IN ('page', 'sign-up', 'email', 'phone', 'letter', 'link', 'erasure', 'import');
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE consent_consentevent ENABLE TRIGGER USER;
"""
_FLAGS = """
INSERT INTO consent_consentflag (subject_id, address, purpose, channel, act, how, happened_at, event_id)
SELECT DISTINCT ON (subject_id, address, purpose, channel)
       subject_id, address, purpose, channel, act, how, happened_at, id
FROM consent_consentevent
ORDER BY subject_id, address, purpose, channel, happened_at DESC, id DESC;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0002_suppression'),
        ('subjects', '0009_clients'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ConsentFlag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(blank=True, max_length=254)),
                ('purpose', models.CharField(max_length=60)),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('phone', 'Phone'), ('text', 'Text message'), ('post', 'Post'), ('web', 'Website')], max_length=10)),
                ('act', models.CharField(choices=[('given', 'Agreed'), ('withdrawn', 'Withdrawn'), ('objected', 'Objected')], max_length=10)),
                ('how', models.CharField(choices=[('page', 'On the page of marketing choices'), ('sign-up', 'On a sign-up form'), ('confirmed', 'By the link in an email that asked to confirm'), ('link', 'By the link in an email'), ('one-click', 'By the unsubscribe button of their email program (one-click header)'), ('email', 'By email'), ('phone', 'By phone'), ('letter', 'By letter'), ('browser', 'By a signal of their browser (Global Privacy Control)'), ('objection', 'By an objection on this portal'), ('erasure', 'By asking us to delete their data'), ('system', 'By another system of ours'), ('import', 'From an imported list')], max_length=40)),
                ('happened_at', models.DateTimeField()),
                ('event_id', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Wording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(max_length=60)),
                ('channel', models.CharField(max_length=10)),
                ('kind', models.CharField(choices=[('offered', 'Shown beside the choice'), ('said', 'Words used elsewhere')], max_length=10)),
                ('version', models.PositiveIntegerField()),
                ('text', models.TextField()),
                ('digest', models.CharField(max_length=64)),
                ('published_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='consentevent',
            name='address',
            field=models.CharField(blank=True, max_length=254, verbose_name='address alone'),
        ),
        migrations.AddField(
            model_name='consentevent',
            name='evidence',
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name='consentevent',
            name='key',
            field=models.CharField(blank=True, max_length=120, null=True, unique=True),
        ),
        migrations.AddField(
            model_name='suppression',
            name='channel',
            field=models.CharField(default='email', max_length=10),
        ),
        migrations.AddField(
            model_name='suppression',
            name='lifted_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='suppression',
            name='purpose',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AlterField(
            model_name='consentevent',
            name='channel',
            field=models.CharField(choices=[('email', 'E-mail'), ('phone', 'Phone'), ('text', 'Text message'), ('post', 'Post'), ('web', 'Website')], max_length=10),
        ),
        migrations.AlterField(
            model_name='consentevent',
            name='how',
            field=models.CharField(choices=[('page', 'On the page of marketing choices'), ('sign-up', 'On a sign-up form'), ('confirmed', 'By the link in an email that asked to confirm'), ('link', 'By the link in an email'), ('one-click', 'By the unsubscribe button of their email program (one-click header)'), ('email', 'By email'), ('phone', 'By phone'), ('letter', 'By letter'), ('browser', 'By a signal of their browser (Global Privacy Control)'), ('objection', 'By an objection on this portal'), ('erasure', 'By asking us to delete their data'), ('system', 'By another system of ours'), ('import', 'From an imported list')], max_length=40, verbose_name='how we were told'),
        ),
        migrations.AlterField(
            model_name='consentevent',
            name='subject',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='consent_events', to='subjects.subject'),
        ),
        migrations.AlterField(
            model_name='suppression',
            name='digest',
            field=models.CharField(max_length=64),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consentevent',
            trigger=pgtrigger.compiler.Trigger(name='latest_word', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n\nINSERT INTO consent_consentflag (subject_id, address, purpose, channel, act, how, happened_at, event_id)\nSELECT DISTINCT ON (subject_id, purpose, channel)\n       subject_id, address, purpose, channel, act, how, happened_at, id\nFROM added WHERE subject_id IS NOT NULL\nORDER BY subject_id, purpose, channel, happened_at DESC, id DESC\nON CONFLICT (subject_id, purpose, channel) WHERE subject_id IS NOT NULL DO UPDATE\nSET act = EXCLUDED.act, how = EXCLUDED.how, happened_at = EXCLUDED.happened_at, event_id = EXCLUDED.event_id\nWHERE (EXCLUDED.happened_at, EXCLUDED.event_id) > (consent_consentflag.happened_at, consent_consentflag.event_id);\n\n\nINSERT INTO consent_consentflag (subject_id, address, purpose, channel, act, how, happened_at, event_id)\nSELECT DISTINCT ON (address, purpose, channel)\n       subject_id, address, purpose, channel, act, how, happened_at, id\nFROM added WHERE subject_id IS NULL\nORDER BY address, purpose, channel, happened_at DESC, id DESC\nON CONFLICT (address, purpose, channel) WHERE subject_id IS NULL DO UPDATE\nSET act = EXCLUDED.act, how = EXCLUDED.how, happened_at = EXCLUDED.happened_at, event_id = EXCLUDED.event_id\nWHERE (EXCLUDED.happened_at, EXCLUDED.event_id) > (consent_consentflag.happened_at, consent_consentflag.event_id);\n\nRETURN NULL;\n', hash='e2af83e9b15bf9f982418860c13a3c8950d3616e', level='STATEMENT', operation='INSERT', pgid='pgtrigger_latest_word_76e6d', referencing='REFERENCING NEW TABLE AS added ', table='consent_consentevent', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consentevent',
            trigger=pgtrigger.compiler.Trigger(name='word_gone', sql=pgtrigger.compiler.UpsertTriggerSql(func='DELETE FROM consent_consentflag WHERE event_id = OLD.id; RETURN NULL;', hash='45ae4d5db7330deb0c78eedf90b46bb162708ee7', operation='DELETE', pgid='pgtrigger_word_gone_e7e2a', table='consent_consentevent', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('digest', 'channel', 'purpose'), name='suppressed_once'),
        ),
        migrations.AddField(
            model_name='consentflag',
            name='subject',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='consent_flags', to='subjects.subject'),
        ),
        migrations.AddField(
            model_name='wording',
            name='published_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RenameField(model_name='consentevent', old_name='wording', new_name='words'),
        migrations.AddField(
            model_name='consentevent',
            name='wording',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='consent.wording'),
        ),
        migrations.RunSQL(_WORDS, migrations.RunSQL.noop),
        migrations.RemoveField(model_name='consentevent', name='words'),
        migrations.RunSQL(_FLAGS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='consentevent',
            index=models.Index(condition=models.Q(('address', ''), _negated=True), fields=['address', 'happened_at'], name='consent_by_address'),
        ),
        migrations.AddConstraint(
            model_name='consentevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('address', ''), ('subject__isnull', False)), models.Q(('subject__isnull', True), models.Q(('address', ''), _negated=True)), _connector='OR'), name='consent_of_somebody'),
        ),
        migrations.AddIndex(
            model_name='consentflag',
            index=models.Index(fields=['event_id'], name='flag_by_event'),
        ),
        migrations.AddConstraint(
            model_name='consentflag',
            constraint=models.UniqueConstraint(condition=models.Q(('subject__isnull', False)), fields=('subject', 'purpose', 'channel'), name='one_last_word'),
        ),
        migrations.AddConstraint(
            model_name='consentflag',
            constraint=models.UniqueConstraint(condition=models.Q(('subject__isnull', True)), fields=('address', 'purpose', 'channel'), name='one_last_word_alone'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.UniqueConstraint(fields=('purpose', 'channel', 'kind', 'version'), name='wording_version_once'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'said')), fields=('purpose', 'channel', 'digest'), name='wording_said_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wording',
            trigger=pgtrigger.compiler.Trigger(name='never_edited', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."purpose" IS DISTINCT FROM (NEW."purpose") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."digest" IS DISTINCT FROM (NEW."digest") OR OLD."published_at" IS DISTINCT FROM (NEW."published_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='e805f7d1dcc171baae11e6a7b767e9eeb0092199', operation='UPDATE', pgid='pgtrigger_never_edited_3553f', table='consent_wording', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wording',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='bba6aaebc70b1971c06fc1bb314cc74060f58784', operation='DELETE', pgid='pgtrigger_never_deleted_e42fb', table='consent_wording', when='BEFORE')),
        ),
    ]
