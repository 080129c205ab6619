"""`tasks_claim()`: the one function that makes claims, as SQL text.

A claim is one round trip. Inside, in the one order of locks: the annotator (so that caps hold
whatever they do at once), the head of the queue of the best project whose rules they pass and that
has one, the pots of that project, then rows that nobody else can see yet. The first pass takes what
is free at this moment; only when nothing is, a second one waits for tasks that other claims hold,
because such a claim may take one slot of several, or none. So "nothing" is said only of what the
whole condition finds empty. The cost follows the annotator's candidate rows and the heads of
queues, not their length.

Where a project has gold (tasks whose answer is known), the claim that found an open task may hand
out a gold one in its place, which nobody can tell from the other: no slot is taken, everything
else is the same. How much is due stands in `_DUE`; chance is PostgreSQL's own, since the claimant
chooses the claim's id. A project without gold costs one look into an index more.

What the claim pays is frozen here: the project's price, or what its pay rules make of it for this
annotator (`tasks_quote`), of which the most is reserved. Without rules nothing is looked up.

Migrations install the text as it stands here (`CREATE`); a test compares it with the database's.
"""

from tasks.matching import instant, score
from tasks.matching.rules import PAIR_RULES
from tasks.matching.score import NEWCOMER_GOLD
from tasks.matching.sql import first_broken

LIMITS = {
    "most_open": "p_most_open",
    "most_daily": "p_most_daily",
    "most_minutes": "p_most_minutes",
}
# How many projects without money a claim looks at before it says so.
MOST_SHORT = 20
# An annotator is proven in a domain after so many gold answers with a lower bound of accuracy (the
# 5 % quantile) of so much: 30 is where they are no newcomer any more, and 27 right of 30 bring the
# bound to .8. From then on gold only has to notice that they have changed.
PROVEN_GOLD = NEWCOMER_GOLD
PROVEN_LOWER = 0.8
# How many gold tasks a claim looks at from where the wheel stopped: a veteran has answered many.
MOST_GOLD = 20
# How far back a claim looks for gold of theirs that ran out of time: it comes again, as any task.
LAST_CLAIMS = 10
# How often the head of one queue is looked for anew when it turns out to be somebody else's.
MOST_LOOKS = 5


def _not_mine(again: str) -> str:
    return instant.NOT_MINE_ONE_BY_ONE.format(
        annotator="who.id", user="who.user_id", component="fellows", again=again
    )


def _head(locking: str) -> str:
    return f"""
                    SELECT task.id INTO picked
                      FROM tasks_task task
                     WHERE task.project_id = place.project_id AND task.starter = lane
                       AND task.state = 'open'
                       AND {_not_mine(instant.EXPIRED_AGAIN)}
                     ORDER BY task.priority DESC, task.id
                     LIMIT 1 FOR NO KEY UPDATE OF task{locking};"""


# How much gold is due, over `project` and the annotator's `standing` with its gold (perhaps
# missing) and `skill` in its domain (perhaps missing). First training, as many as the project says;
# then gold only, until so many answers are right, those still to come counted as right so that
# nobody gets more than needed; then a share of the claims, a small one once they are proven.
_DUE = f"""
                SELECT coalesce(standing.trained, 0) < project.training_most AS training,
                       coalesce(standing.right + standing.claimed - standing.answered, 0)
                           < project.gold_first
                       OR random() * 100 < CASE
                           WHEN skill.gold_seen >= {PROVEN_GOLD} AND skill.lower >= {PROVEN_LOWER}
                           THEN project.gold_rare_percent ELSE project.gold_percent END AS testing
                  INTO due
                  FROM tasks_project project
                  LEFT JOIN tasks_goldstanding standing
                    ON standing.project_id = project.id AND standing.annotator_id = who.id
                  LEFT JOIN tasks_skill skill
                    ON skill.domain_id = project.domain_id AND skill.annotator_id = who.id
                 WHERE project.id = place.project_id;"""
