"""Batches become certificates, and the frozen list is kept in chunks.

Batches of before prove nothing and are left behind: their counts stand in their lines and in the audit trail. What was
listed but is not done yet goes into chunks.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


INTO_CHUNKS = """
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO retention_chunk (line_id, number, keys)
SELECT line_id, place / 5000, array_agg(key ORDER BY id)
FROM (SELECT *, row_number() OVER (PARTITION BY line_id ORDER BY id) - 1 AS place FROM retention_key) AS placed
GROUP BY line_id, place / 5000;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('retention', '0004_journal'),
    ]

    operations = [
        migrations.DeleteModel("Batch"),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('run', models.CharField(db_index=True, max_length=40)),
                ('dataset', models.CharField(db_index=True, max_length=60)),
                ('action', models.CharField(choices=[('delete', 'Delete now'), ('anonymise', 'Anonymise now'), ('reduce', 'Keep what is needed'), ('keep', 'Keep'), ('digest', 'Suppress')], max_length=10)),
                ('cause', models.CharField(choices=[('over', 'Its time is over'), ('asked', 'Nothing makes us keep it'), ('alone', 'Needed only with records that are not there'), ('law', 'The law, or legal claims'), ('with-others', 'Needed with records that stay'), ('contract', 'A contract is running, or something is owed'), ('held', 'Held for a legal claim'), ('paused', 'Its use is paused'), ('request', 'A request is open'), ('complaint', 'A complaint is open'), ('owed', 'Something is still to be paid'), ('shared', "Other people's record too"), ('partly', 'Other kinds were not asked for'), ('proof', 'Proof of choices, without a name'), ('open', 'Not finished yet'), ('not-due', 'Not due any more')], max_length=12)),
                ('rule', models.CharField(max_length=200)),
                ('register_version', models.CharField(max_length=40)),
                ('records', models.PositiveIntegerField()),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('root', models.CharField(max_length=64)),
                ('seal', models.CharField(max_length=64)),
                ('digests', models.BinaryField()),
            ],
            options={
                'verbose_name_plural': 'batches',
                'ordering': ['line', 'number'],
            },
        ),
        migrations.CreateModel(
            name='Chunk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('keys', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
            ],
            options={
                'ordering': ['line', 'number'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='line',
            name='line_once',
        ),
        migrations.AddField(
            model_name='line',
            name='rule',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='line',
            name='standing',
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AlterField(
            model_name='line',
            name='cause',
            field=models.CharField(choices=[('over', 'Its time is over'), ('asked', 'Nothing makes us keep it'), ('alone', 'Needed only with records that are not there'), ('law', 'The law, or legal claims'), ('with-others', 'Needed with records that stay'), ('contract', 'A contract is running, or something is owed'), ('held', 'Held for a legal claim'), ('paused', 'Its use is paused'), ('request', 'A request is open'), ('complaint', 'A complaint is open'), ('owed', 'Something is still to be paid'), ('shared', "Other people's record too"), ('partly', 'Other kinds were not asked for'), ('proof', 'Proof of choices, without a name'), ('open', 'Not finished yet'), ('not-due', 'Not due any more')], max_length=12),
        ),
        migrations.AlterField(
            model_name='line',
            name='skipped_because',
            field=models.CharField(blank=True, choices=[('over', 'Its time is over'), ('asked', 'Nothing makes us keep it'), ('alone', 'Needed only with records that are not there'), ('law', 'The law, or legal claims'), ('with-others', 'Needed with records that stay'), ('contract', 'A contract is running, or something is owed'), ('held', 'Held for a legal claim'), ('paused', 'Its use is paused'), ('request', 'A request is open'), ('complaint', 'A complaint is open'), ('owed', 'Something is still to be paid'), ('shared', "Other people's record too"), ('partly', 'Other kinds were not asked for'), ('proof', 'Proof of choices, without a name'), ('open', 'Not finished yet'), ('not-due', 'Not due any more')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='line',
            constraint=models.UniqueConstraint(fields=('disposal', 'dataset', 'standing', 'fate', 'cause'), name='line_once'),
        ),
        migrations.AddField(
            model_name='batch',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='retention.line'),
        ),
        migrations.AddField(
            model_name='chunk',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chunks', to='retention.line'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.UniqueConstraint(fields=('line', 'number'), name='batch_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batch',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8189d9229764b4356248ef08eac9c0c8fdf3e280', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f37ca', table='retention_batch', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='chunk',
            constraint=models.UniqueConstraint(fields=('line', 'number'), name='chunk_once'),
        ),
        migrations.RunSQL(INTO_CHUNKS, migrations.RunSQL.noop),
        migrations.DeleteModel("Key"),
    ]
