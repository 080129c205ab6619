"""From a row and an interface file to a task: payload, truth, recorded answers."""

import json
from pathlib import Path

import pytest

from marketplace.ops.demo.sources.base import DemoItem, SourceError, Terms
from marketplace.ops.demo.sources.files import file_source, make_source
from marketplace.ops.demo.sources.interfaces import read_interface
from marketplace.ops.demo.sources.templates import fill, render
from tasks.interface.spec import check_interface
from tests.ops.samples import FILES, INTERFACES, ROOT, ROWS, own, shared

ROW = {"a": "x", "list": ["one", None, "", "two"], "deep": {"b": [{"c": 7}]}, "no": None}
PLAIN = {
    "version": 1,
    "title": "Plain",
    "fields": [{"name": "q", "type": "text"}, {"name": "extra", "type": "text", "required": False}],
    "questions": [{"name": "v", "type": "choice", "options": ["yes", "no"]}],
}


def interface_file(folder: Path, **demo: object) -> Path:
    path = folder / "interface.json"
    path.write_text(json.dumps(PLAIN | ({"demo": demo} if demo else {})))
    return path


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{a}-{deep.b.0.c}", "x-7"),
        ("{list}", "one\n\ntwo"),
        ("**Input** {no}", ""),
        ("**Input** {no}{a}", "**Input** x"),
        ("no placeholder", "no placeholder"),
        ("{ a } {}", "{ a } {}"),
    ],
)
def test_templates(template, text):
    assert fill(template, ROW) == text


def test_a_filled_value_is_not_a_template():
    assert fill("{a}", {"a": "{secret}", "secret": "told"}) == "{secret}"


def test_payload_specs():
    assert render(["{a}", "In: {no}", "Out: {a}"], ROW) == "x\n\nOut: x"
    assert render({"parts": ["{no}"], "empty": "(empty)"}, ROW) == "(empty)"
    assert render({"value": "deep.b"}, ROW) == [{"c": 7}]
    with pytest.raises(SourceError, match="the row has no 'deep.z'"):
        render("{deep.z}", ROW)
    with pytest.raises(SourceError, match="is no template"):
        render(7, ROW)


@pytest.mark.parametrize("name", ["human_eval", "pubmedqa", "expertqa", "pandalm"])
def test_the_committed_interface_files_are_interfaces(name):
    shape = read_interface(INTERFACES / f"{name}.json")
    assert check_interface(shape.interface) == []
    assert "demo" not in shape.interface
    assert own(name).items
    assert shape.domain in json.loads((ROOT / "accounts" / "taxonomy.json").read_text())
    assert len(shape.title) <= 120
    assert len(shape.brief) <= 4000


def test_pubmedqa():
    assert own("pubmedqa").items[0] == DemoItem(
        external_id="pmid-1",
        payload={
            "question": "Does honey soothe a cough?",
            "abstract": "We gave 40 children honey.\n\nCough fell by half (p < 0.01).",
        },
        truth={"decision": "yes"},
        recorded=[{"decision": "yes"}, {"decision": "maybe"}],
    )


def test_expertqa_takes_an_option_by_its_text():
    assert [item.truth for item in own("expertqa").items] == [
        {"field": "healthcare_medicine"},
        {"field": "law"},
    ]
    assert len(read_interface(INTERFACES / "expertqa.json").parsed.question("field").options) == 34


def test_pandalm_maps_numbers_and_names_an_empty_answer():
    first, second = own("pandalm").items
    assert first == DemoItem(
        external_id="0",
        payload={
            "prompt": "Shorten the sentence.\n\n**Input**\n\nIt is raining quite a lot today.",
            "first": "It rains a lot.",
            "second": "(the answer is empty)",
        },
        truth=None,
        recorded=[{"preference": "a"}, {"preference": "tie"}, {"preference": "b"}],
    )
    assert second.payload == {
        "prompt": "Say yes or no: is 7 prime?", "first": "True", "second": "Yes.",
    }  # fmt: skip


def test_human_eval_leaves_the_fault_of_a_right_solution_unknown():
    assert [item.truth for item in own("human_eval").items] == [
        {"verdict": "correct"},
        {"verdict": "incorrect", "fault": "constant"},
    ]