# Gold that ran out of time comes again like a task that did, up to as many setbacks as set a task
# aside. Answered once, gold is over for them.
_TRIED = """
    (SELECT count(*) FROM tasks_assignment tried
      WHERE tried.task_id = task.id AND tried.annotator_id = who.id
        AND tried.state IN ('expired', 'released')) < project.setbacks_allowed"""
_NEVER_ANSWERED = """
    NOT EXISTS (SELECT 1 FROM tasks_submission answered
                 WHERE answered.task_id = task.id AND answered.annotator_id = who.id OFFSET 0)"""
_LAPSED = f"""
                SELECT last.task_id INTO golden
                  FROM (SELECT own.task_id, own.state, own.project_id, own.claimed_at
                          FROM tasks_assignment own WHERE own.annotator_id = who.id
                         ORDER BY own.claimed_at DESC LIMIT {LAST_CLAIMS}) last
                  JOIN tasks_task task ON task.id = last.task_id AND task.state = 'gold'
                  JOIN tasks_project project ON project.id = task.project_id
                  JOIN tasks_gold known ON known.task_id = task.id AND known.state = 'active'
                 WHERE last.state = 'expired' AND last.project_id = place.project_id
                   AND {_NEVER_ANSWERED} AND {_not_mine(instant.EXPIRED_AGAIN)} AND {_TRIED}
                 ORDER BY last.claimed_at LIMIT 1
                   FOR KEY SHARE OF known SKIP LOCKED;"""


def _turn(side: str) -> str:
    """The first gold task from where the wheel has stopped that this annotator may be given; those
    that somebody changes at this moment are passed over.
    """
    return f"""
                    SELECT known.task_id INTO golden
                      FROM (SELECT gold.task_id, gold.place FROM tasks_gold gold
                             WHERE gold.project_id = place.project_id AND gold.state = 'active'
                               AND gold.training = trains AND gold.place {side} stop
                             ORDER BY gold.place LIMIT {MOST_GOLD}) near
                      JOIN tasks_gold known ON known.task_id = near.task_id
                      JOIN tasks_task task ON task.id = near.task_id
                     WHERE known.state = 'active' AND {_not_mine("'nothing'")}
                     ORDER BY near.place LIMIT 1
                       FOR KEY SHARE OF known SKIP LOCKED;"""


# A named gold task is only taken up again, by whoever was given it before and did not answer it.
_AGAIN = f"""
                            SELECT known.task_id INTO golden
                              FROM tasks_gold known
                              JOIN tasks_task task ON task.id = known.task_id
                              JOIN tasks_project project ON project.id = task.project_id
                             WHERE known.task_id = p_task AND known.state = 'active'
                               AND task.project_id = place.project_id AND task.state = 'gold'
                               AND EXISTS (SELECT 1 FROM tasks_assignment own
                                            WHERE own.task_id = task.id
                                              AND own.annotator_id = who.id)
                               AND {_not_mine(instant.ANY_END_AGAIN)} AND {_TRIED}
                               FOR KEY SHARE OF known;
                            picked := golden;"""
_GOLD = f"""
            -- in place of the open task that was found: everybody else may have that one
            IF p_task IS NULL AND EXISTS (
                    SELECT 1 FROM tasks_gold known
                     WHERE known.project_id = place.project_id AND known.state = 'active') THEN
                {_LAPSED}
                {_DUE}
                stop := random();
                FOREACH trains IN ARRAY ARRAY[true, false] LOOP
                    CONTINUE WHEN golden IS NOT NULL
                        OR NOT (CASE WHEN trains THEN due.training ELSE due.testing END);
                    {_turn(">=")}
                    CONTINUE WHEN golden IS NOT NULL;
                    {_turn("<")}
                END LOOP;
                picked := coalesce(golden, picked);
            END IF;"""
