"""Root never runs the servers, opens no folder, and mixes with ordinary users in words."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from marketplace.devservers import Servers, binaries, home
from tests.devservers.support import processes_naming

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="says what root does: run as root")


@pytest.fixture
def closed_home():
    """A home folder that nobody else can enter."""
    path = Path(tempfile.mkdtemp(prefix="marketplace-home-"))
    path.chmod(0o700)
    yield path
    shutil.rmtree(path)


def test_servers_of_root_run_as_somebody_else(closed_home):
    closed_home.chmod(0o755)
    root = closed_home / "local"
    with Servers(root):
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in processes_naming(str(root))}
    assert owners <= {pwd.getpwnam(name).pw_uid for name in ("postgres", "nobody") if _known(name)}


def test_a_closed_home_stays_closed(closed_home):
    root = closed_home / "local"
    with Servers(root) as servers:
        assert (root / "env.servers").exists()
        place = home.servers_home(root)
        assert place.parent == Path("/var/tmp")
        assert "%2Fvar%2Ftmp%2F" in servers.database_url
        assert oct(closed_home.stat().st_mode)[-3:] == "700"
    shutil.rmtree(place)


def test_programs_under_a_closed_home_are_copied(closed_home):
    original = binaries.postgres_folder()
    shutil.copytree(original.parent, closed_home / "pginstall", symlinks=True)
    somebody = home.choose_identity(closed_home / "none")
    open_folder = Path(tempfile.mkdtemp(prefix="marketplace-open-"))
    open_folder.chmod(0o755)
    copy = home.reachable_programs(closed_home / "pginstall" / "bin", open_folder, somebody)
    said = subprocess.run(
        [copy / "postgres", "-V"], user=somebody.user, capture_output=True, text=True, check=True
    )
    assert said.stdout.startswith("postgres (PostgreSQL) ")
    assert home.reachable_programs(closed_home / "pginstall" / "bin", open_folder, somebody) == copy
    shutil.rmtree(open_folder)


def test_root_runs_an_ordinary_users_database_as_that_user(closed_home):
    database = closed_home / "pg"
    database.mkdir()
    os.chown(database, 4321, 4322)
    assert home.choose_identity(database) == home.Identity(4321, 4322)


def _known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
