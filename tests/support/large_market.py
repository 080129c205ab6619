"""A market of any size in a few seconds, for tests that look at plans: everything in one
transaction, which the caller takes back.
"""

from django.db import connection

from marketplace.core.ids import new_id
from marketplace.ops.bench import crowd, scratch

SIZE = crowd.Size(tasks=100_000, annotators=2_000, projects=200, history=20_000)
SMALL = crowd.Size(tasks=1_000, annotators=200, projects=5, history=500)
_CANDIDATES = """
INSERT INTO tasks_candidate (
    annotator_id, project_id, score, quality, fit, cost, fairness, exploration, newcomer)
SELECT declared.annotatorprofile_id, project.id, random(), 0.5, 0.5, 0.5, 0.5, 0.5, false
  FROM accounts_annotatorprofile_domains declared
  JOIN tasks_project project ON project.domain_id = declared.domain_id;
INSERT INTO tasks_matching (project_id, eligible, active, newcomers, slots, share_mean, slowed_why)
SELECT project_id, count(*), count(*), 0, 0, 0, '' FROM tasks_candidate GROUP BY project_id;
"""
_OF_CROWD = (crowd.PEOPLE, crowd.PROJECTS, crowd.TASKS, crowd.HISTORY)
# What the rules look at, for every annotator; and who answered, reviewed and was offered what.
_FACTS = """
INSERT INTO accounts_credential (id, annotator_id, domain_id, kind, title, issuer, number, state,
    reason, decided_by_id, decided_at)
SELECT gen_random_uuid(), annotatorprofile_id, domain_id, 'degree', 'MSc', 'University', '',
       'verified', '', %(staff)s, core_now()
  FROM accounts_annotatorprofile_domains;
INSERT INTO accounts_qualification (id, name, description)
SELECT gen_random_uuid(), 'Exam ' || n, '' FROM generate_series(1, 4) n;
INSERT INTO accounts_qualificationgrant (id, qualification_id, annotator_id, reason, granted_by,
    revoked_by, revoked_why)
SELECT gen_random_uuid(), kind.id, who.id, '', 'x', '', ''
  FROM accounts_qualification kind, accounts_annotatorprofile who;
INSERT INTO accounts_nda (id, organization_id, version, title, text)
SELECT gen_random_uuid(), %(organization)s, n, 'Secrets', '...' FROM generate_series(1, 4) n;
INSERT INTO accounts_ndasignature (nda_id, annotator_id, name)
SELECT nda.id, who.id, 'Signed' FROM accounts_nda nda, accounts_annotatorprofile who;
INSERT INTO accounts_team (id, name) VALUES (%(team)s, 'Team');
INSERT INTO accounts_teammember (team_id, annotator_id)
SELECT %(team)s, id FROM accounts_annotatorprofile;
INSERT INTO accounts_listentry (id, organization_id, annotator_id, kind, reason)
SELECT gen_random_uuid(), %(organization)s, id, 'allow', 'x' FROM accounts_annotatorprofile;
INSERT INTO accounts_pause (id, annotator_id, project_id, reason, made_by)
SELECT gen_random_uuid(), id, id, 'x', 'x' FROM accounts_annotatorprofile;
INSERT INTO accounts_organization (id, name)
SELECT ('00000000-0000-4000-b000-' || lpad(n::text, 12, '0'))::uuid, 'Rival ' || n
  FROM generate_series(1, 2000) n;
INSERT INTO accounts_wall (id, first_id, second_id, months, reason)
SELECT gen_random_uuid(), least(id, %(organization)s), greatest(id, %(organization)s), 12, 'x'
  FROM accounts_organization WHERE name IN ('Rival 1', 'Rival 2');
INSERT INTO accounts_wall (id, first_id, second_id, months, reason)
SELECT gen_random_uuid(), id, lead(id) OVER (ORDER BY id), 12, 'x'
  FROM accounts_organization WHERE id < '00000000-0000-4000-b000-000000002000'
   AND id > '00000000-0000-4000-b000-000000000000' ORDER BY id LIMIT 1998;
INSERT INTO tasks_collusionmember (annotator_id, component, reason)
SELECT id, gen_random_uuid(), 'x' FROM accounts_annotatorprofile;
INSERT INTO tasks_skill (annotator_id, domain_id, alpha, beta, gold_seen, lower, upper)
SELECT annotatorprofile_id, domain_id, 30, 10, 40, 0.6, 0.8
  FROM accounts_annotatorprofile_domains;
INSERT INTO tasks_fit (annotator_id, project_id, value)
SELECT annotator_id, project_id, 0.5 FROM tasks_candidate;
UPDATE tasks_assignment SET state = 'claimed', leased_until = core_now() + interval '1 hour',
       submitted_at = NULL, decided_at = NULL, final_at = NULL
 WHERE right(id::text, 1) = '0' AND annotator_id > '00000000-0000-7000-8000-000000000100';
INSERT INTO tasks_submission (id, assignment_id, task_id, annotator_id, version, answer, digest,
    guideline_version)
SELECT gen_random_uuid(), id, task_id, annotator_id, 1, '{}', repeat('0', 64), 1
  FROM tasks_assignment LIMIT 20000;
INSERT INTO tasks_reviewrequest (id, kind, project_id, task_id, submission_id, level, state)
SELECT gen_random_uuid(), 'first', task.project_id, task.id, answer.id, 1, 'done'
  FROM tasks_submission answer JOIN tasks_task task ON task.id = answer.task_id;
INSERT INTO tasks_reviewassignment (id, request_id, task_id, submission_id, reviewer_id, state,
    currency, price_minor, fee_minor, leased_until, fence, extensions)
SELECT gen_random_uuid(), answer.id, answer.task_id, answer.submission_id, reviewer.user_id, 'done',
       'usd', 0, 0, core_now(), 1, 0
  FROM (SELECT *, row_number() OVER () AS n FROM tasks_reviewrequest) answer
  JOIN (SELECT user_id, row_number() OVER () AS n FROM accounts_annotatorprofile) reviewer
    ON reviewer.n = answer.n %% %(annotators)s;
UPDATE tasks_task SET state = 'gold' WHERE id IN (
    SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY project_id ORDER BY id) AS n
                      FROM tasks_task WHERE state = 'concluded') task WHERE n <= 10);
INSERT INTO tasks_gold (task_id, project_id, state, training, answer, explanation, tolerance, seen,
    "right", good_seen, good_right, made_by, quarantined_why)
SELECT id, project_id, 'active', false, '{}', '', '{}', 0, 0, 0, 0, 'x', ''
  FROM tasks_task WHERE state = 'gold';
INSERT INTO tasks_goldstanding (project_id, annotator_id, claimed, answered, "right", trained)
SELECT project_id, annotator_id, 5, 5, 5, 0 FROM tasks_candidate;
INSERT INTO tasks_lateanswer (assignment_id, answer)
SELECT id, '{}' FROM tasks_assignment LIMIT 5000;
INSERT INTO tasks_plan (id, project_id, tasks, annotators, offers, standby, solver)
SELECT id, id, 1, 1, 1, 0, 'scipy' FROM tasks_project;
INSERT INTO tasks_offer (id, plan_id, project_id, task_id, annotator_id, state, rank, score, chance,
    declined_why, expires_at, offered_at)
SELECT gen_random_uuid(), project_id, project_id, task_id, annotator_id,
       (ARRAY['declined', 'offered', 'standby'])[1 + (row_number() OVER ()) %% 3], 0, 0, 0.5, '',
       core_now() + interval '1 day', core_now()
  FROM tasks_assignment LIMIT 20000;
INSERT INTO core_auditentry (actor, verb, subject, reason, data, request_id)
SELECT 'x', 'x', 'x:' || n, '', '{}', '' FROM generate_series(1, 5000) n;
INSERT INTO core_outboxmessage (job, args, state, attempts, request_id, last_error)
SELECT 'tasks.refresh_annotator', '{}', 'pending', 0, '', '' FROM generate_series(1, 5000) n;
INSERT INTO payments_reservation (id, holder, pot, organization_id, currency, price_minor,
    fee_minor, state)
SELECT gen_random_uuid(), 'assignment:' || id, 'project:' || project_id, %(organization)s, 'usd',
       price_minor, fee_minor, 'held' FROM tasks_assignment LIMIT 20000;
"""
# What makes every rule ask its table.
_ASKING = """
UPDATE tasks_project SET credential_required = true, invited_only = true, team_id = %(team)s,
       nda_id = (SELECT id FROM accounts_nda ORDER BY version LIMIT 1);
INSERT INTO tasks_project_qualifications (project_id, qualification_id)
SELECT project.id, kind.id FROM tasks_project project, accounts_qualification kind;
"""


def fill(size=SIZE):
    """The market, its money and statistics, in the caller's transaction."""
    organization = scratch.organization(f"Lab {new_id()}")
    values = {
        **crowd._values(size, organization),
        "team": new_id(),
        "staff": crowd.user_id(1),
    }
    with connection.cursor() as cursor:
        # the rows are right by construction: their foreign keys are not looked up one by one
        cursor.execute("SET LOCAL statement_timeout = 0; SET session_replication_role = replica")
        for statements in (*_OF_CROWD, _CANDIDATES, _FACTS, _ASKING):
            cursor.execute(statements, values)
        cursor.execute("RESET session_replication_role")
        crowd._fund(size.projects, organization)
        cursor.execute("ANALYZE")