# Only what was never handed in before is still to come.
_STANDING = f"""
            INSERT INTO tasks_goldstanding AS standing (project_id, annotator_id, claimed, answered,
                                                        "right", trained)
            SELECT known.project_id, who.id, (NOT known.training)::int, 0, 0, known.training::int
              FROM tasks_gold known JOIN tasks_task task ON task.id = known.task_id
             WHERE known.task_id = picked AND {_NEVER_ANSWERED}
                ON CONFLICT (annotator_id, project_id) DO UPDATE
               SET claimed = standing.claimed + excluded.claimed,
                   trained = standing.trained + excluded.trained;"""


BODY = f"""
DECLARE
    who accounts_annotatorprofile%ROWTYPE;
    place record;
    made tasks_assignment%ROWTYPE;
    fellows uuid;
    lane boolean;
    picked uuid;
    golden uuid;
    trains boolean;
    stop float8;
    due record;
    stopped text;
    quote jsonb;
    price bigint;
    charge bigint;
    short uuid[] := ARRAY[]::uuid[];
    tally jsonb := '{{}}';
BEGIN
    IF p_annotator IS NULL THEN
        SELECT * INTO who FROM accounts_annotatorprofile WHERE user_id = p_user FOR NO KEY UPDATE;
    ELSE
        SELECT * INTO who FROM accounts_annotatorprofile WHERE id = p_annotator FOR NO KEY UPDATE;
    END IF;
    IF who.id IS NULL OR who.user_id <> coalesce(p_user, who.user_id) THEN
        RETURN QUERY SELECT 'not_found'::text, tally, made;
        RETURN;
    END IF;
    SELECT * INTO made FROM tasks_assignment WHERE id = p_id;
    IF FOUND THEN
        RETURN QUERY SELECT CASE WHEN made.annotator_id = who.id THEN 'again' ELSE 'not_found' END,
                            tally, made;
        RETURN;
    END IF;
    SELECT {first_broken(instant.ANNOTATOR_RULES).format(**LIMITS)} INTO stopped
      FROM accounts_annotatorprofile annotator WHERE annotator.id = who.id;
    IF stopped IS NOT NULL THEN
        RETURN QUERY SELECT stopped, tally, made;
        RETURN;
    END IF;
    SELECT member.component INTO fellows
      FROM tasks_collusionmember member WHERE member.annotator_id = who.id;

    FOR pass IN 1..2 LOOP
        FOR place IN
            SELECT project.id AS project_id, project.organization_id, project.currency,
                   project.price_minor, project.price_minor * project.fee_bps / 10000 AS fee_minor,
                   project.pay <> '{{}}' AS ruled, project.lease_minutes, candidate.newcomer,
                   {score.KEPT} AS kept, project.funds_short_at IS NOT NULL AS marked
              FROM tasks_candidate candidate
              JOIN tasks_project project ON project.id = candidate.project_id
              LEFT JOIN tasks_matching matching ON matching.project_id = project.id
             WHERE candidate.annotator_id = who.id AND project.state = 'active'
               AND (p_project IS NULL OR project.id = p_project)
             ORDER BY {score.ORDER}
        LOOP
            CONTINUE WHEN place.project_id = ANY (short);
            picked := NULL;
            golden := NULL;
            stopped := NULL;
            IF NOT EXISTS (SELECT 1 FROM tasks_task waiting
                            WHERE waiting.project_id = place.project_id
                              AND waiting.state = 'open')
               AND NOT EXISTS (SELECT 1 FROM tasks_task named
                                WHERE named.id = p_task AND named.state = 'gold') THEN
                stopped := 'no_open_task';
            ELSE
                SELECT {first_broken((*PAIR_RULES, *instant.PROJECT_RULES))} INTO stopped
                  FROM accounts_annotatorprofile annotator
                  JOIN tasks_project project ON project.id = place.project_id
                  LEFT JOIN tasks_matching matching ON matching.project_id = project.id
                 WHERE annotator.id = who.id;
            END IF;
            IF stopped IS NULL THEN
                -- Under the task's lock its other claims are looked at again: those made while we
                -- waited for it were not in the first look.
                FOR look IN 1..{MOST_LOOKS} LOOP
                    IF p_task IS NOT NULL THEN
                        SELECT task.id INTO picked FROM tasks_task task
                         WHERE task.id = p_task AND task.project_id = place.project_id
                           AND task.state = 'open' AND {_not_mine(instant.ANY_END_AGAIN)}
                           FOR NO KEY UPDATE OF task;
                        IF picked IS NULL THEN {_AGAIN}
                        END IF;
                    ELSE
                        FOREACH lane IN ARRAY CASE WHEN place.newcomer THEN ARRAY[true, false]
                            WHEN place.kept THEN ARRAY[false] ELSE ARRAY[false, true] END
                        LOOP
                            EXIT WHEN picked IS NOT NULL;
                            IF pass = 1 THEN {_head(" SKIP LOCKED")}
                            ELSE {_head("")}
                            END IF;
                        END LOOP;
                    END IF;
                    EXIT WHEN picked IS NULL OR EXISTS (
                        SELECT 1 FROM tasks_task task
                         WHERE task.id = picked AND {_not_mine(instant.ANY_END_AGAIN)});
                    picked := NULL;
                END LOOP;
                stopped := CASE WHEN picked IS NULL THEN 'no_open_task' END;
            END IF;
            IF stopped IS NOT NULL THEN
                IF pass = 1 THEN
                    tally := jsonb_set(tally, ARRAY[stopped],
                        to_jsonb(coalesce((tally ->> stopped)::int, 0) + 1));
                END IF;
                CONTINUE;
            END IF;
{_GOLD}
            -- the row is held from here: the end of another claim of theirs changes it too, and
            -- waits for the money that we take next
            PERFORM 1 FROM tasks_goldstanding standing
              WHERE golden IS NOT NULL AND standing.annotator_id = who.id
                AND standing.project_id = place.project_id FOR NO KEY UPDATE;
            -- what the pay rules make of the price, for them and at this moment, is the quote
            quote := '{{}}';
            price := place.price_minor;
            charge := place.fee_minor;
            IF place.ruled THEN
                -- one look at price and rules together: those of the look above may be older
                SELECT found.quote, coalesce((found.quote ->> 'most_minor')::bigint, found.price),
                       coalesce((found.quote ->> 'fee_minor')::bigint, found.charge)
                  INTO quote, price, charge
                  FROM (SELECT tasks_quote(project.id, who.id) AS quote,
                               project.price_minor AS price,
                               project.price_minor * project.fee_bps / 10000 AS charge
                          FROM tasks_project project
                         WHERE project.id = place.project_id OFFSET 0) found;
            END IF;
            IF p_reserve AND NOT payments_reserve(p_reservation, 'assignment:' || p_id,
                    'project:' || place.project_id, place.organization_id, place.currency,
                    price, charge, p_by) THEN
                short := short || place.project_id;
                EXIT WHEN cardinality(short) >= {MOST_SHORT};
                CONTINUE;
            END IF;

            INSERT INTO tasks_assignment (
                id, task_id, project_id, annotator_id, state, currency, price_minor, fee_minor,
                quote, guideline_version, leased_until, fence, extensions, returns, draft,
                draft_saved_at)
            SELECT p_id, picked, place.project_id, who.id, 'claimed', place.currency,
                   price, charge, quote,
                   (SELECT max(version) FROM tasks_guideline WHERE project_id = place.project_id),
                   core_now() + place.lease_minutes * interval '1 minute',
                   coalesce(before.fence, 0) + 1, 0, coalesce(before.returns, 0), before.draft,
                   before.draft_saved_at
              FROM (SELECT 1) one
              LEFT JOIN LATERAL (
                  SELECT own.fence, own.returns, own.draft_saved_at,
                         coalesce((SELECT late.answer FROM tasks_lateanswer late
                                    WHERE late.assignment_id = own.id
                                    ORDER BY late.id DESC LIMIT 1), own.draft) AS draft
                    FROM tasks_assignment own
                   WHERE own.task_id = picked AND own.annotator_id = who.id
                   ORDER BY own.claimed_at DESC LIMIT 1) before ON true
            RETURNING * INTO made;
            UPDATE tasks_task task
               SET open_slots = task.open_slots - 1,
                   state = CASE WHEN task.open_slots = 1 THEN 'filled' ELSE 'open' END
             WHERE task.id = picked AND golden IS NULL;
            IF golden IS NOT NULL THEN {_STANDING}
            END IF;
            -- their own offer of it, unless a sweep has it in hand, which then finds the claim
            UPDATE tasks_offer
               SET state = CASE state WHEN 'offered' THEN 'accepted' ELSE 'withdrawn' END,
                   answered_at = core_now()
             WHERE id = (SELECT offer.id FROM tasks_offer offer
                          WHERE offer.task_id = picked AND offer.annotator_id = who.id
                            AND offer.state IN ('standby', 'offered')
                            FOR NO KEY UPDATE SKIP LOCKED);
            INSERT INTO core_auditentry (actor, organization, verb, subject, reason, data,
                                         request_id)
            VALUES (p_by, p_organization, 'claimed', 'assignment:' || p_id, '',
                    jsonb_build_object('task', picked, 'price_minor', price),
                    p_request);
            -- once in a while, and never waiting: when the project was last claimed from, and until
            -- when its starter tasks wait for the next newcomer
            UPDATE tasks_matching
               SET last_claim_at = core_now(),
                   starters_until = CASE WHEN place.newcomer
                       THEN core_now() + interval '{score.STARTERS_WAIT}'
                       ELSE starters_until END
             WHERE project_id = (
                 SELECT matching.project_id FROM tasks_matching matching
                  WHERE matching.project_id = place.project_id
                    AND coalesce(matching.last_claim_at, '-infinity')
                        < core_now() - interval '1 minute'
                    FOR NO KEY UPDATE SKIP LOCKED);
            -- a claim may put the annotator behind a wall: while they are listed for a rival's
            -- projects, these are matched anew
            IF EXISTS (SELECT 1 FROM accounts_wall wall
                         JOIN tasks_project rival ON rival.organization_id
                              IN (wall.first_id, wall.second_id)
                         JOIN tasks_candidate listed ON listed.project_id = rival.id
                        WHERE wall.lifted_at IS NULL AND listed.annotator_id = who.id
                          AND rival.organization_id <> place.organization_id
                          AND (wall.first_id = place.organization_id
                               OR wall.second_id = place.organization_id)) THEN
                INSERT INTO core_outboxmessage (job, args, state, attempts, request_id, last_error)
                VALUES ('tasks.refresh_annotator', jsonb_build_object('annotator_id', who.id),
                        'pending', 0, p_request, '');
            END IF;
            RETURN QUERY SELECT 'claimed'::text, jsonb_build_object(
                'short', to_jsonb(short), 'marked', place.marked), made;
            RETURN;
        END LOOP;
        EXIT WHEN cardinality(short) >= {MOST_SHORT};
    END LOOP;
    RETURN QUERY SELECT CASE WHEN cardinality(short) > 0 THEN 'funds_short'
                             ELSE 'nothing_to_claim' END,
                        tally || jsonb_build_object('short', to_jsonb(short)), made;
END"""

ARGUMENTS = """
    p_id uuid, p_reservation uuid, p_annotator uuid, p_user uuid, p_project uuid, p_task uuid,
    p_by text, p_organization uuid, p_request text, p_most_open bigint, p_most_daily bigint,
    p_most_minutes bigint, p_reserve boolean DEFAULT true"""
DROP = """
DROP FUNCTION IF EXISTS tasks_claim(
    uuid, uuid, uuid, uuid, uuid, uuid, text, uuid, text, bigint, bigint, bigint, boolean);"""
CREATE = f"""{DROP}
CREATE FUNCTION tasks_claim({ARGUMENTS})
RETURNS TABLE (outcome text, detail jsonb, assignment tasks_assignment)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $claim${BODY}$claim$;"""
