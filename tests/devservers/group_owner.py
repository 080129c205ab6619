"""A process that owns a process group until it is killed; its child ignores SIGTERM and forks."""

import sys
import time
from pathlib import Path

from marketplace.devservers.supervisor import ProcessGroup

STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
time.sleep(600)
"""

if __name__ == "__main__":
    with ProcessGroup(Path(sys.argv[1]), stop_seconds=0.5) as group:
        group.start("stubborn", [sys.executable, "-c", STUBBORN, sys.argv[1]])
        print("ready", flush=True)
        time.sleep(600)
