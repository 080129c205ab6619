"""Who may work on which project: one list of rules, each an SQL condition with its words.

A rule is written once, as a condition over a row `annotator` (accounts_annotatorprofile) and a row
`project` (tasks_project). Candidate rows, claims, counts and explanations are all built from these
conditions (`tasks.matching.sql`), so they cannot disagree. This is the list of scope `pair`: what
holds until somebody changes something, and is therefore kept as candidate rows. What holds only at
the moment of a claim is in `tasks.matching.instant`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from payments.currencies import CONNECT_COUNTRIES

RAILS = "ARRAY[" + ", ".join(f"'{code}'" for code in sorted(CONNECT_COUNTRIES)) + "]"
TODAY = "(core_now() AT TIME ZONE 'UTC')::date"


@dataclass(frozen=True, slots=True)
class Rule:
    """`holds` is the SQL condition, `fact` an SQL jsonb expression: what it was decided on.

    `title` names the rule, `sentence` says to an annotator why it stops them (`{key}` is a key of
    the fact), `remedy` what would change that. No sentence names a client or another annotator;
    facts may, and are for staff.
    """

    code: str
    title: str
    holds: str
    fact: str
    sentence: str
    remedy: str


def words(fact: Mapping[str, Any]) -> dict[str, Any]:
    """A fact as its sentence needs it: lists written with commas."""
    return {k: ", ".join(map(str, v)) if isinstance(v, list) else v for k, v in fact.items()}


def within(path: str, domain: str) -> str:
    """SQL: the domain path in column `path` is that in `domain`, or lies below it."""
    return f"({path} = {domain} OR starts_with({path}, {domain} || '.'))"


def valid(row: str) -> str:
    """SQL: what expires has not."""
    return f"({row}.expires_on IS NULL OR {row}.expires_on >= {TODAY})"


_OPEN_ACCOUNT = """EXISTS (
    SELECT 1 FROM accounts_user person
     WHERE person.id = annotator.user_id AND person.is_active)"""
DECLARED = f"""EXISTS (
    SELECT 1 FROM accounts_annotatorprofile_domains declared
     WHERE declared.annotatorprofile_id = annotator.id
       AND {within("declared.domain_id", "project.domain_id")})"""
PROVEN = f"""EXISTS (
    SELECT 1 FROM accounts_credential proof
     WHERE proof.annotator_id = annotator.id AND proof.state = 'verified' AND {valid("proof")}
       AND {within("proof.domain_id", "project.domain_id")})"""
_LACKED = f"""(
    SELECT coalesce(array_agg(kind.name ORDER BY kind.name), ARRAY[]::varchar[])
      FROM tasks_project_qualifications wanted
      JOIN accounts_qualification kind ON kind.id = wanted.qualification_id
     WHERE wanted.project_id = project.id
       AND NOT EXISTS (
           SELECT 1 FROM accounts_qualificationgrant held
            WHERE held.qualification_id = wanted.qualification_id
              AND held.annotator_id = annotator.id AND held.revoked_at IS NULL
              AND {valid("held")}))"""
_RIVALS = """
    SELECT rival.name
      FROM accounts_wall wall
      JOIN accounts_organization rival
        ON rival.id = CASE WHEN wall.first_id = project.organization_id
                           THEN wall.second_id ELSE wall.first_id END
      JOIN tasks_project other ON other.organization_id = rival.id
      JOIN tasks_assignment work ON work.project_id = other.id
     WHERE (wall.first_id = project.organization_id OR wall.second_id = project.organization_id)
       AND wall.lifted_at IS NULL AND work.annotator_id = annotator.id
       AND work.claimed_at > core_now() - make_interval(months => wall.months)"""
_ON_LIST = """
    SELECT entry.reason FROM accounts_listentry entry
     WHERE entry.organization_id = project.organization_id
       AND entry.annotator_id = annotator.id AND entry.kind = '{kind}'"""
_PAUSES = f"""
    SELECT pause.reason FROM accounts_pause pause
     WHERE pause.annotator_id = annotator.id AND pause.lifted_at IS NULL
       AND (pause.until IS NULL OR pause.until > core_now())
       AND (pause.domain_id IS NULL OR {within("project.domain_id", "pause.domain_id")})
       AND (pause.organization_id IS NULL OR pause.organization_id = project.organization_id)
       AND (pause.project_id IS NULL OR pause.project_id = project.id)"""

PAIR_RULES: tuple[Rule, ...] = (
    Rule(
        "annotator_suspended",
        "Profile in good standing",
        f"(annotator.state = 'active' AND {_OPEN_ACCOUNT})",
        f"jsonb_build_object('state', annotator.state, 'account_open', {_OPEN_ACCOUNT})",
        "Your profile is suspended.",
        "Staff reinstate a profile; the notice of the suspension says why.",
    ),
    Rule(
        "domain_missing",
        "Domain",
        DECLARED,
        """jsonb_build_object('domain', project.domain_id, 'declared', (
            SELECT coalesce(jsonb_agg(own.domain_id ORDER BY own.domain_id), '[]')
              FROM accounts_annotatorprofile_domains own
             WHERE own.annotatorprofile_id = annotator.id))""",
        "This work is for experts in {domain}.",
        "Add {domain}, or a domain below it, to your profile if it is your field.",
    ),
    Rule(
        "credential_missing",
        "Verified credential",
        f"(NOT project.credential_required OR {PROVEN})",
        """jsonb_build_object('domain', project.domain_id, 'required', project.credential_required)
        """,
        "This work needs a verified credential in {domain}.",
        "Claim a licence, degree, post or certificate in {domain} and have it verified.",
    ),
    Rule(
        "qualification_missing",
        "Qualifications",
        """NOT EXISTS (
            SELECT 1 FROM tasks_project_qualifications wanted
             WHERE wanted.project_id = project.id
               AND NOT EXISTS (
                   SELECT 1 FROM accounts_qualificationgrant held
                    WHERE held.qualification_id = wanted.qualification_id
                      AND held.annotator_id = annotator.id AND held.revoked_at IS NULL
                      AND """
        + valid("held")
        + "))",
        f"jsonb_build_object('lacked', to_jsonb({_LACKED}))",
        "This work needs qualifications that you do not hold: {lacked}.",
        "Pass what grants them: {lacked}.",
    ),
    Rule(
        "tier_too_low",
        "Tier",
        "annotator.tier >= project.min_tier",
        "jsonb_build_object('tier', annotator.tier, 'wanted', project.min_tier)",
        "This work is for tier {wanted} and above; you are in tier {tier}.",
        "Tiers rise with accepted work.",
    ),
    Rule(
        "language_missing",
        "Languages",
        "project.languages <@ annotator.languages",
        """jsonb_build_object('missing', (
            SELECT coalesce(jsonb_agg(code ORDER BY code), '[]') FROM unnest(project.languages) code
             WHERE code <> ALL (annotator.languages)))""",
        "This work needs languages you did not name: {missing}.",
        "Add {missing} to your profile if you work in it.",
    ),
    Rule(
        "country_not_allowed",
        "Country",
        "(cardinality(project.countries) = 0 OR annotator.country = ANY (project.countries))",
        """jsonb_build_object('country', annotator.country,
            'countries', to_jsonb(project.countries))""",
        "This work is not open to your country.",
        "Nothing in your hands: the client asks for experts elsewhere.",
    ),
    Rule(
        "no_payout_rail",
        "Payout rail",
        f"annotator.country = ANY ({RAILS})",
        "jsonb_build_object('country', annotator.country)",
        "There is no way yet to pay you in your country.",
        "We open countries as Stripe does; nobody works unpaid meanwhile.",
    ),
    Rule(
        "nda_missing",
        "Confidentiality agreement",
        """(project.nda_id IS NULL OR EXISTS (
            SELECT 1 FROM accounts_ndasignature signed
             WHERE signed.nda_id = project.nda_id AND signed.annotator_id = annotator.id))""",
        """jsonb_build_object('nda', project.nda_id, 'title', (
            SELECT nda.title FROM accounts_nda nda WHERE nda.id = project.nda_id))""",
        "This work asks for a signed confidentiality agreement.",
        "Read and sign it on the page of agreements.",
    ),
    Rule(
        "walled_off",
        "Competing clients",
        f"NOT EXISTS ({_RIVALS})",
        f"""jsonb_build_object('rivals', (
            SELECT coalesce(jsonb_agg(DISTINCT found.name), '[]') FROM ({_RIVALS}) found))""",
        "Work you did lately keeps this work from you for a time.",
        "It opens by itself when enough months have passed.",
    ),
    Rule(
        "shut_out",
        "Client's deny list",
        f"NOT EXISTS ({_ON_LIST.format(kind='deny')})",
        f"jsonb_build_object('why', ({_ON_LIST.format(kind='deny')}))",
        "This client's work is not open to you.",
        "Write to us if you do not know why.",
    ),
    Rule(
        "not_invited",
        "By invitation only",
        f"(NOT project.invited_only OR EXISTS ({_ON_LIST.format(kind='allow')}))",
        "jsonb_build_object('invited_only', project.invited_only)",
        "This work is by invitation only.",
        "The client invites experts by name.",
    ),
    Rule(
        "not_in_team",
        "Team",
        """(project.team_id IS NULL OR EXISTS (
            SELECT 1 FROM accounts_teammember belongs
             WHERE belongs.team_id = project.team_id AND belongs.annotator_id = annotator.id))""",
        """jsonb_build_object('team', (
            SELECT team.name FROM accounts_team team WHERE team.id = project.team_id))""",
        "This work is for a team that you do not belong to.",
        "Staff put teams together.",
    ),
    Rule(
        "paused",
        "Paused",
        f"NOT EXISTS ({_PAUSES})",
        f"""jsonb_build_object('reasons', (
            SELECT coalesce(jsonb_agg(found.reason), '[]') FROM ({_PAUSES}) found))""",
        "New work of this kind is paused for you: {reasons}",
        "The page of qualifications shows until when.",
    ),
)


def by_code(rules: Sequence[Rule]) -> dict[str, Rule]:
    """The rules under their codes."""
    return {rule.code: rule for rule in rules}
