"""The embedded pair: starts, is shared, survives its owner's death with the data, leaves nothing."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
import redis

from marketplace.devservers import Servers, ServersError, binaries, home, postgres
from marketplace.devservers.throwaway import throw_away_root
from tests.devservers.support import REPOSITORY, eventually, owner, processes_naming

OWNER = "tests.devservers.owner"


@pytest.fixture
def root():
    """A folder that other users can walk into, as a checkout usually is."""
    path = Path(tempfile.mkdtemp(prefix="marketplace-devservers-"))
    path.chmod(0o755)
    yield path / "local"
    assert eventually(lambda: not processes_naming(str(path)))
    shutil.rmtree(path)


def ask(servers: Servers, question: str) -> object:
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        cursor = connection.execute(question)
        return cursor.fetchone()[0] if cursor.description else None


def test_both_servers_answer_and_stop(root):
    with Servers(root) as servers:
        assert ask(servers, "select current_database()") == "marketplace"
        assert ask(servers, "show timezone") == "UTC"
        assert ask(servers, "show listen_addresses") == ""
        assert ask(servers, "select lower('ÄÖ')") == "äö"
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert servers.broker_url == "redis+" + servers.redis_url.replace("unix:", "socket:")
        assert not servers.attached
        assert len(processes_naming(str(root))) >= 2
    assert processes_naming(str(root)) == {}
    assert not servers.note.exists()


def test_data_outlive_a_stop(root):
    with Servers(root) as servers:
        ask(servers, "create table kept as select 41 as answer")
    with Servers(root) as servers:
        assert ask(servers, "select answer from kept") == 41


def test_a_second_process_attaches_and_leaves_the_servers_running(root):
    with owner(OWNER, root):
        before = processes_naming(str(root / "pg"))
        with Servers(root) as guest:
            assert guest.attached
            assert ask(guest, "select 1") == 1
        assert eventually(lambda: processes_naming(str(root / "pg")) == before, 5)


def test_kill_9_of_the_owner_leaves_no_process_and_loses_no_data(root):
    with owner(OWNER, root) as process:
        with Servers(root) as guest:
            ask(guest, "create table kept as select 42 as answer")
        process.kill()
        process.wait()
        # at once, while the old servers are still ending: it waits for them instead of failing
        with Servers(root) as servers:
            assert not servers.attached
            assert ask(servers, "select answer from kept") == 42


def test_kill_9_of_the_servers_themselves_is_recovered_from(root):
    with owner(OWNER, root) as process:
        with Servers(root) as guest:
            ask(guest, "create table kept as select 43 as answer")
        victims = processes_naming(f"{root}/pg") | processes_naming("valkey.sock")
        for pid in [pid for pid, text in victims.items() if str(root) in text]:
            os.kill(pid, 9)
        process.kill()
    with Servers(root) as servers:
        assert ask(servers, "select answer from kept") == 43


def test_a_half_made_database_of_a_killed_first_run_is_made_anew(root):
    with Servers(root):
        pass
    (root / "pg" / "PG_VERSION").unlink()
    with Servers(root) as servers:
        assert ask(servers, "select 1") == 1


def test_another_major_version_is_refused_in_words(root):
    with Servers(root):
        pass
    (root / "pg" / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServersError, match=r"made by PostgreSQL 9, but the server here is \d+"):
        Servers(root).__enter__()


def test_a_long_path_with_blanks_and_signs(root):
    odd = root / ("with blank, 100% " + "x" * 100) / "local"
    with Servers(odd) as servers:
        assert ask(servers, "select 1") == 1
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.ping()


def test_ephemeral_servers_leave_no_file():
    folder = throw_away_root()
    with Servers(folder, ephemeral=True) as servers:
        assert ask(servers, "show fsync") == "off"
    assert not folder.exists()


def test_only_what_is_wanted_starts(root):
    with Servers(root, with_postgres=False) as servers:
        assert servers.environment() == {
            "REDIS_URL": servers.redis_url,
            "CELERY_BROKER_URL": servers.broker_url,
        }
        assert not (root / "pg").exists()


def test_a_taken_lock_without_servers_is_said(root, monkeypatch):
    monkeypatch.setattr("marketplace.devservers.servers._ATTACH_SECONDS", 0.2)
    with Servers(root) as servers:
        servers.note.unlink()
        with pytest.raises(ServersError, match=rf"process {os.getpid()}\) holds .*/lock"):
            Servers(root).__enter__()


def test_no_wheel_and_no_system_server_is_one_sentence(monkeypatch):
    monkeypatch.setattr(binaries, "_wheel_folder", lambda *_: None)
    monkeypatch.setattr(binaries, "_POSTGRES_FOLDERS", [])
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ServersError, match="No PostgreSQL found: .*set DATABASE_URL"):
        binaries.postgres_folder()
    with pytest.raises(ServersError, match="No Valkey or Redis found: .*set REDIS_URL"):
        binaries.valkey_program()


def test_a_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    (tmp_path / "taken").symlink_to("/")
    with pytest.raises(ServersError, match="belongs to somebody else"):
        home.private_folder(tmp_path / "taken", mode=0o700)


def test_database_of_another_user_is_refused(tmp_path, monkeypatch):
    owner_id = tmp_path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner_id + 1)
    with pytest.raises(ServersError, match="belongs to the user .*: run as that user"):
        home.choose_identity(tmp_path)


# -- a disk of 24 MB, in a mount namespace of its own --------------------------------------------
def on_a_small_disk(mount_point: Path, command: str) -> subprocess.CompletedProcess[str]:
    script = f"mount -t tmpfs -o size=24m,mode=755 none {mount_point} && {command}"
    kind = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    return subprocess.run(
        ["unshare", *kind, "sh", "-c", script],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_full_disk_is_one_sentence(root):
    root.mkdir()
    if os.geteuid() != 0 or on_a_small_disk(root, "true").returncode:
        pytest.skip("mounting a small disk needs root and the right to mount")
    run = on_a_small_disk(root, f"{sys.executable} -m tests.devservers.owner {root}/local")
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == (
        "marketplace.devservers.errors.ServersError: PostgreSQL could not start because the disk "
        "is full: free some space, then run again."
    )


def test_database_url_is_read_back_by_psycopg():
    url = postgres.database_url(Path("/var/tmp/a-b/run"))
    assert psycopg.conninfo.conninfo_to_dict(url) == {
        "user": "marketplace",
        "dbname": "marketplace",
        "host": "/var/tmp/a-b/run",
        "port": "5432",
    }
