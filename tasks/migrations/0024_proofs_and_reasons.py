"""An agreement of two readers is no proof; a rejection says why in 40 characters or more."""

import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

# Until now an agreement of two readers stood as `second`, like a senior's word on a difference.
_AGREED = """
UPDATE tasks_reviewcheck found SET source = 'agreement'
  FROM tasks_review review
 WHERE review.id = found.review_id AND found.source = 'second'
   AND NOT EXISTS (SELECT 1 FROM tasks_review tie
                    WHERE tie.submission_id = review.submission_id AND tie.kind = 'tie')
"""


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0023_suspect_pairs'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='reviewcheck',
            name='tasks_review_check_source',
        ),
        migrations.AlterField(
            model_name='reviewcheck',
            name='source',
            field=models.CharField(choices=[('gold', 'Gold'), ('agreement', 'Agreement'), ('second', 'Second'), ('audit', 'Audit'), ('appeal', 'Appeal'), ('adjudication', 'Adjudication')], max_length=16),
        ),
        migrations.RunSQL(_AGREED, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('verdict', 'reject'), _negated=True), django.db.models.lookups.GreaterThanOrEqual(django.db.models.functions.text.Length('text'), 40), _connector='OR'), name='tasks_review_reject_says_why'),
        ),
        migrations.AddConstraint(
            model_name='reviewcheck',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['gold', 'agreement', 'second', 'audit', 'appeal', 'adjudication'])), name='tasks_review_check_source'),
        ),
    ]
