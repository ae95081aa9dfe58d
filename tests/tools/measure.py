"""Run a command and say what it cost: one line of JSON, after its end.

usage: measure.py COMMAND [ARGUMENT...]

{"code": 0, "wall": seconds, "cpu": seconds, "peak": bytes}

CPU time is that of the user and of the system, of all threads and of the
children that the command waited for. Peak is the resident memory of the largest
of these processes.

Linux counts towards a process's peak what it held before its exec, which is a
copy of whatever started it: of this interpreter, that is more than a small
program ever needs. So a shell of one megabyte starts the command, and hands it
over as an orphan.
"""

import ctypes
import json
import os
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36

# Waits for a line, so that the time of the shell's own start is not counted.
START = 'exec 3<&0; { read -r go <&3 && exec "$@" 3<&- </dev/null; } >&2 & echo $!'


def main(command: list[str]) -> None:
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1) != 0:
        sys.exit("this system does not let a process adopt orphans")
    shell = subprocess.Popen(
        ["sh", "-c", START, "sh", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    pid = int(shell.stdout.readline())
    shell.wait()
    began = time.monotonic()
    shell.stdin.write(b"go\n")
    shell.stdin.flush()
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - began
    code = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    print(json.dumps({"code": code, "wall": wall, "cpu": cpu, "peak": usage.ru_maxrss * 1024}))


if __name__ == "__main__":
    main(sys.argv[1:])
