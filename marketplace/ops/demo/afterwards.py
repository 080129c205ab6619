"""Something left to do for whoever looks around with `make up`: a task to claim, an answer to
review, a credential to verify. Made after the report, with what is left of the client's money.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from marketplace.ops.demo.cast import ExpertAtWork, claim_credential
from marketplace.ops.demo.clientside import ClientProgram
from marketplace.ops.demo.company import Company
from marketplace.ops.demo.labour import Labour
from marketplace.ops.demo.people import ClaimedCredential
from marketplace.ops.demo.sources.base import DemoSource
from marketplace.ops.demo.tally import Tally
from marketplace.ops.drive.annotator import claim_of
from tasks.interface.spec import Interface

TASKS = 5
TITLE = "Open to you: "
CERTIFICATE = ("certificate", "Reviewer training", "Harborview University", "RT-2041")

Wait = Callable[[str, Callable[[], bool]], None]


def leave_work(web: str, company: Company, source: DemoSource, seed: int, wait_for: Wait) -> None:
    """A small project that is open; one answer of the second expert waits for its review.

    The first expert, whose login is printed, finds the tasks on the work list.
    """
    more = replace(source, title=f"{TITLE}{source.title}", items=source.items[:TASKS])
    program = ClientProgram(web, company.client, more)
    program.post_project()
    items = program.start(more.items)
    interface = Interface.parse(more.interface)
    labour = Labour(program.project, interface, items, seed, Tally())
    first, second = company.experts[:2]
    for expert in (first, second):
        wait_for("offers", partial(labour.sees_work, expert))
    _one_answer(labour, second)
    _one_credential(first)


def _one_answer(labour: Labour, expert: ExpertAtWork) -> None:
    """Handed in, and not reviewed."""
    claim = claim_of(expert.web.take_next(labour.project))
    if claim is not None:
        labour.answer(expert, claim, go_on=False)


def _one_credential(expert: ExpertAtWork) -> None:
    """Claimed, and not verified."""
    claimed = ClaimedCredential(*CERTIFICATE, expert.expert.domains[0])
    claim_credential(expert.web, expert.expert, claimed)
