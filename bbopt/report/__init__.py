"""Reports on searches for people: what was found, how sure it is, why, and what failed.

`facts.py` reads what there is, `model.py` learns from it, `figures/` draw, `words.py` says it, and `page.py`
makes one HTML file of it.
"""

from bbopt.report.browser import print_to_pdf
from bbopt.report.page import MARK, html_page
from bbopt.report.report import Report, build_report, one_figure
from bbopt.report.terminal import show_report

__all__ = ["MARK", "Report", "build_report", "html_page", "one_figure", "print_to_pdf", "show_report"]
