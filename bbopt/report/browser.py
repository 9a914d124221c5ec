"""Pages in print: made by a browser that is there, which knows best what they look like."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from bbopt.errors import InputError, StateError

__all__ = ["browse", "print_to_pdf"]

_BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
_WAIT_S = 120.0
_OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def print_to_pdf(page: str) -> bytes:
    """The page in print; InputError without a browser, StateError where it fails."""
    return browse(page, "--print-to-pdf", "made.pdf", "--no-pdf-header-footer")


def browse(page: str, into: str, name: str, *options: str) -> bytes:
    """What Chromium makes of a page with the option `into`, such as `--screenshot`, into a file of that name.

    InputError without a browser, StateError where it fails.
    """
    browser = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        raise InputError(
            "this needs Chromium or Chrome, which is not installed",
            expected=f"one of {', '.join(_BROWSERS)} on the PATH",
            remedy="install it (apt-get install chromium), or print the HTML page from any browser",
        )
    with tempfile.TemporaryDirectory(prefix="bbopt-report-", ignore_cleanup_errors=True) as folder:
        source, target = Path(folder, "report.html"), Path(folder, name)
        source.write_text(page, encoding="utf-8")
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # which Chromium refuses to root
        profile = f"--user-data-dir={folder}/profile"
        words = [browser, *_OPTIONS, *sandbox, profile, f"{into}={target}", *options]
        try:
            done = subprocess.run(
                [*words, source.as_uri()],
                capture_output=True,
                timeout=_WAIT_S,
                check=False,
                text=True,
                errors="replace",
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StateError(f"{browser} could not show the page: {error}") from error
        if not target.exists():
            last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
            raise StateError(f"{browser} could not show the page", got=last[0])
        return target.read_bytes()
