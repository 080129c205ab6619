"""Become another program: drop root, promise to die with the parent, then exec.

Run as a script, by its path and by nobody's import: `python -I -S launch.py SIGNAL PARENT USER
GROUP PROGRAM [ARGUMENT...]`; USER and GROUP are numbers, or `-` to stay who we are. It stands
between `fork` and `exec` because code that runs there in the parent's image (`preexec_fn`) may
deadlock when the parent has threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(arguments: list[str]) -> None:
    """Drop to USER and GROUP, ask for SIGNAL at the parent's death, exec PROGRAM."""
    signal_number, parent, user, group, *command = arguments
    if user != "-":
        os.setgroups([])
        os.setgid(int(group))
        os.setuid(int(user))
    if sys.platform == "linux":  # after setuid, which clears the setting
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
        if os.getppid() != int(parent):  # the parent died before we asked
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - becoming that program is the whole point


if __name__ == "__main__":
    main(sys.argv[1:])
