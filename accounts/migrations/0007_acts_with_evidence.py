"""An act rests on a rule of the policy and, but for those of staff, on evidence: PostgreSQL holds it."""

import django.contrib.postgres.fields
from django.db import migrations, models


# Acts are frozen, so the trigger stands aside for this one statement. What was written without
# evidence names its subject; a rule of another shape is kept in the evidence.
BACKFILL = """
SET CONSTRAINTS ALL IMMEDIATE;
DROP TRIGGER accounts_adverse_frozen ON accounts_adverseact;
UPDATE accounts_adverseact
   SET evidence = evidence || ('rule:' || rule)::varchar, rule = 'before.policy'
 WHERE rule !~ '^(rejection|pause|rule|removal|tier|qualification|pay|before)\\.[a-z0-9][a-z0-9_.-]*$';
UPDATE accounts_adverseact SET evidence = ARRAY[subject]
 WHERE cardinality(evidence) = 0
   AND rule NOT IN ('pause.staff', 'removal.staff', 'tier.staff', 'qualification.staff');
CREATE TRIGGER accounts_adverse_frozen BEFORE UPDATE OR DELETE ON accounts_adverseact
    FOR EACH ROW EXECUTE FUNCTION accounts_adverse_frozen();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_acts_enforced'),
    ]

    operations = [
        migrations.AlterField(
            model_name='adverseact',
            name='evidence',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=500), blank=True, default=list, size=None),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='adverseact',
            constraint=models.CheckConstraint(condition=models.Q(('rule__regex', '^(rejection|pause|rule|removal|tier|qualification|pay|before)\\.[a-z0-9][a-z0-9_.-]*$')), name='accounts_adverse_rule_shape'),
        ),
        migrations.AddConstraint(
            model_name='adverseact',
            constraint=models.CheckConstraint(condition=models.Q(('evidence__len__gt', 0), ('rule__in', ('pause.staff', 'removal.staff', 'tier.staff', 'qualification.staff')), _connector='OR'), name='accounts_adverse_evidence'),
        ),
    ]
