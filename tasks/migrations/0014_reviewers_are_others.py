"""Nobody reviews a task they worked on: PostgreSQL refuses the claim itself. And the queue of
reviews has an index in its own order.
"""

from django.db import migrations, models

OTHERS = """
CREATE FUNCTION tasks_review_by_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM tasks_assignment own
          JOIN accounts_annotatorprofile annotator ON annotator.id = own.annotator_id
         WHERE own.task_id = NEW.task_id AND annotator.user_id = NEW.reviewer_id) THEN
        RAISE EXCEPTION 'nobody reviews a task they have worked on'
            USING ERRCODE = '23514', CONSTRAINT = 'tasks_review_by_others',
                  TABLE = 'tasks_reviewassignment';
    END IF;
    IF NEW.submission_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM tasks_submission answer
         WHERE answer.id = NEW.submission_id AND answer.task_id = NEW.task_id) THEN
        RAISE EXCEPTION 'a review and its answer are of one task'
            USING ERRCODE = '23514', CONSTRAINT = 'tasks_review_of_one_task',
                  TABLE = 'tasks_reviewassignment';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tasks_by_others
    BEFORE INSERT OR UPDATE OF reviewer_id, task_id, submission_id ON tasks_reviewassignment
    FOR EACH ROW EXECUTE FUNCTION tasks_review_by_others();
"""
UNDO = "DROP FUNCTION tasks_review_by_others() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0013_gold_wheel")]

    operations = [
        migrations.RemoveIndex(model_name="reviewrequest", name="tasks_review_request_waiting"),
        migrations.AddIndex(
            model_name="reviewrequest",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["due_at", "created_at"],
                name="tasks_review_request_queue",
            ),
        ),
        migrations.RunSQL(OTHERS, UNDO),
    ]
