"""The background jobs and sweeps of `tasks`: each calls one action, and may run twice."""

from uuid import UUID

from marketplace.core.actors import job as acting
from marketplace.core.registry import job, sweep
from tasks.actions import (
    adjudication_claims,
    appeals,
    approvals,
    backpressure,
    calling_off,
    cascade,
    checks,
    drifting,
    expiry,
    fit,
    fitting,
    funding,
    gold,
    lots,
    low_funds,
    matching,
    overdue,
    planning,
    projects,
    rematching,
    requests,
    result_learning,
    rule_running,
    settlement,
    steering,
    suspects,
    weighing,
)


@job("tasks.check_submission")
def check_submission(submission_id: str) -> None:
    """Accept a submission that no reviewer needs to see."""
    checks.check(submission_id=UUID(submission_id), by=acting("tasks.check_submission"))


@sweep("tasks.find_unchecked", every=3600, queue="bulk")
def find_unchecked() -> None:
    """Promise anew the checks whose job failed for good or was lost."""
    checks.promise_overdue(by=acting("tasks.find_unchecked"))


# Not remote, but it commits its own steps: a hundred answers each.
@job("tasks.approve_many", queue="bulk", remote=True)
def approve_many(approval_id: str) -> None:
    """Accept what a client approved by the thousand."""
    approvals.run(approval_id=UUID(approval_id), by=acting("tasks.approve_many"))


@sweep("tasks.find_approvals", every=300)
def find_approvals() -> None:
    """Promise anew the approvals whose job was lost."""
    approvals.promise_overdue()


@job("tasks.weigh_task")
def weigh_task(task_id: str) -> None:
    """Conclude a task, ask for one more answer, call an adjudicator, or wait."""
    weighing.weigh(task_id=UUID(task_id), by=acting("tasks.weigh_task"))


# Not remote, but it commits its own steps: one answer each.
@job("tasks.settle_gold", queue="bulk", remote=True)
def settle_gold(gold_id: str, after: str = "") -> None:
    """Take back what a gold task in quarantine taught, or teach it again."""
    last = UUID(after) if after else gold.FIRST
    gold.settle(gold_id=UUID(gold_id), after=last, by=acting("tasks.settle_gold"))


@job("tasks.learn_from_result", queue="slow")
def learn_from_result(task_id: str) -> None:
    """Agreement with a calibrated result moves the skill of those who answered."""
    result_learning.learn_from(task_id=UUID(task_id), by=acting("tasks.learn_from_result"))


# Not remote, but it reckons for seconds and must hold no transaction open meanwhile.
@job("tasks.fit_project", queue="bulk", remote=True)
def fit_project(project_id: str) -> None:
    """Measure a project's questions and annotators anew, if it has enough new answers."""
    fitting.fit_project(project_id=UUID(project_id))


@job("tasks.advance_lot")
def advance_lot(lot_id: str) -> None:
    """Decide a lot of a delivery by what was found in it, or ask for more inspections."""
    lots.advance(lot_id=UUID(lot_id), by=acting("tasks.advance_lot"))


@job("tasks.finish_delivery", queue="slow")
def finish_delivery(delivery_id: str) -> None:
    """Make a delivery ready when all its lots are."""
    lots.finish(delivery_id=UUID(delivery_id), by=acting("tasks.finish_delivery"))


@job("tasks.refresh_annotator")
def refresh_annotator(annotator_id: str) -> None:
    """List anew the projects for which an annotator is eligible."""
    matching.refresh_annotator(annotator_id=UUID(annotator_id))


@job("tasks.refresh_project", queue="slow")
def refresh_project(project_id: str) -> None:
    """List anew the annotators who are eligible for a project."""
    matching.refresh_project(project_id=UUID(project_id))


@job("tasks.refresh_organization")
def refresh_organization(organization_id: str) -> None:
    """List anew the annotators who are eligible for each of a client's projects."""
    rematching.refresh_organization(organization_id=UUID(organization_id))


# Not remote, but it reckons for seconds and must hold no transaction open meanwhile.
@job("tasks.refresh_fit", queue="bulk", remote=True)
def refresh_fit(project_id: str) -> None:
    """Compare the texts of annotators with a project's anew."""
    fit.refresh(project_id=UUID(project_id))


@job("tasks.plan_project", queue="bulk")
def plan_project(project_id: str) -> None:
    """Offer a project's open tasks to its free candidates."""
    planning.plan_project(project_id=UUID(project_id), by=acting("tasks.plan_project"))


@job("tasks.move_up")
def move_up(task_id: str) -> None:
    """Ask those who wait for a task that somebody declined."""
    cascade.move_up(task_ids=[UUID(task_id)], by=acting("tasks.move_up"))


@job("tasks.refresh_frozen")
def refresh_frozen(organization_id: str) -> None:
    """A dispute froze a client's money, or let go of it."""
    by = acting("tasks.refresh_frozen")
    funding.refresh_frozen(organization_id=UUID(organization_id), by=by)


@job("tasks.resume_pot")
def resume_pot(pot: str) -> None:
    """Money arrived in a project's pot."""
    funding.resume_pot(pot=pot, by=acting("tasks.resume_pot"))


@job("tasks.wind_up_project", queue="slow")
def wind_up_project(project_id: str) -> None:
    """Take the open slots of a closed project out of the queue."""
    projects.wind_up(project_id=UUID(project_id), by=acting("tasks.wind_up_project"))


