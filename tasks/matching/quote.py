"""`tasks_quote()`: what a claim of a project will pay an annotator, as SQL text.

The claim freezes it on the assignment (`tasks.matching.claim`), inside the statement that reserves
the money. Its twin in Python, which says what each member means, is `payments.pay.quote`; a test
compares the two. Empty pay rules give an empty quote. Every fraction is rounded up.

It is STABLE: it sees what the statement that calls it sees, so that whoever asks for the price in
the same statement gets both of one moment.

Migrations install the text as it stands here (`CREATE`); a test compares it with the database's.
"""

from payments.pay.quote import CAP_FACTOR, HOUR, MOST_CORRECTIONS, VERSION
from payments.pay.terms import KILL_BPS, WHOLE
from tasks.matching.rules import valid, within


def _up(numerator: str, denominator: int) -> str:
    return f"(({numerator}) + {denominator - 1}) / {denominator}"


def _share(amount: str, bps: str) -> str:
    return _up(f"{amount} * {bps}", WHOLE)


BODY = f"""
DECLARE
    rules record;
    pay jsonb;
    tier_bps bigint;
    field text;
    field_bps bigint := {WHOLE};
    hourly boolean;
    rate bigint;
    cap bigint;
    base bigint;
    expected bigint;
    bonus_bps bigint;
    rush_bps bigint := 0;
    rush_until text;
    correction bigint;
    extra bigint;
    most bigint;
BEGIN
    SELECT project.pay, project.price_minor, project.fee_bps, project.expected_minutes,
           annotator.tier
      INTO rules
      FROM tasks_project project CROSS JOIN accounts_annotatorprofile annotator
     WHERE project.id = p_project AND annotator.id = p_annotator;
    pay := rules.pay;
    IF pay IS NULL OR pay = '{{}}' THEN
        RETURN '{{}}';
    END IF;
    tier_bps := coalesce((pay -> 'tiers' ->> rules.tier::text)::bigint, {WHOLE});
    SELECT rule.key, rule.value::bigint INTO field, field_bps
      FROM jsonb_each_text(coalesce(pay -> 'domains', '{{}}')) rule
     WHERE EXISTS (
           SELECT 1 FROM accounts_credential proof
            WHERE proof.annotator_id = p_annotator AND proof.state = 'verified'
              AND {valid("proof")} AND {within("proof.domain_id", "rule.key")})
     ORDER BY rule.value::bigint DESC, rule.key COLLATE "C" LIMIT 1;
    field_bps := coalesce(field_bps, {WHOLE});
    rate := {_up("rules.price_minor * tier_bps * field_bps", WHOLE * WHOLE)};
    hourly := pay ->> 'model' = 'hourly';
    cap := coalesce((pay ->> 'cap_minutes')::bigint, {CAP_FACTOR} * rules.expected_minutes);
    base := CASE WHEN hourly THEN {_up("rate * cap", HOUR)} ELSE rate END;
    expected := CASE WHEN hourly THEN {_up("rate * least(cap, rules.expected_minutes)", HOUR)}
                     ELSE rate END;
    bonus_bps := coalesce((pay -> 'bonus' ->> 'most_bps')::bigint, 0);
    IF core_now() < (pay -> 'rush' ->> 'until')::timestamptz THEN
        rush_bps := (pay -> 'rush' ->> 'bps')::bigint;
        rush_until := pay -> 'rush' ->> 'until';
    END IF;
    correction := {_share("base", "coalesce((pay ->> 'correction_bps')::bigint, 0)")};
    extra := {_share("base", "bonus_bps")};
    extra := CASE WHEN pay -> 'bonus' ->> 'measure' = 'unchanged'
                  THEN greatest(extra, {MOST_CORRECTIONS} * correction)
                  ELSE extra + {MOST_CORRECTIONS} * correction END;
    most := greatest(
        base + extra + {_share("base", "rush_bps")},
        {_up("coalesce((pay ->> 'floor_hourly_minor')::bigint, 0) * cap", HOUR)});
    RETURN jsonb_build_object(
        'version', {VERSION},
        'model', pay ->> 'model',
        'price_minor', rules.price_minor,
        'fee_bps', rules.fee_bps,
        'tier', rules.tier,
        'tier_bps', tier_bps,
        'domain', field,
        'domain_bps', field_bps,
        'rate_minor', rate,
        'cap_minutes', cap,
        'base_minor', base,
        'bonus_measure', pay -> 'bonus' ->> 'measure',
        'bonus_bps', bonus_bps,
        'bonus_from', coalesce((pay -> 'bonus' ->> 'from_percent')::bigint, 0),
        'rush_bps', rush_bps,
        'rush_until', rush_until,
        'correction_minor', correction,
        'kill_minor', {_share("expected", f"coalesce((pay ->> 'kill_bps')::bigint, {KILL_BPS})")},
        'floor_minor', coalesce((pay ->> 'floor_hourly_minor')::bigint, 0),
        'most_minor', most,
        'fee_minor', most * rules.fee_bps / {WHOLE});
END"""

DROP = "DROP FUNCTION IF EXISTS tasks_quote(uuid, uuid);"
CREATE = f"""{DROP}
CREATE FUNCTION tasks_quote(p_project uuid, p_annotator uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $quote${BODY}$quote$;"""
