#!/usr/bin/env python3
"""A headless Chromium for the tests and the pictures, spoken to through a pipe.

usage: chromium.py

Prints the path of a Chromium. Where there is none, Debian's is installed, if this is
root on a machine that has apt-get; else one line says why there is none.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--headless=new",
    # Every page that it opens is one that was just made here.
    "--no-sandbox",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--hide-scrollbars",
)


def executable() -> str:
    found = first()
    if found:
        return found
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        sys.exit(f"no Chromium: install one of {', '.join(NAMES)}")
    packages = ["chromium", "fonts-liberation", "fonts-noto-color-emoji"]
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    installed = subprocess.run(install, capture_output=True, text=True)
    found = first()
    if not found:
        reason = (installed.stderr.strip().splitlines() or ["it says nothing"])[-1]
        sys.exit(f"no Chromium, and it cannot be installed (apt-get: {reason})")
    return found


def first() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """One browser with one page: commands of the DevTools protocol, and the events seen so far."""

    def __enter__(self) -> "Chromium":
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_browser, self.to_browser = os.pipe()
        self.from_browser, from_browser = os.pipe()

        def as_3_and_4() -> None:
            # Out of the way first: one of them may be 3 or 4 itself.
            read, write = os.dup(to_browser), os.dup(from_browser)
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.process = subprocess.Popen(
            [executable(), *FLAGS, f"--user-data-dir={self.profile.name}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=as_3_and_4,
            close_fds=False,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.unread, self.number, self.session, self.events = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_) -> None:
        os.close(self.to_browser)
        self.process.terminate()
        self.process.wait()
        os.close(self.from_browser)
        self.profile.cleanup()

    def call(self, method: str, **params) -> dict:
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def message(self) -> dict:
        while b"\0" not in self.unread:
            more = os.read(self.from_browser, 1 << 20)
            if not more:
                raise RuntimeError("Chromium has ended")
            self.unread += more
        message, self.unread = self.unread.split(b"\0", 1)
        message = json.loads(message)
        if "method" in message:
            self.events.append(message)
        return message

    def open(self, url: str, width: int = 1024, scheme: str = "light") -> None:
        self.look(width, scheme)
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.message()

    def look(self, width: int, scheme: str, scale: float = 1) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=scale, mobile=False,
        )
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def value(self, expression: str):
        """Of a JavaScript expression, run by the tool and not by the page."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression[:80]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        code = {"Tab": 9, "Enter": 13}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            extra = text if kind == "keyDown" else {}
            self.call(
                "Input.dispatchKeyEvent",
                type=kind, key=key, code=key, windowsVirtualKeyCode=code, **extra,
            )

    def picture(self, height: int) -> bytes:
        """A PNG of the page, or of so much of it."""
        width, bottom = self.value(
            "(it => [it.right + it.left, it.bottom])(document.body.getBoundingClientRect())"
        )
        clip = {"x": 0, "y": 0, "width": width, "height": min(bottom, height), "scale": 1}
        shot = self.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(shot["data"])


if __name__ == "__main__":
    print(executable())
