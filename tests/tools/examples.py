#!/usr/bin/env python3
"""Write the YAML examples of the documents as workflows, for actionlint.

usage: examples.py FOLDER

A whole workflow becomes FOLDER/whole/DOCUMENT-LINE.yml. A list of steps becomes the only
job of FOLDER/steps/DOCUMENT-LINE.yml; what it says of other steps and of inputs is then
not there. Everything else, such as the file of many apps, is left out.
"""

import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).parents[2]
JOB = "on: push\njobs:\n  example:\n    runs-on: ubuntu-latest\n    steps:\n"


def main(folder: pathlib.Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for document in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]):
        text = document.read_text(encoding="utf-8")
        for example in re.finditer(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            line = text.count("\n", 0, example.start()) + 2
            name = f"{document.stem}-{line}.yml"
            yaml = example[1]
            if re.search(r"^jobs:$", yaml, re.MULTILINE):
                write(folder / "whole" / name, yaml)
            elif yaml.startswith("- "):
                write(folder / "steps" / name, JOB + re.sub(r"^(?=.)", "      ", yaml, flags=re.MULTILINE))


def write(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