@sweep("tasks.expire_leases", every=5)
def expire_leases() -> None:
    """End the claims and the reviews whose time is over."""
    expiry.expire_assignments(by=acting("tasks.expire_leases"))
    expiry.expire_reviews(by=acting("tasks.expire_leases"))
    adjudication_claims.expire(by=acting("tasks.expire_leases"))


@job("tasks.end_called_off", queue="slow")
def end_called_off(project_id: str) -> None:
    """End and pay the claims on what a client called off."""
    calling_off.end_claims(project_id=UUID(project_id), by=acting("tasks.end_called_off"))


@sweep("tasks.accept_overdue", every=30)
def accept_overdue() -> None:
    """Accept the answers that nobody has judged in time."""
    overdue.accept_overdue(by=acting("tasks.accept_overdue"))


@sweep("tasks.expire_offers", every=10)
def expire_offers() -> None:
    """End the offers that nobody answered and those that are void; ask who waits."""
    cascade.expire_offers(by=acting("tasks.expire_offers"))


@sweep("tasks.plan_batches", every=60)
def plan_batches() -> None:
    """Promise plans for the projects that push, the nearest deadline first."""
    planning.plan_batches()


@sweep("tasks.watch_funds", every=300)
def watch_funds() -> None:
    """Tell clients whose projects are running low."""
    low_funds.sweep(by=acting("tasks.watch_funds"))


@sweep("tasks.watch_backlog", every=30)
def watch_backlog() -> None:
    """Slow down projects whose answers wait too long for their reviews; let others go on."""
    backpressure.watch(by=acting("tasks.watch_backlog"))


@sweep("tasks.weigh_tasks", every=900, queue="bulk")
def weigh_tasks() -> None:
    """Find tasks whose answers are all accepted and that have no result."""
    weighing.weigh_overdue()


@sweep("tasks.fit_stale", every=60, queue="bulk")
def fit_stale() -> None:
    """Find projects with enough new answers, or new gold, to be measured again."""
    fitting.fit_stale()


@sweep("tasks.watch_lots", every=300, queue="bulk")
def watch_lots() -> None:
    """Find lots and deliveries whose next step was missed."""
    lots.catch_up()


@sweep("tasks.settle_rejections", every=20)
def settle_rejections() -> None:
    """Give back the money of rejections that have become final."""
    settlement.settle_rejections(by=acting("tasks.settle_rejections"))


@sweep("tasks.withdraw_stale_requests", every=3600)
def withdraw_stale_requests() -> None:
    """Give up the second looks for which nobody was found in time."""
    requests.withdraw_stale(by=acting("tasks.withdraw_stale_requests"))


@sweep("tasks.lapse_appeals", every=30)
def lapse_appeals() -> None:
    """Let those win whose appeals nobody decided in time."""
    appeals.lapse(by=acting("tasks.lapse_appeals"))


@sweep("tasks.watch_drift", every=3600, queue="bulk")
def watch_drift() -> None:
    """Widen the estimates of those whose recent answers differ from their earlier ones."""
    drifting.watch(by=acting("tasks.watch_drift"))


@job("tasks.mark_starters", queue="slow")
def mark_starters(project_id: str) -> None:
    """Mark the open tasks that newcomers are given first."""
    steering.mark_starters(project_id=UUID(project_id))


@job("tasks.prove_candidates", queue="bulk")
def prove_candidates(project_id: str) -> None:
    """Compare a project's candidate rows with the rules, and mend what differs."""
    matching.prove_project(project_id=UUID(project_id), by=acting("tasks.prove_candidates"))


@sweep("tasks.refresh_stale_projects", every=60)
def refresh_stale_projects() -> None:
    """Reckon shares and numbers of candidates anew where claims have moved them."""
    matching.refresh_stale()


@sweep("tasks.refresh_walled_projects", every=3600)
def refresh_walled_projects() -> None:
    """Open projects to those who worked for a competitor so long ago that it does not count."""
    rematching.refresh_walled()


@sweep("tasks.rebuild_candidates", every=24 * 3600)
def rebuild_candidates() -> None:
    """List all candidates anew, project by project, in case an event was missed."""
    matching.rebuild()


@sweep("tasks.rebuild_fit", every=24 * 3600)
def rebuild_fit() -> None:
    """Compare all texts anew, project by project: annotators have written and worked since."""
    fit.rebuild()


@job("tasks.run_rule", queue="bulk")
def run_rule(rule_id: str) -> None:
    """Do what a rule says for everybody whom it hits."""
    rule_running.run(rule_id=UUID(rule_id), by=acting("tasks.run_rule"))


@sweep("tasks.run_rules", every=600, queue="bulk")
def run_rules() -> None:
    """Promise a run of every enabled rule."""
    rule_running.sweep()


# Not remote, but it reckons for seconds and must hold no transaction open meanwhile.
@job("tasks.find_copying", queue="bulk", remote=True)
def find_copying(project_id: str) -> None:
    """Keep the pairs of a project whose answers go together, for staff to look at."""
    suspects.find(project_id=UUID(project_id), by=acting("tasks.find_copying"))


@sweep("tasks.watch_copying", every=24 * 3600, queue="bulk")
def watch_copying() -> None:
    """Promise a look at the pairs of each project that has new answers and enough shared tasks."""
    suspects.watch()
