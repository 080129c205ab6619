"""The report adds up, or says in sentences why it does not."""

import dataclasses
import json

import pytest

from marketplace.ops.demo.report import Report, table, write_report
from marketplace.ops.demo.sums import exit_code, faults

GOOD = Report(
    tasks=10, submissions=36, accepted=30, rejected=2, expired=1, results=10,
    accuracy_of_results=0.95, claims_double=0, ledger_sum=0, deposits_minor=20_000,
    paid_minor=11_000, stripe_paid_minor=11_000, fees_minor=1_650, audit_rows=0, seconds=61.25,
    currency="usd", overlap=3, returned=4, reviews=36, annotators=24,
    stripe_deposits_minor=20_000, owed_minor=500, funds_left_minor=6_850, expected_minor=11_500,
    audit_entries=400, gold_tasks=3, gold_answers=12, gold_right=9, more_answers=1, contested=1, adjudicated=1,
    appeals=1, appeals_won=0, lots=1, inspected=10, defects=0, error_bound=0.0,
    warranty="Each of the 10 results was inspected.",
)  # fmt: skip
KEYS = (
    "tasks submissions accepted rejected expired results accuracy_of_results claims_double "
    "ledger_sum deposits_minor paid_minor stripe_paid_minor fees_minor audit_rows seconds"
)


def test_a_good_report_has_no_fault():
    assert faults(GOOD) == []
    assert exit_code(faults(GOOD)) == 0


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        ({"results": 9}, ["10 tasks were posted, but 9 results delivered."]),
        ({"returned": 3}, ["36 answers were handed in, but 35 have a verdict."]),
        ({"claims_double": 1}, ["1 claims were given out twice."]),
        (
            {"accepted": 29, "rejected": 3},
            ["29 answers were accepted, but the tasks need 30."],
        ),
        ({"gold_answers": 0}, ["Nobody was given a task with a known answer."]),
        ({"adjudicated": 0}, ["Experts differed, and nobody decided."]),
        ({"appeals": 0}, ["Answers were rejected, and nobody appealed."]),
        ({"lots": 0}, ["Nothing was delivered in lots."]),
        ({"ledger_sum": -1}, ["The ledger sums to -1, not 0."]),
        (
            {"fees_minor": 1_651},
            ["Deposits are 20000, but paid, owed, fees and funds left are 20001."],
        ),
        (
            {"expected_minor": 11_501},
            ["The verdicts earned 11501, but the ledger paid or owes 11500."],
        ),
        ({"audit_entries": 0}, ["No audit entry was written."]),
        (
            {"audit_rows": 2, "audit_problems": ["Entry 7 is lame.", "So is 8."]},
            ["The audit views show 2 rows, not 0.", "Audit: Entry 7 is lame.", "Audit: So is 8."],
        ),
        ({"audit_problems": ["Entry 7 is lame."]}, ["Audit: Entry 7 is lame."]),
        ({"stripe_paid_minor": 10_999}, ["The ledger paid 11000, but Stripe 10999."]),
        ({"stripe_deposits_minor": 0}, ["The ledger took in 20000, but Stripe 0."]),
        (
            {"paid_minor": 0, "stripe_paid_minor": 0, "owed_minor": 11_500},
            ["Nobody was paid."],
        ),
        (
            {"fees_minor": -1, "funds_left_minor": 8_501},
            ["Money below zero: fees -1."],
        ),
        (
            {"tasks": 0, "results": 0},
            ["No task was posted."],
        ),
    ],
)
def test_each_fault_is_a_sentence_and_an_exit_code(change, sentences):
    found = faults(dataclasses.replace(GOOD, **change))
    assert found == sentences
    assert exit_code(found) == 1


def test_the_file_begins_with_the_agreed_keys(tmp_path):
    path = tmp_path / "demo" / "report.json"
    write_report(GOOD, [], path)
    written = json.loads(path.read_text())
    assert list(written)[:15] == KEYS.split()
    assert written == {**dataclasses.asdict(GOOD), "adds_up": True, "faults": []}
    write_report(GOOD, ["No."], path)
    written = json.loads(path.read_text())
    assert (written["adds_up"], written["faults"]) == (False, ["No."])
    assert [one.name for one in path.parent.iterdir()] == ["report.json"]


def test_the_table_is_for_people():
    lines = table(GOOD, []).splitlines()
    assert lines[0] == "tasks                       10"
    assert "deposits               $200.00" in lines
    assert "accuracy_of_results      95.0%" in lines
    assert "seconds                   61.2" in lines
    assert lines[-1] == "Money and counts add up."
    assert lines[-2] == GOOD.warranty
    assert len({len(line) for line in lines[:-2]}) == 1
    unknown = dataclasses.replace(GOOD, accuracy_of_results=None)
    assert "not known" in table(unknown, [])
    assert table(GOOD, ["One.", "Two."]).splitlines()[-2:] == ["WRONG: One.", "WRONG: Two."]
