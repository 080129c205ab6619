"""A dispute: two experts honestly differ on a question that nothing in the data settles.

One task in a project of its own, two answers and no more: both are accepted, neither outvotes the
other, and an adjudicator decides with a reason.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from marketplace.ops.demo.cast import ExpertAtWork
from marketplace.ops.demo.clientside import ClientProgram
from marketplace.ops.demo.company import Company
from marketplace.ops.demo.labour import Labour
from marketplace.ops.demo.sources.base import DemoItem, DemoSource
from marketplace.ops.demo.tally import Tally
from marketplace.ops.drive.annotator import claim_of
from marketplace.ops.drive.browser import Surprise
from tasks.interface.parts import Question
from tasks.interface.spec import Interface
from tasks.interface.voting import votable

TITLE = "A second opinion: "
NAME = "second-opinion"
SIDES = 2
PAID_AHEAD = 1.5
"""All of the work, and the reviews that come on top."""
DIVISIVE = ("choice", "preference", "rating", "multi")

Wait = Callable[[str, Callable[[], bool]], None]


def hold(
    web: str, company: Company, source: DemoSource, *, seed: int, tally: Tally, wait_for: Wait
) -> dict[str, DemoItem]:
    """Post the task and let two experts answer it; returns its item by task id and by handle.

    Nothing happens where no question has two sides.
    """
    interface = Interface.parse(source.interface)
    question = _divisive(interface)
    if question is None:
        return {}
    sides = [{question.name: side} for side in _sides(question)]
    item = replace(source.items[0], external_id=NAME, truth=None, recorded=sides)
    terms = replace(source.terms, overlap=SIDES, review_plan="share")
    one = replace(source, title=f"{TITLE}{source.title}", items=[item], terms=terms)
    program = ClientProgram(web, company.client, one, more_answers=0)
    program.post_project()
    items = program.start([item], share=PAID_AHEAD)
    labour = Labour(program.project, interface, items, seed, tally)
    # Neighbours in number, so that each takes another of the two sides.
    for expert in company.experts[SIDES : 2 * SIDES]:
        wait_for("offers", partial(labour.sees_work, expert))
        _answer(labour, expert)
    tally.count("contested")
    return items


def _answer(labour: Labour, expert: ExpertAtWork) -> None:
    page = expert.web.take_next(labour.project)
    claim = claim_of(page)
    if claim is None:
        raise Surprise(f"{expert.who.email} was not given the contested task: {page.said()}")
    labour.answer(expert, claim, go_on=False)


def _divisive(interface: Interface) -> Question | None:
    """The first question that is counted and has two answers far apart."""
    counted = [interface.question(name) for name in votable(interface)]
    return next((one for one in counted if one.type in DIVISIVE), None)


def _sides(question: Question) -> list[Any]:
    ends = [question.values[0], question.values[-1]]
    return [[one] for one in ends] if question.type == "multi" else ends
