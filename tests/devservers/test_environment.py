"""The secrets of a development run: random, private, made once."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from marketplace.devservers import ServersError
from marketplace.devservers.environment import read_or_make


def test_makes_private_random_secrets_once(tmp_path):
    path = tmp_path / ".local" / "env"
    first = read_or_make(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(first) >= {"SECRET_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS"}
    assert len(first["SECRET_KEY"]) >= 50
    assert first["STRIPE_SECRET_KEY"].startswith("sk_test_")
    assert read_or_make(path) == first
    assert read_or_make(tmp_path / "other" / "env")["SECRET_KEY"] != first["SECRET_KEY"]


def test_keeps_what_a_person_wrote_and_closes_the_file(tmp_path):
    path = tmp_path / "env"
    path.write_text("# mine\nSECRET_KEY=chosen=by me\n")
    path.chmod(0o644)
    found = read_or_make(path)
    assert found["SECRET_KEY"] == "chosen=by me"
    assert path.read_text().startswith(
        "# mine\nSECRET_KEY=chosen=by me\nSTRIPE_SECRET_KEY=sk_test_"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_sixteen_at_once_agree(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(read_or_make, [tmp_path / "env"] * 16))
    assert all(answer == answers[0] for answer in answers)


def test_a_line_that_is_no_pair_is_named(tmp_path):
    (tmp_path / "env").write_text("SECRET_KEY=x\nnonsense\n")
    with pytest.raises(ServersError, match="line 2: expected NAME=value"):
        read_or_make(tmp_path / "env")


def test_a_folder_that_cannot_be_written_is_one_sentence():
    with pytest.raises(ServersError, match=r"Cannot keep secrets in /proc/none/env"):
        read_or_make(Path("/proc/none/env"))
