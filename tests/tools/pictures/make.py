#!/usr/bin/env python3
"""Make the pictures of the documents anew.

usage: make.py [FOLDER]

The shop of tests/it/pictures.rs reports; its Markdown is rendered as GitHub would, its page as
it is, and a headless Chromium takes the pictures into docs/pictures. What this needs beside
Rust, Python, npm and Chromium is installed below target/ once. With FOLDER the reports that
lie there are taken, and no test is run.
"""

import html
import io
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
INTO = ROOT / "docs" / "pictures"
TARGET = ROOT / "target" / "pictures"
# Pixels in which a picture is still read in a document, and the most that it may weigh.
WIDTH, LONGEST, LARGEST = 1012, 1400, 150_000

sys.path.insert(0, str(HERE.parent))


def main() -> None:
    python = subprocess.check_output(
        [HERE.parent / "make_venv.py", TARGET / "venv", HERE / "requirements.txt"], text=True
    ).strip()
    if pathlib.Path(sys.prefix) != TARGET / "venv":
        sys.exit(subprocess.run([python, __file__, *sys.argv[1:]]).returncode)
    if len(sys.argv) > 1:
        return take(pathlib.Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        test = ["cargo", "test", "--quiet", "--test", "it", "pictures::"]
        subprocess.run(test, cwd=ROOT, env={**os.environ, "PICTURES": folder}, check=True)
        take(pathlib.Path(folder))


def take(reports: pathlib.Path) -> None:
    from chromium import Chromium

    INTO.mkdir(exist_ok=True)
    with Chromium() as browser:
        for report in sorted(reports.iterdir()):
            page = report
            if report.suffix == ".md":
                page = TARGET / f"{report.stem}.html"
                page.write_text(as_page(report.read_text()))
            browser.open(page.as_uri(), width=WIDTH)
            browser.value("window.drawn")
            small = quantised(browser.picture(height=LONGEST))
            if len(small) > LARGEST:
                sys.exit(f"the picture of {report.name} has {len(small)} bytes")
            (INTO / report.with_suffix(".png").name).write_bytes(small)
            print(f"docs/pictures/{report.stem}.png: {len(small)} bytes")


def as_page(markdown: str) -> str:
    from markdown_it import MarkdownIt

    render = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    fence = render.renderer.rules["fence"]

    def chart_or_code(tokens, at, options, env):
        if tokens[at].info.strip() != "mermaid":
            return fence(tokens, at, options, env)
        return f'<pre class="mermaid">{html.escape(tokens[at].content)}</pre>'

    render.renderer.rules["fence"] = chart_or_code
    body, style = render.render(markdown), (HERE / "style.css").read_text()
    script = ""
    if 'class="mermaid"' in body:
        script = f"<script src='{mermaid().as_uri()}'></script><script>mermaid.initialize({{startOnLoad: false}}); window.drawn = mermaid.run();</script>"
    return f"<!doctype html><html lang=en><meta charset=utf-8><style>{style}</style>{body}{script}"


def mermaid() -> pathlib.Path:
    script = TARGET / "node_modules" / "mermaid" / "dist" / "mermaid.min.js"
    wanted = (HERE / "package.json").read_text()
    if not script.exists() or (TARGET / "package.json").read_text() != wanted:
        (TARGET / "package.json").write_text(wanted)
        subprocess.run(["npm", "install", "--silent", "--ignore-scripts"], cwd=TARGET, check=True)
    return script


def quantised(png: bytes) -> bytes:
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    small = io.BytesIO()
    picture.quantize(colors=64, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    main()