def test_an_interface_without_a_demo_block_takes_keys_by_name(tmp_path):
    shape = read_interface(interface_file(tmp_path))
    source = make_source([{"q": "one", "other": 1}, {"q": "two", "extra": "e"}], shape, name="f")
    assert source.title == source.brief == "Plain"
    assert source.terms == Terms()
    assert source.items == [
        DemoItem("1", {"q": "one"}),
        DemoItem("2", {"q": "two", "extra": "e"}),
    ]


@pytest.mark.parametrize(
    ("demo", "sentence"),
    [
        ({"truth": {"w": "a"}}, "demo names the question 'w', which is not asked."),
        ({"recorded": [{"w": "a"}]}, "demo names the question 'w', which is not asked."),
        ({"payload": {"z": "{a}"}}, "demo.payload names the field 'z', which is not shown."),
        ({"terms": {"price_minor": "2"}}, "demo/terms/price_minor: Must be of type integer."),
        ({"terms": {"tip": 2}}, "demo/terms/tip: Unknown key."),
        ({"titel": "x"}, "demo/titel: Unknown key."),
        ({"truth": ["v"]}, "demo/truth: Must be of type object."),
    ],
)
def test_a_demo_block_that_cannot_be(tmp_path, demo, sentence):
    with pytest.raises(SourceError) as caught:
        read_interface(interface_file(tmp_path, **demo))
    assert str(caught.value) == f"{tmp_path / 'interface.json'}: {sentence}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "no JSON"),
        ("[]", "are JSON objects."),
        ('{"demo": 1}', "are JSON objects."),
        ('{"version": 1, "fields": [], "questions": []}', "is no interface: /fields"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_a_file_that_is_no_interface(tmp_path, text, sentence):
    path = tmp_path / "interface.json"
    path.write_text(text)
    with pytest.raises(SourceError) as caught:
        read_interface(path)
    assert sentence in str(caught.value)


def test_an_interface_that_is_not_there(tmp_path):
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        read_interface(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([{"id": 1, "q": "x", "v": "yes"}] * 2, "f, row 2: id '1' is there twice."),
        ([{"id": 1, "q": " ", "v": "yes"}], "f, row 1: the payload/q: Must not be blank."),
        (
            [{"id": 1, "q": "x\0", "v": "yes"}],
            "f, row 1: the payload/q: Contains the character NUL.",
        ),
        ([{"id": 1, "q": "x", "v": "maybe"}], "f, row 1: v: 'maybe' is no possible answer."),
        ([{"q": "x", "v": "yes"}], "f, row 1: the row has no 'id'."),
        ([{"id": 1, "q": "x"}], "f, row 1: the row has no 'v'."),
    ],
)
def test_rows_that_cannot_be_tasks(tmp_path, rows, sentence):
    demo = {"external_id": "id", "truth": {"v": "v"}, "payload": {"q": "{q}"}}
    with pytest.raises(SourceError) as caught:
        make_source(rows, read_interface(interface_file(tmp_path, **demo)), name="f")
    assert str(caught.value) == sentence


def test_a_sample_is_drawn_by_the_seed_in_file_order(tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(json.dumps({"q": str(number)}) for number in range(50)))
    source = file_source(rows, interface_file(tmp_path))
    drawn = source.sample(10, seed=1)
    assert len(drawn) == 10
    assert drawn == source.sample(10, seed=1) != source.sample(10, seed=2)
    assert [source.items.index(item) for item in drawn] == sorted(map(source.items.index, drawn))
    assert source.sample(50, seed=1) == source.sample(99, seed=1) == source.items


@pytest.mark.parametrize(
    ("name", "items", "with_truth", "recordings"),
    [("pubmedqa", 500, 500, 2), ("expertqa", 1747, 1747, 0), ("pandalm", 500, 0, 3)],
)
def test_the_shared_files(name, items, with_truth, recordings):
    source = shared(name)
    assert len(source.items) == items
    assert sum(item.truth is not None for item in source.items) == with_truth
    assert {len(item.recorded) for item in source.items} == {recordings}


def test_the_samples_have_the_keys_that_the_shared_files_have():
    """Guards the self-written rows against drifting from the files they stand for."""
    for name in FILES:
        assert own(name).items[0].payload.keys() == shared(name).items[0].payload.keys()
        assert len(ROWS[name]) == 2
