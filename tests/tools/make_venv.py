#!/usr/bin/env python3
"""Make a virtual environment and print the path of its Python.

usage: make_venv.py FOLDER [REQUIREMENTS]

The packages of REQUIREMENTS, by default those of the tests, are installed into FOLDER once; a change of the
file makes it anew. Safe to call from many processes at a time: the first one
installs, the others wait.
"""

import fcntl
import hashlib
import pathlib
import subprocess
import sys
import venv

REQUIREMENTS = pathlib.Path(__file__).with_name("requirements.txt")


def main(folder: pathlib.Path, requirements: pathlib.Path = REQUIREMENTS) -> None:
    python = folder / "bin" / "python"
    stamp = folder / "requirements.sha256"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            create(folder)
            install(python, requirements)
            # Last, so that an interrupted installation starts again.
            stamp.write_text(wanted)
    print(python)


def create(folder: pathlib.Path) -> None:
    if sys.version_info < (3, 10):
        sys.exit(f"python3 is Python {sys.version.split()[0]}: install Python 3.10 or newer")
    try:
        venv.create(folder, clear=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(
            f"a virtual environment cannot be made in {folder} ({error}): "
            "on Debian and Ubuntu, install python3-venv"
        )


def install(python: pathlib.Path, requirements: pathlib.Path) -> None:
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    pip = subprocess.run([*pip, "-r", requirements], capture_output=True, text=True)
    if pip.returncode != 0:
        # It warns of each attempt; the error stands last.
        reason = (pip.stderr.strip().splitlines() or ["it says nothing"])[-1]
        sys.exit(
            f"the packages of {requirements} cannot be installed: make them "
            "reachable once, through a network or pip's own settings such as "
            f"PIP_INDEX_URL (pip: {reason})"
        )


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*(pathlib.Path(path).absolute() for path in sys.argv[1:]))
