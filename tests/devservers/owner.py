"""A process that owns servers until it is killed: `python -m tests.devservers.owner ROOT`."""

import sys
import time
from pathlib import Path

from marketplace.devservers import Servers

if __name__ == "__main__":
    with Servers(Path(sys.argv[1])) as servers:
        print(servers.database_url, flush=True)
        time.sleep(600)
