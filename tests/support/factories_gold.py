"""Projects with gold for tests."""

from tasks.actions import intake, skills
from tasks.models import Assignment, Gold, GoldStanding, Skill
from tests.support import factories_tasks as work
from tests.support.api import Api


def row(number, *, training=False, known=None, **more):
    """A row of an upload whose answer is known."""
    return {
        "external_id": f"gold{number}",
        "payload": {"problem": f"Problem {number}"},
        "gold": {"answer": work.RIGHT, "training": training, **(known or {}), **more},
    }


def project(*, tasks=3, gold=1, training=0, known=None, **other):
    """An active project with tasks, and gold that everybody answers right with `work.RIGHT`."""
    made = work.project(tasks=tasks, **other)
    rows = [row(n, known=known) for n in range(gold)]
    rows += [row(n, training=True, known=known) for n in range(gold, gold + training)]
    if rows:
        intake.post_tasks(project_id=made.pk, rows=list(enumerate(rows)), by=work.BY)
    return made


def kind(claim):
    """G for gold, T for training, a dot for any other task."""
    found = Gold.objects.filter(pk=claim.task_id).first()
    if found is None:
        return "."
    return "T" if found.training else "G"


def run_out(claim):
    """The claim's time is over; nobody has noticed yet."""
    Assignment.objects.filter(pk=claim.pk).update(leased_until="2020-01-01T00:00Z")


def answered(who, answer=None, *, check=True):
    """Their answer to the gold they are given next."""
    claim = work.claim(who)
    assert kind(claim) in "GT"
    submission = work.submit(claim, answer)
    if check:
        work.check(submission)
    return submission


def good(**other):
    """Beta(40, 2): the lower bound is .888."""
    who = work.expert(**other)
    skills.record(
        annotator_id=who.pk, domain=work.DOMAIN, alpha=40, beta=2, gold_seen=40, by=work.BY
    )
    return who


def in_quarantine():
    """Three good annotators fail it, after one of whom nothing is known was right."""
    api = Api()
    made = project(gold=1, tasks=9, client=api.organization)
    plain = work.expert()
    answered(plain)
    people = [good() for _ in range(3)]
    for who in people:
        assert Gold.objects.get().state == "active"
        answered(who, work.WRONG)
    return api, made, plain, people


def skill(who):
    """Alpha, beta and the gold seen."""
    found = Skill.objects.get(annotator=who)
    return round(found.alpha, 6), round(found.beta, 6), found.gold_seen


def standing(who):
    """Gold claimed, answered and right."""
    found = GoldStanding.objects.get(annotator=who)
    return found.claimed, found.answered, found.right
