#!/usr/bin/env python3
"""Make the virtual environment of the tests and print the path of its Python.

usage: make_venv.py FOLDER

The packages of requirements.txt are installed into FOLDER once; a change of the
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


def main(folder: pathlib.Path) -> None:
    python = folder / "bin" / "python"
    stamp = folder / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            venv.create(folder, clear=True, with_pip=True)
            pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
            # Standard output is the answer; what pip says is for people.
            subprocess.run([*pip, "-r", REQUIREMENTS], check=True, stdout=sys.stderr)
            # Last, so that an interrupted installation starts again.
            stamp.write_text(wanted)
    print(python)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]).absolute())
