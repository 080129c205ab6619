from django.db import migrations, models

# What was measured so far was one method's: it keeps all the weight.
MIXED = """
UPDATE tasks_questionmodel
   SET weights = jsonb_build_object(method, 1),
       prior = jsonb_build_object(method, prior),
       stranger = jsonb_build_object(method, stranger);
UPDATE tasks_annotatormodel known
   SET confusion = jsonb_build_object(model.method, known.confusion)
  FROM tasks_questionmodel model
 WHERE model.id = known.question_model_id;
"""
# A majority keeps no matrices.
ONE = """
UPDATE tasks_annotatormodel known
   SET confusion = coalesce(known.confusion -> model.method, '[]')
  FROM tasks_questionmodel model
 WHERE model.id = known.question_model_id;
UPDATE tasks_questionmodel
   SET prior = prior -> method, stranger = coalesce(stranger -> method, '[]');
"""


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0024_proofs_and_reasons'),
    ]

    operations = [
        migrations.AddField(
            model_name='questionmodel',
            name='weights',
            field=models.JSONField(default=dict),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='questionmodel',
            name='stranger',
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.RunSQL(MIXED, ONE),
        migrations.AddConstraint(
            model_name='questionmodel',
            constraint=models.CheckConstraint(condition=models.Q(('weights', {}), _negated=True), name='tasks_question_weights'),
        ),
    ]
