"""Run a command and say what it cost: one line of JSON, after its end.

usage: measure.py COMMAND [ARGUMENT...]

{"code": 0, "ended": Unix time, "wall": seconds, "cpu": seconds, "peak": bytes, "usual": bytes}

CPU time is that of the user and of the system, of all threads and of all processes
that were waited for. Memory is what the command and all its descendants hold resident
at one moment; peak is the most, usual the median of all looks. It is looked at every
two milliseconds at first and every 50 in the end.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import threading
import time


def main(command: list[str]) -> None:
    began = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    looks, over = [], threading.Event()
    looking = threading.Thread(target=look, args=(process.pid, looks, over))
    looking.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall, ended = time.monotonic() - began, time.time()
    over.set()
    looking.join()
    cost = {
        "code": os.waitstatus_to_exitcode(status),
        "ended": ended,
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": max(looks),
        "usual": int(statistics.median(looks)),
    }
    print(json.dumps(cost))


def look(pid: int, looks: list[int], over: threading.Event) -> None:
    began = time.monotonic()
    while not over.is_set():
        looks.append(resident(pid))
        over.wait(min(0.002 + (time.monotonic() - began) / 50, 0.05))


def resident(pid: int) -> int:
    """The bytes that a process and its descendants hold now; none where it has ended."""
    try:
        with open(f"/proc/{pid}/statm") as statm:
            pages = int(statm.read().split()[1])
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            started = [int(child) for child in children.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return pages * resource.getpagesize() + sum(map(resident, started))


if __name__ == "__main__":
    main(sys.argv[1:])
