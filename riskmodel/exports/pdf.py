"""HTML pages as PDF by Chromium: one browser for many pages, over two pipes; no port is opened, nothing is fetched.

The messages are those of the Chrome DevTools Protocol: JSON, each ended by a zero byte.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from riskmodel.display.text import Lang, say
from riskmodel.errors import RunError
from riskmodel.fault_words import exception_words

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_FLAGS = ("--headless", "--disable-gpu", "--disable-extensions", "--no-first-run", "--disable-background-networking")
_INCH = 25.4
_A4 = {
    "paperWidth": 210 / _INCH, "paperHeight": 297 / _INCH, "marginTop": 16 / _INCH, "marginBottom": 18 / _INCH,
    "marginLeft": 15 / _INCH, "marginRight": 15 / _INCH, "printBackground": True,
}  # fmt: skip
_FOOT = (
    '<div style="width:100%;text-align:center;font-size:8px;color:#52606d;'
    "font-family:'Noto Sans CJK SC','Microsoft YaHei',sans-serif\">{text}</div>"
)

# The browser reads from descriptor 3 and writes to 4; first both go out of the way of these numbers.
_AS_3_AND_4 = (
    "import fcntl, os, sys; r, w = (fcntl.fcntl(int(n), fcntl.F_DUPFD, 10) for n in sys.argv[1:3]); "
    "os.dup2(r, 3); os.dup2(w, 4); os.execv(sys.argv[3], sys.argv[3:])"
)


def browser() -> str | None:
    """Path of a Chromium or Chrome on this machine; pipes are given to programs on POSIX systems only."""
    found = [path for name in _NAMES if (path := shutil.which(name))]
    return found[0] if found and os.name == "posix" else None


class Printer:
    """A running browser that prints pages; used with ``with``.

    Raises
    ------
    RunError
        If there is no browser or it does not answer (RM-RUN-005).
    """

    def __init__(self, lang: Lang = "zh") -> None:
        text = say(
            "credit.page", lang, page='<span class="pageNumber"></span>', pages='<span class="totalPages"></span>'
        )
        self._footer = _FOOT.format(text=text)
        self._number = 0

    def __enter__(self) -> Printer:
        program = browser()
        if program is None:
            raise RunError("RM-RUN-005", where="--pdf", found=", ".join(_NAMES[:3]))
        self._profile = TemporaryDirectory(prefix="riskmodel-pdf-", ignore_cleanup_errors=True)
        (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
        root = ["--no-sandbox"] if os.geteuid() == 0 else []  # the browser refuses its sandbox to the superuser
        command = [program, *_FLAGS, *root, f"--user-data-dir={self._profile.name}", "--remote-debugging-pipe"]
        wrapped = [sys.executable, "-c", _AS_3_AND_4, str(theirs_in), str(theirs_out), *command, "about:blank"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(wrapped, pass_fds=(theirs_in, theirs_out), stdout=quiet, stderr=quiet)
        os.close(theirs_in)
        os.close(theirs_out)
        self._out, self._in = os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb")
        self._rest = b""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._ask("Page.enable", session=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._out.close()
        self._in.close()
        self._process.terminate()
        self._process.wait(timeout=20)
        self._profile.cleanup()

    def pdf(self, page: Path) -> bytes:
        """The PDF of a local page."""
        self._ask("Page.navigate", session=True, url=page.resolve().as_uri())
        self._until(lambda message: message.get("method") == "Page.loadEventFired")
        answer = self._ask(
            "Page.printToPDF", session=True, **_A4, displayHeaderFooter=True, headerTemplate="<span></span>",
            footerTemplate=self._footer,
        )  # fmt: skip
        return base64.b64decode(answer["data"])

    def _ask(self, method: str, *, session: bool = False, **parameters: object) -> dict[str, Any]:
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = self._session
        try:
            self._out.write(json.dumps(message).encode() + b"\0")
            self._out.flush()
        except OSError as fault:
            raise RunError("RM-RUN-005", where=method, found=exception_words(fault)) from None
        answer = self._until(lambda m: m.get("id") == self._number)
        if "error" in answer:
            raise RunError("RM-RUN-005", where=method, found=answer["error"].get("message", "-"))
        result: dict[str, Any] = answer["result"]
        return result

    def _until(self, fits: Any) -> dict[str, Any]:
        """The next message that fits; others are passed over."""
        while True:
            while b"\0" not in self._rest:
                more = self._in.read1(1 << 20)
                if not more:
                    raise RunError("RM-RUN-005", where="chromium", found=f"exit {self._process.poll()}")
                self._rest += more
            text, _, self._rest = self._rest.partition(b"\0")
            message: dict[str, Any] = json.loads(text)
            if fits(message):
                return message
