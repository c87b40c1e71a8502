"""The terminal: progress on stderr while a run goes on, and the summary a person reads on stdout at its end.

Whatever text comes from a sheet, a file's name or Graph goes through `shown` first, so that it is only ever read.
"""

from importer.console.progress import LINE_SECONDS, Watch
from importer.console.summary import show_problem, show_summary
from importer.console.terminal import console_for, show_ending, show_finding

__all__ = [
    "LINE_SECONDS",
    "Watch",
    "console_for",
    "show_ending",
    "show_finding",
    "show_problem",
    "show_summary",
]
