"""One task on the whole road: key, project, task, claim, submit, accept, transfer at Stripe.

Only over HTTP, on real processes: web, worker with relay, beat, PostgreSQL, Valkey, local Stripe.
"""

import json
import time

import pytest

from marketplace.ops.demo import cast, people
from marketplace.ops.demo.clientside import ClientProgram
from marketplace.ops.demo.sources.base import DemoItem, DemoSource, Terms
from marketplace.ops.drive import account
from marketplace.ops.drive.account import Identity
from marketplace.ops.drive.annotator import AnnotatorWeb, claim_of
from marketplace.ops.drive.browser import Browser
from marketplace.ops.drive.desk import DeskWeb

pytestmark = pytest.mark.slow

INTERFACE = {
    "version": 1,
    "fields": [{"name": "claim", "type": "markdown"}],
    "questions": [
        {
            "name": "verdict",
            "type": "choice",
            "required": True,
            "options": [{"value": "true"}, {"value": "false"}],
        },
        {"name": "why", "type": "text", "required": True},
    ],
}
ANSWER = {"verdict": "true", "why": "Every even number up to 100 was tried, and it holds."}
PRICE, REVIEW_PRICE = 500, 120
SOURCE = DemoSource(
    title="Is it true?",
    brief="Judge one claim.",
    guideline="# How to judge\n\nTry small cases first.",
    domain="engineering.software",
    interface=INTERFACE,
    items=[DemoItem("goldbach", {"claim": "Every even number above 2 is the sum of two primes."})],
    terms=Terms(price_minor=PRICE, review_price_minor=REVIEW_PRICE, overlap=1),
)
NINE_DAYS = 9 * 24 * 3600
PATIENCE = 60.0


def until(done):
    """Look again until it is true."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)


def administrator(installation):
    """The first of staff, made on the machine, with a second factor."""
    who = Identity("Root", "root@example.test", cast.new_password())
    installation.manage(
        "bootstrap_admin", "--email", who.email, BOOTSTRAP_ADMIN_PASSWORD=who.password
    )
    browser = Browser(installation.stack.web)
    account.sign_in(browser, who)
    return DeskWeb(browser), account.set_up_totp(browser, who)


def test_one_task_from_a_clients_key_to_an_experts_transfer(installation):
    entrance, stripe = installation.entrance, installation.stripe
    desk, _ = administrator(installation)
    client = cast.bring_client(entrance, people.client(7))
    expert = cast.bring_expert(entrance, people.experts(1, SOURCE.domain, 7)[0])
    browser, who = cast.bring_reviewer(entrance, people.reviewers(1, 7)[0])
    assert desk.verify_credentials() == 1
    desk.appoint(who.email)
    account.set_up_totp(browser, who)

    program = ClientProgram(installation.stack.web, client, SOURCE)
    program.post_project()
    task, handle = program.start(SOURCE.items)
    assert program.progress()["tasks_open"] == 1

    until(lambda: expert.web.work_list().has_form(action=f"/work/projects/{program.project}/next"))
    refused = expert.web.take_next(program.project)  # the project was given 60 % of what it costs
    assert claim_of(refused) is None
    assert "money" in refused.words()
    program.keep_funded()
    until(lambda: program.api.get(f"/projects/{program.project}")["funds_short_at"] is None)
    claim = claim_of(expert.web.take_next(program.project))
    assert (claim.task, claim.returns) == (handle, 0)
    pairs = [(f"answer-{name}", value) for name, value in ANSWER.items()]
    expert.web.save_draft(claim, pairs)
    kept = expert.web.open(claim.assignment)
    assert ("answer-why", ANSWER["why"]) in kept.page.form("fence", "save").fields
    expert.web.submit(kept, pairs, go_on=False)
    assert claim_of(expert.web.take_next(program.project)) is None

    taken = []
    until(lambda: taken.append(DeskWeb(browser).next_review()) or taken[-1])  # once it is drawn
    review = taken[-1]
    assert (review.assignment, review.task, review.returns) == (claim.assignment, task, 0)
    assert ANSWER["why"] in review.page.words()
    assert DeskWeb(browser).decide(review, verdict="accept", category="", text="") is None

    until(lambda: program.progress()["tasks_concluded"] == 1)
    (record,) = program.export()
    assert (record["external_id"], record["answer"]) == ("goldbach", ANSWER)
    assert (record["source"], record["submissions"]) == ("submission", 1)
    assert json.dumps(record).count(expert.who.email) == 0

    reviewer = AnnotatorWeb(browser)
    assert not expert.web.request_payout()
    installation.advance("9d", NINE_DAYS)
    until(expert.web.request_payout)
    until(reviewer.request_payout)
    until(lambda: stripe.transferred("usd") == PRICE + REVIEW_PRICE)
    assert sorted(
        one["usd"]["amount"] for one in stripe.totals()["transfers"]["by_destination"].values()
    ) == [REVIEW_PRICE, PRICE]

    funds = program.api.get(f"/projects/{program.project}/funds")
    spent = PRICE + PRICE // 5 + REVIEW_PRICE + REVIEW_PRICE // 5
    assert (funds["reserved_minor"], funds["spent_minor"]) == (0, spent)
    assert stripe.charged("usd") == program.deposits_minor
    assert "ok" in installation.manage("audit")
