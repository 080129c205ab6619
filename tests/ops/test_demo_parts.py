"""The demo's smaller parts: arguments, evidence, tally, a fresh beginning."""

import re
from pathlib import Path

import pytest

from marketplace.core.files import sniff
from marketplace.devservers.errors import ServersError
from marketplace.ops.demo import fresh
from marketplace.ops.demo.evidence import certificate
from marketplace.ops.demo.options import Options, default_interface
from marketplace.ops.demo.people import ClaimedCredential
from marketplace.ops.demo.sources.base import DemoItem, SourceError
from marketplace.ops.demo.tally import Hand, Tally

REPORT = Path("report.json")


def options(**given):
    """Options with defaults."""
    return Options(
        **{
            "data": None,
            "interface": None,
            "tasks": 4,
            "annotators": 12,
            "seed": 1,
            "report": REPORT,
        }
        | given
    )


def test_arguments_that_cannot_end_are_refused():
    options(annotators=8).check(overlap=3)
    with pytest.raises(SourceError, match="--annotators: at least 8 for 3 answers a task"):
        options(annotators=7).check(overlap=3)
    with pytest.raises(SourceError, match="--tasks: at least 1"):
        options(tasks=0).check(overlap=1)


def test_reviewers_follow_the_number_of_annotators():
    assert [options(annotators=n).reviewers for n in (8, 12, 18, 24, 60)] == [3, 3, 3, 4, 10]


def test_a_data_file_finds_the_interface_of_its_name():
    assert default_interface(None).name == "human_eval.json"
    assert default_interface(Path("/x/expertqa_questions.jsonl")).name == "expertqa.json"
    assert default_interface(Path("pandalm.jsonl")).name == "pandalm.json"


def test_a_certificate_is_a_pdf_whose_table_is_right():
    claim = ClaimedCredential("degree", "MSc (Hons) \\ Łódź", "Universität Elbtal", "DE-1", "law")
    content = certificate("Étienne Lefèvre", claim)
    assert sniff(content[:16]) == "application/pdf"
    assert "Étienne Lefèvre".encode("latin-1") in content
    places = [int(one) for one in re.findall(rb"(\d{10}) 00000 n", content)]
    assert len(places) == 6
    for number, place in enumerate(places, start=1):
        assert content[place:].startswith(b"%d 0 obj\n" % number)
    start = int(content.rpartition(b"startxref\n")[2].split()[0])
    assert content[start:].startswith(b"xref\n0 7\n")
    length = int(re.search(rb"/Length (\d+)", content)[1])
    assert len(content.partition(b"stream\n")[2].partition(b"\nendstream")[0]) == length


def test_a_tally_keeps_the_last_answer_of_each_claim():
    tally, item = Tally(), DemoItem("one", {"text": "x"})
    tally.hand_in("a", Hand(item, {"v": 1}))
    tally.count("return")
    tally.hand_in("a", Hand(item, {"v": 2}))
    tally.count("accept")
    tally.hand_in("b", Hand(item, {"v": 3}))
    tally.count("reject")
    tally.count("drafts")
    assert tally.hand("a").answer == {"v": 2}
    assert tally.answers("one") == [{"v": 2}, {"v": 3}]
    assert tally.answers("two") == []
    assert (tally.reviews(), tally.counts["drafts"]) == (3, 1)


def test_a_demo_does_not_empty_servers_that_others_use(monkeypatch, tmp_path):
    monkeypatch.setenv("EMBEDDED_SERVERS", "shared")
    with pytest.raises(ServersError, match="Another command of this checkout is running"):
        fresh.begin(tmp_path)


@pytest.mark.django_db
def test_a_demo_does_not_empty_somebodys_own_database(monkeypatch, tmp_path):
    monkeypatch.delenv("EMBEDDED_SERVERS", raising=False)
    kept = tmp_path / "stripe.json"
    kept.write_text("{}")
    with pytest.raises(ServersError, match="needs an empty database"):
        fresh.begin(tmp_path)
    assert kept.exists()
