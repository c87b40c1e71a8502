"""Chromium, driven over its debugging pipe with nothing but the standard library.

Source: https://chromedevtools.github.io/devtools-protocol/ and, for the pipe on descriptors 3 and 4, the program's
`--remote-debugging-pipe`: JSON messages with a NUL after each.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)

PATIENCE = 240
"""Seconds without a word after which a browser counts as hanging; the longest answer is that of the checker."""

LAUNCHER = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for end, wanted in zip(ends, (3, 4)):
    os.dup2(end, wanted)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Puts the pipe's ends where the browser looks for them."""


@dataclass
class Browser:
    """One page in one browser. `events` are all that the page reported so far."""

    profile: Path
    events: list[dict[str, Any]] = field(default_factory=list)
    _last: int = 0
    _session: str | None = None
    _rest: bytes = b""

    def __enter__(self) -> Self:
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        program = [str(CHROMIUM), *QUIET, f"--user-data-dir={self.profile}"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", LAUNCHER, str(to_read), str(to_write), *program],
            pass_fds=(to_read, to_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        try:
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Network", "Log"):
                self.call(f"{domain}.enable")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # Without a question: one that hangs would not answer, and there is nothing of it to keep.
        self._process.kill()
        self._process.wait(PATIENCE)
        os.close(self._write)
        os.close(self._read)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Ask the browser, and return what it answers."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._last:
            self.events.append(answer)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, address: str) -> None:
        """Open a page and returns once it is loaded."""
        self.events.clear()
        self.call("Page.navigate", url=address)
        while not self.named("Page.loadEventFired"):
            self.events.append(self._next())

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return the parameters of all events of this name."""
        return [event["params"] for event in self.events if event.get("method") == name]

    def run(self, script: str) -> Any:  # noqa: ANN401 - whatever the script gives
        """Run a script as the debugger, which the page's policy does not bind, and return its value."""
        done = self.call("Runtime.evaluate", expression=f"(() => {{ {script} }})()", returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._read], [], [], PATIENCE)[0], f"the browser says nothing for {PATIENCE} s"
            read = os.read(self._read, 1 << 16)
            assert read, "the browser has gone"
            self._rest += read
        message, _, self._rest = self._rest.partition(b"\0")
        event: dict[str, Any] = json.loads(message)
        return event
