#!/usr/bin/env python3
"""Makes README's pictures of reports, from the output folders of a search on a solver and one on a network.

    docs/make_report_pictures.py bbopt-output/minisat bbopt-output/digits_hyperband

Needs Chromium.
"""

import sys
from datetime import datetime
from pathlib import Path

from bbopt.report import build_report, html_page
from bbopt.report.browser import browse
from bbopt.stores import Results

HERE = Path(__file__).resolve().parent
PICTURES = (
    ("solver", "details{display:none!important}", "1000,1090"),
    (
        "network",
        "header,nav,footer,#s0>*{display:none}#s0>#s0-importance,#s0>#s0-effects{display:block}",
        "1000,890",
    ),
)
"""Names, what is hidden, and widths and heights."""


def main() -> None:
    """One picture for each folder."""
    for folder, (name, style, size) in zip(sys.argv[1:], PICTURES, strict=True):
        page = html_page(build_report([Results(Path(folder))]), datetime.now())
        page = page.replace("</style>", f"{style}</style>", 1)
        options = (f"--window-size={size}", "--hide-scrollbars", "--virtual-time-budget=5000")
        light = "--blink-settings=preferredColorScheme=1"
        picture = browse(page, "--screenshot", "made.png", *options, light)
        (HERE / f"report-{name}.png").write_bytes(picture)


if __name__ == "__main__":
    main()
