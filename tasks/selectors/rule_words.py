"""A rule and its hits in words: for those whom it hits, for clients and for staff."""

from django.utils.translation import gettext as _

from tasks.models import QualityRule
from tasks.quality.rules import Reading
from tasks.selectors.collectors import COLLECTORS
from tasks.states import RuleAction


def percent(share: float) -> str:
    """A share from 0 to 1 as people write it: "62.5 %"."""
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def figure(rule: QualityRule, value: float) -> str:
    """A value of the rule's collector with its unit."""
    collector = COLLECTORS[rule.collector]
    return percent(value) if collector.share else f"{value:.4g} {collector.unit}"


def condition(rule: QualityRule) -> str:
    """When the rule hits."""
    return _("%(what)s %(side)s %(threshold)s, of at least %(least)s, in %(days)s days") % {
        "what": rule.get_collector_display(),
        "side": rule.get_operator_display(),
        "threshold": figure(rule, rule.threshold),
        "least": rule.least,
        "days": rule.window_days,
    }


def action(rule: QualityRule) -> str:
    """What the rule does, with its parameters."""
    kind = rule.action
    if kind == RuleAction.PAUSE:
        where = rule.get_scope_display()
        return _("Pause of %(days)s days: %(where)s") % {"days": rule.days, "where": where}
    if kind == RuleAction.REQUIRE_REVIEW:
        words = {"percent": rule.percent, "days": rule.days}
        return _("Review at least %(percent)s %% of the answers for %(days)s days") % words
    if kind == RuleAction.NOTIFY:
        return _("Tell: %(whom)s") % {"whom": rule.get_whom_display()}
    return rule.get_action_display()


def of_hit(rule: QualityRule, reading: Reading) -> str:
    """One sentence for the annotator: the rule, what was seen, and from where on it hits."""
    words = {
        "title": rule.title,
        "what": rule.get_collector_display(),
        "value": figure(rule, reading.value),
        "seen": reading.seen,
        "side": rule.get_operator_display(),
        "threshold": figure(rule, rule.threshold),
    }
    if reading.low is None or reading.high is None:
        return _("Rule “%(title)s”: %(what)s: %(value)s, which is %(side)s %(threshold)s.") % words
    words["low"], words["high"] = percent(reading.low), percent(reading.high)
    return (
        _(
            "Rule “%(title)s”: %(what)s: %(value)s of %(seen)s, surely between %(low)s and"
            " %(high)s, which is %(side)s %(threshold)s."
        )
        % words
    )
