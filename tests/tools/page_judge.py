#!/usr/bin/env python3
"""Judges pages of HTML in a browser.

Each line of standard input is an object: `page` (the HTML), `home` (where links out of it
may lead), `summaries` (how many versions it has) and `texts` (what has to be read in it).
Prints a list of sentences, one for each thing that is wrong.
"""

import http.server
import json
import pathlib
import sys
import threading

from chromium import Chromium

NARROW = 360
SCRIPT = pathlib.Path(__file__).with_name("page_judge.js").read_text()


class Server(http.server.ThreadingHTTPServer):
    """Serves one page, whatever is asked for, and keeps what was."""

    def __init__(self) -> None:
        self.page, self.asked = b"", []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.server.page)

    def log_message(self, *_) -> None:
        pass


def judge(browser: Chromium, server: Server, case: dict) -> list[str]:
    server.page, server.asked = case["page"].encode(), []
    address = f"http://127.0.0.1:{server.server_address[1]}/page"
    wrong = []
    # What the page does is done without a script; the tool's own run all the same.
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(address)
    wrong += keyboard(browser, case["summaries"])
    wrong += browser.value(f"{SCRIPT}; structure({json.dumps(case)})")
    for scheme in ("light", "dark"):
        for width in (NARROW, 1024):
            browser.look(width, scheme)
            browser.value("document.querySelectorAll('details').forEach(it => it.open = true)")
            wide = browser.value("document.documentElement.scrollWidth")
            if wide > width:
                wrong.append(f"at {width} px it is {wide} px wide")
            wrong += [f"{scheme}: {it}" for it in browser.value(f"{SCRIPT}; contrast()")]
    wrong += [f"{path} was asked for" for path in server.asked if path != "/page"]
    requests = [it for it in browser.events if it["method"] == "Network.requestWillBeSent"]
    urls = [it["params"]["request"]["url"] for it in requests]
    wrong += [f"{url} was asked for" for url in urls if url != address and not url.startswith("data:")]
    logged = [it for it in browser.events if it["method"] == "Log.entryAdded"]
    wrong += [f"the browser says: {it['params']['entry']['text']}" for it in logged]
    return wrong


def keyboard(browser: Chromium, summaries: int) -> list[str]:
    """Whether every version is reached by Tab, in its order, is seen there, and opens by Enter."""
    wrong, seen = [], []
    for _ in range(browser.value("document.querySelectorAll('a[href], summary').length")):
        browser.press("Tab")
        focused = browser.value(f"{SCRIPT}; focused()")
        if focused["name"] == "BODY":
            break
        seen.append(focused)
    places = [it["place"] for it in seen]
    if places != sorted(set(places)):
        wrong.append(f"Tab does not go through the page in its order: {places}")
    if not seen or not seen[0]["text"].startswith("Skip"):
        wrong.append("the first thing that Tab reaches is not the link that skips")
    reached = [it for it in seen if it["name"] == "SUMMARY"]
    if len(reached) != summaries:
        wrong.append(f"Tab reaches {len(reached)} versions of {summaries}")
    wrong += [f"{it['text']!r} does not show that it has the focus" for it in seen if not it["outline"]]
    if reached:
        before = browser.value("document.querySelectorAll('details[open]').length")
        browser.value("[...document.querySelectorAll('summary')].at(-1).focus()")
        browser.press("Enter")
        if browser.value("document.querySelectorAll('details[open]').length") == before:
            wrong.append("Enter does not open a version")
    return wrong


def main() -> None:
    cases = [json.loads(line) for line in sys.stdin]
    server = Server()
    with Chromium() as browser:
        wrong = [it for case in cases for it in judge(browser, server, case)]
    json.dump(sorted(set(wrong)), sys.stdout)


if __name__ == "__main__":
    main()
