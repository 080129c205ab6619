"""How well a project and an expert suit each other: the parts of the score, and the weights.

    score = quality·w + fit·w - cost·w + fairness·w + exploration·w          (kept as a row)
    order of a claim = project's rank, then score + deadline·w + ageing      (at the claim)

Every part lies between 0 and 1; the weights are the project's own data. docs/matching.md explains
both lines to an expert and to an engineer. The expressions stand over the rows `annotator`,
`project`, `matching` and `fit` (both perhaps missing) and those of `LATERALS`.
"""

import datetime as dt
from collections.abc import Mapping

from tasks.matching.rules import PROVEN

# Without gold answers skill is a prior: Beta(4, 1) where a credential in the domain is verified,
# Beta(3, 2) elsewhere; these are their 5 % and 95 % quantiles (tests/tasks/test_score.py).
PRIOR_PROVEN = (0.4729, 0.9873)
PRIOR_DECLARED = (0.2486, 0.9024)
# An expert is a newcomer in a domain until so many gold answers are known.
NEWCOMER_GOLD = 30
# A right answer is worth three times its price where a project does not say.
VALUE_OF_PRICE = 3
# Points a day that a project gains while nobody claims of it, whatever its weights: so that
# nothing starves.
AGEING_A_DAY = 0.1
# At work lately: counts for shares. Around today: tasks are kept for such newcomers.
ACTIVE = dt.timedelta(days=14)
AROUND = dt.timedelta(hours=24)
# Starter tasks wait so long for the next newcomer, after one has claimed or tasks were added.
STARTERS_WAIT = "4 hours"
KEPT = """(coalesce(matching.newcomers, 0) > 0
            AND coalesce(matching.starters_until, '-infinity') > core_now())"""
# The share cap never falls below this many tasks: small projects are not cut into crumbs.
LEAST_SHARE = 5

WEIGHTS = ("quality", "fit", "price", "urgency", "fairness", "exploration")
PRESETS: dict[str, Mapping[str, float]] = {
    name: dict(zip(WEIGHTS, weights, strict=True))
    for name, weights in {
        "balanced": (1.0, 0.3, 0.2, 0.5, 0.3, 0.2),
        "fastest": (0.5, 0.2, 0.0, 1.5, 0.1, 0.4),
        "cheapest": (0.5, 0.2, 1.0, 0.2, 0.3, 0.3),
        "careful": (2.0, 0.5, 0.0, 0.2, 0.2, 0.0),
    }.items()
}

# The nearest estimate: of the project's own domain, else of the closest one above it.
SKILL = """(
      SELECT estimate.lower, estimate.upper, estimate.gold_seen FROM tasks_skill estimate
       WHERE estimate.annotator_id = annotator.id
         AND (project.domain_id = estimate.domain_id
              OR starts_with(project.domain_id, estimate.domain_id || '.'))
       ORDER BY length(estimate.domain_id) DESC LIMIT 1)"""
# What several parts ask for, once a pair: that estimate (perhaps missing), whether a credential
# proves the field, and the claims.
LATERALS = f"""
  LEFT JOIN LATERAL {SKILL} skill ON true
 CROSS JOIN LATERAL (SELECT {PROVEN} AS proven OFFSET 0) proof
 CROSS JOIN LATERAL (
      SELECT count(*) AS claims FROM tasks_assignment own
       WHERE own.project_id = project.id AND own.annotator_id = annotator.id
         AND own.state NOT IN ('expired', 'released')) mine"""

_PRIOR = "CASE WHEN proof.proven THEN {proven} ELSE {declared} END"
_LOWER = _PRIOR.format(proven=PRIOR_PROVEN[0], declared=PRIOR_DECLARED[0])
_UPPER = _PRIOR.format(proven=PRIOR_PROVEN[1], declared=PRIOR_DECLARED[1])

# The price of an answer: by the hour, of the time that it is expected to take.
PRICE = """(project.price_minor::float * CASE project.pay ->> 'model'
        WHEN 'hourly' THEN project.expected_minutes / 60.0 ELSE 1 END)"""

NEWCOMER = f"coalesce(skill.gold_seen, 0) < {NEWCOMER_GOLD}"
PARTS: dict[str, str] = {
    # the lower bound of the skill's 90 % interval: decide on bounds, not on means
    "quality": f"coalesce(skill.lower, {_LOWER})",
    # nearness of texts; where none is known, how narrow the declared field is
    "fit": """coalesce(fit.value, least(1.0, 0.25 * (
        1 + length(project.domain_id) - length(replace(project.domain_id, '.', '')))))""",
    # the price as a share of what a right answer is worth
    "cost": f"""least(1.0, {PRICE}
        / coalesce(project.value_minor, {VALUE_OF_PRICE} * {PRICE}))""",
    # 1 with none of the project's tasks, 0 with the mean or more
    "fairness": """CASE WHEN coalesce(matching.share_mean, 0) <= 0 THEN 1.0
        ELSE greatest(0.0, 1.0 - mine.claims / matching.share_mean) END""",
    # how much there is to learn about a newcomer: the width of the interval
    "exploration": f"""CASE WHEN {NEWCOMER}
        THEN coalesce(skill.upper, {_UPPER}) - coalesce(skill.lower, {_LOWER}) ELSE 0.0 END""",
}
SCORE = (
    "project.weight_quality * {row}.quality + project.weight_fit * {row}.fit"
    " - project.weight_price * {row}.cost + project.weight_fairness * {row}.fairness"
    " + project.weight_exploration * {row}.exploration"
)
_DAYS = "extract(epoch FROM {span}) / 86400"
# 2 at half a day or less before the deadline and after it, 1 a day before, 0.1 ten days before.
DEADLINE = f"""CASE WHEN project.deadline IS NULL THEN 0.0 ELSE
    1.0 / greatest({_DAYS.format(span="(project.deadline - core_now())")}, 0.5) END"""
AGEING = f"""{AGEING_A_DAY} * greatest(0.0, {
    _DAYS.format(span="(core_now() - coalesce(matching.last_claim_at, project.activated_at))")
})"""
URGENCY = f"project.weight_urgency * {DEADLINE} + {AGEING}"
# The order in which an annotator's projects are claimed from and listed; over `candidate` as well.
ORDER = (
    "project.funds_short_at IS NOT NULL, project.rank DESC, "
    f"candidate.score + {URGENCY} DESC, project.id"
)
