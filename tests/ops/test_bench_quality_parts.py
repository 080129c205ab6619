"""The benchmarks of copy detection and of the qualification test, small."""

import io
import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from tests.tasks.quality.test_copying import crowd


def bench(name, tmp_path, *options):
    file = tmp_path / "figures.json"
    call_command("bench", name, "--json", str(file), *options, stdout=io.StringIO())
    return json.loads(file.read_text())


def write(folder, name, table):
    rows = zip(table.task.tolist(), table.annotator.tolist(), table.label.tolist(), strict=True)
    lines = ["task,worker,label", *(f"{t},{a},{label}" for t, a, label in rows)]
    (folder / f"{name}.labels.csv").write_text("\n".join(lines) + "\n")


def test_injected_copiers_are_found(tmp_path):
    write(tmp_path, "made", crowd(1, 0.0, annotators=30, tasks=300, overlap=10))
    write(tmp_path, "apart", crowd(1, 0.0, annotators=30, tasks=20, overlap=2))
    figures = bench("copying", tmp_path, "--data", str(tmp_path), "--draws", "2")
    assert set(figures["sets"]) == {"made"}
    found = figures["sets"]["made"]
    assert found["injected"] == 3
    assert found["auc"] >= 0.96
    assert found["found"] >= 0.8
    assert figures["mean"] == found


def test_a_folder_without_crowds_is_refused(tmp_path):
    with pytest.raises(CommandError, match="enough overlap"):
        bench("copying", tmp_path, "--data", str(tmp_path))


def test_the_sequential_test_is_measured_beside_the_fixed_one(tmp_path):
    figures = bench("qualification", tmp_path, "--candidates", "200")
    one = figures["90 % v 70 %"]
    assert (one["fixed"], one["mark"]) == (41, 34)
    assert one["good"]["exact_passes"] >= 0.95
    assert one["bad"]["exact_passes"] <= 0.05
    assert one["good"]["questions"] == pytest.approx(one["good"]["exact_questions"], rel=0.2)
    assert np.mean([one["good"]["share_of_fixed"], one["bad"]["share_of_fixed"]]) <= 0.6
